import type { ConvertSpec } from '../../../shared/api/job-spec';
import type { Vec3 } from '../../../shared/base/vec3';
import { FINDER_BYTES_PER_VOXEL } from '../../../shared/kernels/component-finder';
import type { Connectivity } from '../../../shared/kernels/label-forest';
import type { FilePlace } from '../../places/file-place';
import { Journal } from '../run/journal';
import { largestPieceVoxels, PieceGrid } from './piece-grid';

/** The complete plan for splitting the ids of a volume into components. It is JSON. */
export interface ComponentPlan {
  readonly connectivity: Connectivity;
  readonly size: Vec3;
  /** Shape of the blocks in which the volume is read. */
  readonly block: Vec3;
  /** The dataset's folder, and the one that its new files are written to. */
  readonly output: string;
  readonly root: string;
}

export function connectivityOf(option: NonNullable<ConvertSpec['components']>): Connectivity {
  return ({ 6: 6, 18: 18, 26: 26 } as const)[option];
}

/** The least memory for joining components, which is reserved in the plan. */
export const LEAST_JOINING_BYTES = 32 * 2 ** 20;

/** Returns the memory that a worker needs to find components. */
export function finderBytes(size: Vec3): number {
  return largestPieceVoxels(size) * FINDER_BYTES_PER_VOXEL;
}

export function pieceGrid({ size, block }: ComponentPlan): PieceGrid {
  return new PieceGrid(size, block);
}

/** Returns the place for the components found in each piece (piece-components.ts), by piece number. */
export function pieceStore({ output }: ComponentPlan): FilePlace {
  return Journal.stateOf(output, 'components');
}

/**
 * Returns the place for the ids of each piece's components, as 64-bit words, by piece number. An object is empty if
 * all ids are those of the input.
 */
export function idStore({ output }: ComponentPlan): FilePlace {
  return Journal.stateOf(output, 'component-ids');
}
