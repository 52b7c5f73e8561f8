import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { lookAtInput } from '../../../src/main/sources/input-parts';
import { openSource } from '../../../src/main/sources/registry';
import { writeSampleStack } from '../../../src/main/sources/sample';
import { temporaryFolder } from '../../temporary-folder';

const PNG = 'test/fixtures/images/png-1-bit/z0.png';

/** Copies a picture with other bytes behind its end, which are no part of it. */
async function writePngs(folder: string): Promise<void> {
  const png = await readFile(PNG);
  await mkdir(folder);
  for (let z = 0; z < 3; z++)
    await writeFile(join(folder, `z${z}.png`), Buffer.concat([png, Buffer.from([z])]));
}

test.each([
  [
    'small TIFF slices',
    (folder: string) => writeSampleStack(folder, { size: [64, 64, 3], dataType: 'uint8', seed: 1 }),
  ],
  [
    'large TIFF slices',
    (folder: string) => writeSampleStack(folder, { size: [900, 900, 3], dataType: 'uint64', seed: 1 }),
  ],
  ['PNG slices', writePngs],
])('the digests of %s are taken when they are opened, and not again', async (_, write) => {
  const folder = join(await temporaryFolder(), 'stack');
  await write(folder);
  const [later, now] = [
    await openSource(folder, { kind: 'image' }),
    await openSource(folder, { kind: 'image', isForJob: true }),
  ];
  const parts = await lookAtInput(later.handle, later.metadata);
  expect(new Set(parts.map(({ digest }) => digest)).size).toBe(3);
  await later.close();
  await now.close();
  await rm(folder, { recursive: true });
  expect(await lookAtInput(now.handle, now.metadata)).toEqual(parts);
});
