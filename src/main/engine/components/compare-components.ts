import {
  BoxGrid,
  boxOfShape,
  boxVolume,
  formatBox,
  intersectBoxes,
  type Box,
} from '../../../shared/base/box';
import { allocateVoxels } from '../../../shared/base/data-type';
import { add3, type Vec3 } from '../../../shared/base/vec3';
import type { VolumeBlock } from '../../../shared/base/volume-block';
import { componentsIn } from '../../../shared/kernels/component-finder';
import { IdMap } from '../../../shared/kernels/id-map';
import type { Connectivity } from '../../../shared/kernels/label-forest';
import { remapIds } from '../../../shared/kernels/map-ids';
import type { VolumeSource } from '../../sources/volume-source';
import { readComponentList } from './component-list';
import { PIECE } from './piece-grid';

/** How the ids of a dataset were split. */
export interface SplitIds {
  readonly connectivity: Connectivity;
  /** The dataset's folder, where the list of components is. */
  readonly root: string;
}

/** The voxels to compare in a box and a margin of one voxel at its upper faces. */
export interface UnsplitBlocks {
  /** The input's voxels. */
  readonly expected: VolumeBlock;
  /**
   * The dataset's voxels, mapped back to the ids that they were split from according to the list; 0 for ids that the
   * list lacks.
   */
  readonly found: VolumeBlock;
  /** A sentence for each piece in which voxels that touch and have one id in the input have several in the dataset. */
  readonly problems: readonly string[];
}

/**
 * Reads `box` of a dataset whose ids were split, and of its input, with a margin of one voxel. In each piece of the box,
 * the dataset must have as many components as the input.
 */
export async function unsplitBlocks(
  dataset: VolumeSource,
  input: VolumeSource,
  box: Box,
  { connectivity, root }: SplitIds,
): Promise<UnsplitBlocks> {
  const { size, dataType } = dataset.metadata;
  const reach = withMargin(box, size);
  const read = async (source: VolumeSource): Promise<VolumeBlock> => {
    const block = { box: reach, channels: 1, data: allocateVoxels(dataType, boxVolume(reach)) };
    await source.read(reach, block);
    return block;
  };
  const [expected, found] = [await read(input), await read(dataset)];
  const count = (block: VolumeBlock, piece: Box) =>
    componentsIn(block, withMargin(piece, size), connectivity).count;
  const problems = Array.from(new BoxGrid(box, PIECE))
    .filter((piece) => count(found, piece) > count(expected, piece))
    .map((piece) => `${formatBox(piece)}: voxels of one id that touch have several ids`);
  remapIds(found, reach, await inputIds(root), 'zero');
  return { expected, found, problems };
}

/** Adds a margin of one voxel at the upper faces, so that any two voxels that touch are both in one of the boxes. */
function withMargin(box: Box, size: Vec3): Box {
  return intersectBoxes({ min: box.min, max: add3(box.max, [1, 1, 1]) }, boxOfShape(size));
}

let known: { readonly root: string; readonly ids: IdMap } | undefined;

/**
 * Returns the map from components to ids of the input. The last map is kept, since the regions of a dataset come one
 * after the other.
 */
async function inputIds(root: string): Promise<IdMap> {
  if (known?.root === root) return known.ids;
  const ids = new IdMap();
  for await (const { component, id } of readComponentList(root)) {
    ids.add(lowOf(component), highOf(component), lowOf(id), highOf(id));
  }
  known = { root, ids };
  return ids;
}

function lowOf(id: bigint): number {
  return Number(BigInt.asUintN(32, id));
}

function highOf(id: bigint): number {
  return Number(id >> 32n);
}
