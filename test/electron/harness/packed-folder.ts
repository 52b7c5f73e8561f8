import { platform } from 'node:os';
import { join } from 'node:path';

/** Defines the values that replace `import.meta.dirname` and `process.platform` in the packed main process. */
Object.assign(globalThis, {
  packedMainFolder: join(process.resourcesPath, 'packed', 'app.asar', 'out', 'main'),
  platformOfApp: process.env['ELECTRON_TEST_PLATFORM'] ?? platform(),
});
