import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { syncFolder } from '../../../src/main/places/sync-files';
import { recordFlushes } from '../../record-flushes';
import { temporaryFolder } from '../../temporary-folder';

test.runIf(process.platform === 'linux')(
  'where the file system cannot be flushed by one call, the wanted files are flushed, and each folder after them',
  async () => {
    const root = await temporaryFolder();
    await mkdir(join(root, 'scale', 'nested'), { recursive: true });
    const files = ['provenance', 'scale/0-64_0-64_0-64', 'scale/nested/chunk'];
    for (const file of files) await writeFile(join(root, file), file);
    await mkdir(join(root, 'others'));
    await writeFile(join(root, 'others', 'unwanted'), '');
    const flushed = await recordFlushes(root);
    await syncFolder(root, (name, folder) => join(folder, name) !== join(root, 'others'));
    expect(flushed.slice(0, 3).sort()).toEqual(files);
    expect(flushed.slice(3).sort()).toEqual(['', 'scale', 'scale/nested']);
  },
);
