import { join } from 'node:path';
import { expect, test } from 'vitest';
import { sizeOfFolder } from '../../../../src/main/base/disk-space';
import { estimateConversion } from '../../../../src/main/engine/forecast/estimate';
import { boxOfShape } from '../../../../src/shared/base/box';
import { convertVolume } from '../../../convert-volume';
import { writeTiffStack } from '../../../fixtures/tiff-stack';
import { temporaryFolder } from '../../../temporary-folder';

test('the size with meshes of many small segments is foreseen', async () => {
  const folder = await temporaryFolder();
  const size = [32, 32, 32] as const;
  // Segments of 2 × 2 × 1 voxels, and four large ones.
  const data = Uint32Array.from({ length: 32 ** 3 }, (_, i) => {
    const [x, y, z] = [i % 32, (i >> 5) % 32, i >> 10];
    return z < 16 ? 1 + (x >> 1) + 16 * (y >> 1) + 256 * z : 10_000 + (x >> 4) + 2 * (y >> 4);
  });
  await writeTiffStack(join(folder, 'cells'), { box: boxOfShape(size), channels: 1, data });
  const output = join(folder, 'dataset');
  const { plan } = await convertVolume(join(folder, 'cells'), output, { mesh: 'multilod' });
  const { bytes } = await estimateConversion(plan);
  const made = (await sizeOfFolder(output)).bytes;
  expect(bytes / made).toBeGreaterThan(1 / 1.5);
  expect(bytes / made).toBeLessThan(1.5);
});
