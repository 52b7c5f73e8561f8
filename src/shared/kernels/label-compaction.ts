import { boxShape, intersectBoxes, isEmptyBox, type Box } from '../base/box';
import type { VolumeBlock } from '../base/volume-block';
import type { LabelTable } from './label-table';
import { wordPairs } from './voxel-words';

/**
 * Writes the numbers that `table` gives to the labels of `region` into `output`, x fastest. Voxels outside of the
 * block count as label 0. Label 0 has the number 0. The table is cleared first.
 *
 * Precondition: the block has one channel and an unsigned integer type, and `output` has room for the region's
 * voxels.
 */
export function compactLabels(block: VolumeBlock, region: Box, table: LabelTable, output: Uint32Array): void {
  table.clear();
  table.indexOf(0, 0);
  const inside = intersectBoxes(region, block.box);
  const [width, height, depth] = boxShape(region);
  if (inside.min.some((p, i) => p !== region.min[i]) || inside.max.some((p, i) => p !== region.max[i])) {
    output.fill(0, 0, width * height * depth);
  }
  if (isEmptyBox(inside)) return;
  const [blockWidth, blockHeight] = boxShape(block.box);
  const count = inside.max[0] - inside.min[0];
  const copyRow = rowCopier(block, table, output);
  for (let z = inside.min[2]; z < inside.max[2]; z++) {
    for (let y = inside.min[1]; y < inside.max[1]; y++) {
      const source =
        ((z - block.box.min[2]) * blockHeight + (y - block.box.min[1])) * blockWidth +
        (inside.min[0] - block.box.min[0]);
      const target =
        ((z - region.min[2]) * height + (y - region.min[1])) * width + (inside.min[0] - region.min[0]);
      copyRow(source, target, count);
    }
  }
}

type RowCopier = (source: number, target: number, count: number) => void;

/** A label is looked up only if it differs from that of the previous voxel: segments make long runs. */
function rowCopier(block: VolumeBlock, table: LabelTable, output: Uint32Array): RowCopier {
  const data = block.data;
  let number = 0;
  if (data instanceof BigUint64Array || data instanceof BigInt64Array) {
    const words = wordPairs(data);
    let low = 0;
    let high = 0;
    return (source, target, count) => {
      for (let i = 0; i < count; i++) {
        const nextLow = words[2 * (source + i)] ?? 0;
        const nextHigh = words[2 * (source + i) + 1] ?? 0;
        if (nextLow !== low || nextHigh !== high) {
          low = nextLow;
          high = nextHigh;
          number = table.indexOf(low, high);
        }
        output[target + i] = number;
      }
    };
  }
  let value = 0;
  return (source, target, count) => {
    for (let i = 0; i < count; i++) {
      const next = data[source + i] ?? 0;
      if (next !== value) {
        value = next;
        number = table.indexOf(value, 0);
      }
      output[target + i] = number;
    }
  };
}
