import { cp, readFile, rm, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { openSource } from '../../../../src/main/sources/registry';
import { listTree } from '../../../tree-hash';
import { temporaryFolder } from '../../../temporary-folder';

async function fingerprintOf(path: string): Promise<string> {
  const source = await openSource(path);
  await source.close();
  return source.metadata.fingerprint;
}

test.each(['zarr2-raw.zarr', 'zarr3-uint64.zarr', 'n5-raw.n5'])(
  'the fingerprint of %s depends on chunks that were changed, replaced or deleted',
  async (name) => {
    const folder = join(await temporaryFolder(), name);
    await cp(join('test/fixtures/hierarchies', name), folder, { recursive: true });
    const chunk = join(folder, (await listTree(folder)).findLast((path) => !path.endsWith('.json')) ?? '');
    const first = await fingerprintOf(folder);
    expect(await fingerprintOf(folder)).toBe(first);
    await utimes(chunk, new Date(), new Date(Date.now() + 5000));
    const touched = await fingerprintOf(folder);
    expect(touched).not.toBe(first);
    await writeFile(chunk, Buffer.concat([await readFile(chunk), Buffer.of(0)]));
    const longer = await fingerprintOf(folder);
    expect([first, touched]).not.toContain(longer);
    await rm(chunk);
    expect([first, touched, longer]).not.toContain(await fingerprintOf(folder));
  },
);
