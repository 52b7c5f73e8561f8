import { boxShape, intersectBoxes, isEmptyBox, type Box } from '../base/box';
import type { VolumeBlock } from '../base/volume-block';
import type { LabelTable } from './label-table';
import { narrowRunEnd, pairLabels, pairRunEnd, type NarrowLabels } from './label-runs';

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
  const copyRow = rowCopier(block, table, output, blockWidth, width);
  for (let z = inside.min[2]; z < inside.max[2]; z++) {
    for (let y = inside.min[1]; y < inside.max[1]; y++) {
      const source =
        ((z - block.box.min[2]) * blockHeight + (y - block.box.min[1])) * blockWidth +
        (inside.min[0] - block.box.min[0]);
      const target =
        ((z - region.min[2]) * height + (y - region.min[1])) * width + (inside.min[0] - region.min[0]);
      copyRow(source, target, count, y > inside.min[1]);
    }
  }
}

/** @param hasRowBefore whether the previous row has been copied */
type RowCopier = (source: number, target: number, count: number, hasRowBefore: boolean) => void;

/**
 * A label is looked up once for each of its runs, because segments make long ones, and not even then if the voxel in
 * the previous row has the same.
 * @param width the width of the block
 * @param outputWidth the width of the region
 */
function rowCopier(
  { data }: VolumeBlock,
  table: LabelTable,
  output: Uint32Array,
  width: number,
  outputWidth: number,
): RowCopier {
  if (data instanceof BigUint64Array) {
    const { doubles, words } = pairLabels(data);
    return (source, target, count, hasRowBefore) => {
      const end = source + count;
      for (let at = source; at < end;) {
        const next = pairRunEnd(doubles, words, at, end);
        const low = words[2 * at] ?? 0;
        const high = words[2 * at + 1] ?? 0;
        const before = 2 * (at - width);
        const isSame = hasRowBefore && words[before] === low && words[before + 1] === high;
        const to = target + at - source;
        const number = isSame ? (output[to - outputWidth] ?? 0) : table.indexOf(low >>> 0, high >>> 0);
        fill(output, number, to, to + next - at);
        at = next;
      }
    };
  }
  const labels = data as NarrowLabels;
  return (source, target, count, hasRowBefore) => {
    const end = source + count;
    for (let at = source; at < end;) {
      const next = narrowRunEnd(labels, at, end);
      const label = labels[at] ?? 0;
      const isSame = hasRowBefore && labels[at - width] === label;
      const to = target + at - source;
      const number = isSame ? (output[to - outputWidth] ?? 0) : table.indexOf(label, 0);
      fill(output, number, to, to + next - at);
      at = next;
    }
  };
}

/** Does what the array's own method does, which takes longer for short runs. */
function fill(output: Uint32Array, number: number, begin: number, end: number): void {
  for (let i = begin; i < end; i++) output[i] = number;
}
