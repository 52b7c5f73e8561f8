import type { ConvertSpec } from '../../../shared/api/job-spec';
import type { Vec3 } from '../../../shared/base/vec3';
import { FINDER_BYTES_PER_VOXEL } from '../../../shared/kernels/component-finder';
import type { Connectivity } from '../../../shared/kernels/label-forest';
import type { FilePlace } from '../../places/place';
import { Journal } from '../run/journal';
import { largestPieceVoxels, PieceGrid } from './piece-grid';

/** How the ids of a volume are split into components, everything decided. JSON. */
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

/** The least memory for the joining of components, which is planned for. */
export const LEAST_JOINING_BYTES = 32 * 2 ** 20;

/** What a worker needs to find components. */
export function finderBytes(size: Vec3): number {
  return largestPieceVoxels(size) * FINDER_BYTES_PER_VOXEL;
}

export function pieceGrid({ size, block }: ComponentPlan): PieceGrid {
  return new PieceGrid(size, block);
}

/** What was found in each piece (piece-components.ts), by its number. */
export function pieceStore({ output }: ComponentPlan): FilePlace {
  return Journal.stateOf(output, 'components');
}

/** The ids of each piece's components, as 64-bit words, by its number; empty where they are the input's. */
export function idStore({ output }: ComponentPlan): FilePlace {
  return Journal.stateOf(output, 'component-ids');
}
