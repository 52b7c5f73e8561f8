import type { Vec3 } from '../../shared/base/vec3';

/**
 * Everything that determines the meshes of a volume, except its voxels. This is JSON, so that it can be sent to a
 * worker.
 */
export interface MeshSettings {
  readonly format: 'multilod' | 'legacy';
  /** Nanometres per voxel of the scale that is meshed. */
  readonly resolutionNm: Vec3;
  /** Position of that scale's first voxel, in its voxels. */
  readonly voxelOffset: Vec3;
  /** The greatest deviation of the finest level from the voxels' surface. */
  readonly errorNm: number;
  /** Whether the steps of voxels are smoothed. */
  readonly isSmooth: boolean;
  /** Simplification ends at this share of the original triangles; 0 means as few as the error allows. */
  readonly keptShare: number;
  /** The greatest number of levels of detail. Each has twice the error of the previous one. */
  readonly maxLevels: number;
  readonly quantizationBits: 10 | 16;
}

/**
 * Edge of a piece, in voxels. The surface is stored piece by piece, independently of the blocks in which the volume
 * is read, so that the blocks don't affect the result.
 */
export const PIECE = 32;

/**
 * Errors as shares of the allowed error: for merging vertices while the surface is found; for the finest level's
 * first simplification, piece by piece, for the smoothing of its result, and for the last simplification; and for the
 * coarser levels. Errors of simplifications are means over planes, and the farthest point may be several times as
 * far. Its distance is measured each time and limited, in total, to three quarters of the allowed error, because
 * relaxation has already moved the surface.
 */
export const MERGE_SHARE = 0.1;
export const FIRST_SHARE = 0.075;
export const FIRST_BOUND = 0.25;
export const SMOOTHING_SHARE = 0.25;
export const SMOOTHING_STEPS = 3;
export const FINEST_SHARE = 0.12;
export const FINEST_BOUND = 0.5;
export const COARSER_SHARE = 0.15;

/** Positions are rounded to about this share of a level's error, which makes the encoded meshes smaller. */
export const ROUNDING_SHARE = 1 / 16;

/** A block with more vertices than this is halved before its net is found. Few volumes have so many. */
export function mostVertices(voxels: number): number {
  return Math.max(300_000, Math.ceil(voxels / 5));
}

/**
 * The most triangles that one simplification has in memory. Labels with more triangles are simplified cell by cell.
 */
export const CELL_TRIANGLES = 60_000;

/** The approximate number of triangles of an octree node. */
export const NODE_TRIANGLES = 8192;

/** A level of detail with more than this share of the finer level's triangles is left out. */
export const WORTHWHILE_LEVEL = 0.75;
