import { isEmptyBox, type Box } from '../../../shared/base/box';
import { inLanes } from '../../../shared/base/in-lanes';

/** Reads a box slice by slice, up to `slicesAtOnce` in parallel. `read` gets boxes that are one slice deep. */
export async function eachSlice(
  box: Box,
  slicesAtOnce: number,
  read: (slice: Box) => Promise<void>,
): Promise<void> {
  if (isEmptyBox(box)) return;
  const slices = Array.from({ length: box.max[2] - box.min[2] }, (_, i) => box.min[2] + i);
  await inLanes(slices, slicesAtOnce, (z) =>
    read({ min: [box.min[0], box.min[1], z], max: [box.max[0], box.max[1], z + 1] }),
  );
}
