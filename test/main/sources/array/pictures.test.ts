import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { openSource } from '../../../../src/main/sources/registry';
import { temporaryFolder } from '../../../temporary-folder';

/** Writes an array of bytes as NumPy does. */
async function npy(shape: readonly number[]): Promise<string> {
  const path = join(await temporaryFolder(), 'a.npy');
  const header = `{'descr': '|u1', 'fortran_order': False, 'shape': (${shape.join(', ')}), }`.padEnd(117);
  const length = shape.reduce((product, edge) => product * edge, 1);
  const head = Buffer.from([0x93, ...Buffer.from('NUMPY'), 1, 0, 118, 0]);
  await writeFile(path, Buffer.concat([head, Buffer.from(`${header}\n`), Buffer.alloc(length)]));
  return path;
}

test.each([3, 4])('an array of many rows and columns and %i values may be a picture', async (last) => {
  const path = await npy([20, 30, last]);
  await expect(openSource(path)).rejects.toMatchObject({
    tag: 'invalid-input',
    message: expect.stringContaining(`20 × 30 × ${last}`),
    fields: { code: 'unfit-option', options: ['axes'] },
  });
  const picture = await openSource(path, { axes: 'yxc', kind: 'image' });
  expect(picture.metadata).toMatchObject({ size: [30, 20, 1], channels: last });
  const volume = await openSource(path, { axes: 'zyx' });
  expect(volume.metadata).toMatchObject({ size: [last, 30, 20], channels: 1 });
  await Promise.all([picture.close(), volume.close()]);
});

test.each([[[20, 30, 5]], [[3, 20, 30]], [[4, 5, 3]]])('an array of %j is a volume', async (shape) => {
  const volume = await openSource(await npy(shape));
  await volume.close();
  expect(volume.metadata.size).toEqual(shape.toReversed());
});
