import { BoxGrid, boxOfShape, type Box } from '../../../shared/base/box';
import { vec3 } from '../../../shared/base/vec3';
import { parseVolumeInfo, type VolumeInfo } from '../../../shared/precomputed/volume-info';
import { Journal } from '../run/journal';
import type { WrittenChunks } from '../run/stage';
import { VOLUME } from './volume-product';

/** The parts of an unfinished conversion that are already written, according to its journal. */
export interface WrittenParts {
  readonly info: VolumeInfo;
  readonly parts: readonly WrittenChunks[];
}

/** Reads the written parts of the conversion in `output`; undefined if it holds no unfinished conversion. */
export async function readWrittenParts(output: string): Promise<WrittenParts | undefined> {
  if (!(await Journal.isIn(output))) return undefined;
  const record = await Journal.readRecord(output);
  if (record.kind !== 'convert') return undefined;
  const info = parseVolumeInfo(record.info, `the unfinished job in ${output}`);
  const done = await Journal.readDone(output);
  const stages = VOLUME.schema.safeParse(record.products[VOLUME.name]).data?.stages ?? [];
  const parts = stages.flatMap(({ name, readScale, writesReadScale, block }) => {
    const size = info.scales[readScale]?.size ?? [0, 0, 0];
    const grid = new BoxGrid(boxOfShape(size), block.shape);
    const boxes = [...(done.get(name) ?? [])]
      .filter((task) => task < grid.length)
      .map((task) => grid.at(task));
    const scales = Array.from({ length: block.coarserScales + 1 }, (_, level) => readScale + level);
    return scales
      .slice(writesReadScale ? 0 : 1)
      .map((scale) => ({ scale, boxes: boxes.map((box) => scaled(box, info, readScale, scale)) }));
  });
  return { info, parts };
}

/** Returns the box of scale `to` that is made from `box` in scale `from`. */
function scaled(box: Box, info: VolumeInfo, from: number, to: number): Box {
  const [fine, coarse] = [info.scales[from]?.size, info.scales[to]?.size];
  if (fine === undefined || coarse === undefined) return box;
  const along = (position: number, axis: 0 | 1 | 2) => Math.ceil((position * coarse[axis]) / fine[axis]);
  return {
    min: vec3((axis) => along(box.min[axis], axis)),
    max: vec3((axis) => along(box.max[axis], axis)),
  };
}
