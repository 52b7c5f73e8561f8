import { boxVolume } from '../../../shared/base/box';
import { BugError } from '../../../shared/base/errors';
import { componentsIn } from '../../../shared/kernels/component-finder';
import { paintComponents } from '../../../shared/kernels/paint-components';
import { idStore, pieceGrid, pieceStore, type ComponentPlan } from './component-plan';
import { encodePiece } from './piece-components';
import { writeFileTo, type WrittenFile } from '../run/written-file';
import { viewBlock, type SharedBlock } from '../blocks/shared-block';

/** A request for one piece of a block in memory. */
export interface ComponentsRequest {
  readonly plan: ComponentPlan;
  readonly block: SharedBlock;
  readonly piece: number;
}

export interface FoundComponents {
  readonly made: readonly WrittenFile[];
}

export interface ComponentsResult {
  readonly voxels: number;
}

/** Finds the components of a piece and stores them for joining. */
export async function findComponents(request: ComponentsRequest): Promise<FoundComponents> {
  const { plan, block, piece } = request;
  const box = pieceGrid(plan).boxOf(piece);
  const components = componentsIn(viewBlock(block), box, plan.connectivity);
  return { made: [await writeFileTo(pieceStore(plan), String(piece), encodePiece(components, box))] };
}

/**
 * Replaces the ids in a piece with those of its components, in place. Finding the components again is faster than
 * storing them.
 */
export async function relabelComponents(request: ComponentsRequest): Promise<ComponentsResult> {
  const { plan, piece } = request;
  const box = pieceGrid(plan).boxOf(piece);
  const bytes = await idStore(plan).get(String(piece));
  if (bytes === undefined) throw new BugError(`the ids of piece ${piece} are missing`);
  if (bytes.length > 0) {
    const block = viewBlock(request.block);
    const components = componentsIn(block, box, plan.connectivity);
    if (bytes.length !== 8 * components.count) {
      throw new BugError(
        `piece ${piece} has ${components.count} components, and ids of ${bytes.length} bytes`,
      );
    }
    paintComponents(block, box, components, new BigUint64Array(Uint8Array.from(bytes).buffer));
  }
  return { voxels: boxVolume(box) };
}
