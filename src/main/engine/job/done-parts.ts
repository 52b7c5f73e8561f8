import { BoxGrid, boxOfShape, type Box } from '../../../shared/base/box';
import { vec3 } from '../../../shared/base/vec3';
import { parseVolumeInfo, type VolumeInfo } from '../../../shared/precomputed/volume-info';
import { CellBlocks } from '../../meshing/mesh-cells';
import type { MeshPlan } from '../meshes/mesh-plan';
import { MESH_BLOCKS } from '../meshes/mesh-stages';
import { MESHES } from '../meshes/meshes-product';
import { Journal } from '../run/journal';
import type { TaskSet } from '../run/task-set';
import type { DoneBoxes } from '../run/stage';
import { VOLUME } from '../volume/volume-product';

/** The parts of an unfinished job's volume that are done, according to its journal. */
export interface DoneParts {
  readonly info: VolumeInfo;
  /** Whether the job writes the volume, or only makes meshes of it. */
  readonly writesVolume: boolean;
  /** Undefined if the job makes no meshes. */
  readonly mesh: MeshPlan | undefined;
  readonly parts: readonly DoneBoxes[];
}

/** Reads what is done of the job in `output`; undefined if it holds no unfinished job. */
export async function readDoneParts(output: string): Promise<DoneParts | undefined> {
  if (!(await Journal.isIn(output))) return undefined;
  const { kind, info: json, products } = await Journal.readRecord(output);
  const info = parseVolumeInfo(json, `the unfinished job in ${output}`);
  const done = await Journal.readDone(output);
  const stages = VOLUME.schema.safeParse(products[VOLUME.name]).data?.stages ?? [];
  const mesh = MESHES.schema.safeParse(products[MESHES.name]).data;
  const voxels = stages.flatMap(({ name, readScale, writesReadScale, block }): DoneBoxes[] => {
    const size = info.scales[readScale]?.size ?? [0, 0, 0];
    const boxes = boxesOf(new BoxGrid(boxOfShape(size), block.shape), done.get(name));
    const scales = Array.from({ length: block.coarserScales + 1 }, (_, level) => readScale + level);
    return scales.slice(writesReadScale ? 0 : 1).map((scale) => ({
      what: 'voxels',
      scale,
      boxes: boxes.map((box) => scaled(box, info, readScale, scale)),
    }));
  });
  const parts = mesh === undefined ? voxels : [...voxels, surfaces(mesh, info, done.get(MESH_BLOCKS))];
  return { info, writesVolume: kind === 'convert', mesh, parts };
}

function surfaces({ scale, blockCells }: MeshPlan, info: VolumeInfo, tasks: TaskSet | undefined): DoneBoxes {
  const blocks = new CellBlocks(info.scales[scale]?.size ?? [0, 0, 0], blockCells);
  const grid = { length: blocks.length, at: (task: number) => blocks.voxelsAt(task) };
  return { what: 'surfaces', scale, boxes: boxesOf(grid, tasks) };
}

/** Returns the boxes of the tasks that are done. */
function boxesOf(grid: Pick<BoxGrid, 'length' | 'at'>, tasks: TaskSet | undefined): Box[] {
  return [...(tasks ?? [])].filter((task) => task < grid.length).map((task) => grid.at(task));
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
