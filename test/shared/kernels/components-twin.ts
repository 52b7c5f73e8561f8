import { boxShape } from '../../../src/shared/base/box';
import type { VolumeBlock } from '../../../src/shared/base/volume-block';
import type { Connectivity } from '../../../src/shared/kernels/label-forest';

/**
 * A slow, simple implementation. Returns the component number of each voxel, counted from 1 in the order of first
 * voxels; 0 if the label is 0.
 */
export function componentsTwin({ box, data }: VolumeBlock, connectivity: Connectivity): Uint32Array {
  const [width, height, depth] = boxShape(box);
  const numbers = new Uint32Array(data.length);
  const steps = [-1, 0, 1];
  const neighbours = steps
    .flatMap((dz) => steps.flatMap((dy) => steps.map((dx) => [dx, dy, dz] as const)))
    .filter((step) => {
      const axes = step.filter((d) => d !== 0).length;
      return axes > 0 && axes <= { 6: 1, 18: 2, 26: 3 }[connectivity];
    });
  let count = 0;
  for (let seed = 0; seed < data.length; seed++) {
    if (Number(data[seed]) === 0 || numbers[seed] !== 0) continue;
    numbers[seed] = ++count;
    const open = [seed];
    for (let at = open.pop(); at !== undefined; at = open.pop()) {
      const [x, y, z] = [at % width, Math.floor(at / width) % height, Math.floor(at / (width * height))];
      for (const [dx, dy, dz] of neighbours) {
        const [nx, ny, nz] = [x + dx, y + dy, z + dz];
        if (nx < 0 || ny < 0 || nz < 0 || nx >= width || ny >= height || nz >= depth) continue;
        const next = (nz * height + ny) * width + nx;
        if (data[next] !== data[seed] || numbers[next] !== 0) continue;
        numbers[next] = count;
        open.push(next);
      }
    }
  }
  return numbers;
}
