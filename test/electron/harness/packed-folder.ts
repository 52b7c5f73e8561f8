import { platform } from 'node:os';
import { join } from 'node:path';

/** What the packed main process is bundled with: its `import.meta.dirname` and its `process.platform`. */
Object.assign(globalThis, {
  packedMainFolder: join(process.resourcesPath, 'packed', 'app.asar', 'out', 'main'),
  platformOfApp: process.env['ELECTRON_TEST_PLATFORM'] ?? platform(),
});
