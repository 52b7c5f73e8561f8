import { boxShape, type Box } from '../base/box';
import { subtract3 } from '../base/vec3';
import type { VolumeBlock } from '../base/volume-block';
import type { Components } from './component-finder';

/**
 * Writes the ids of components, in place. Voxels that already have the right id aren't written.
 * @param box the box in `block` in which `components` were found; its voxels still hold the labels of the components
 * @param ids the new ids by component
 */
export function paintComponents(
  block: VolumeBlock,
  box: Box,
  components: Components,
  ids: BigUint64Array,
): void {
  const { lows, highs, rows } = components;
  const words = new Uint32Array(ids.buffer, ids.byteOffset, ids.length * 2);
  const [width, height] = boxShape(block.box);
  const rowsInPlane = boxShape(box)[1];
  const [x0, y0, z0] = subtract3(box.min, block.box.min);
  const { runs, starts } = rows;
  const { data } = block;
  for (let row = 0; row + 1 < starts.length; row++) {
    const y = row % rowsInPlane;
    const first = ((z0 + (row - y) / rowsInPlane) * height + y0 + y) * width + x0;
    const last = 3 * (starts[row + 1] ?? 0);
    for (let run = 3 * (starts[row] ?? 0); run < last; run += 3) {
      const component = runs[run + 2] ?? 0;
      if (words[2 * component] === lows[component] && words[2 * component + 1] === highs[component]) continue;
      const id = ids[component] ?? 0n;
      const [begin, end] = [first + (runs[run] ?? 0), first + (runs[run + 1] ?? 0)];
      if (data instanceof BigUint64Array) data.fill(id, begin, end);
      else (data as Uint32Array).fill(Number(id), begin, end);
    }
  }
}
