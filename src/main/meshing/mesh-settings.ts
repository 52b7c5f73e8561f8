import type { Vec3 } from '../../shared/base/vec3';

/** What decides the meshes of a volume, but for its voxels. JSON, so that it can go to a worker. */
export interface MeshSettings {
  readonly format: 'multilod' | 'legacy';
  /** Nanometres per voxel of the scale that is meshed. */
  readonly resolutionNm: Vec3;
  /** Position of that scale's first voxel, in its voxels. */
  readonly voxelOffset: Vec3;
  /** The most that the finest level may deviate from the voxels' surface. */
  readonly errorNm: number;
  /** Whether the steps of voxels are smoothed away. */
  readonly isSmooth: boolean;
  /** The share of the triangles of the surface before it at which simplification ends; 0 for as few as the error allows. */
  readonly keptShare: number;
  /** The most levels of detail; each has twice the error of the one before. */
  readonly maxLevels: number;
  readonly quantizationBits: 10 | 16;
}

/**
 * Edge of a piece, in voxels: the surface is kept piece by piece, whatever the blocks in which the volume is read, so that
 * these leave no trace in the result.
 */
export const PIECE = 32;

/**
 * Errors as shares of that which is allowed: of the vertices that are merged while the surface is found; of the finest
 * level's first simplification, piece by piece, the smoothing of what that leaves, and the last simplification; and of the
 * coarser levels. Errors of simplifications are means over planes, and the farthest point may be several times as far: how
 * far it may be is measured each time, in all three quarters of what is allowed, as relaxation has moved the surface before.
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

/** Of more vertices than these a block is halved before its net is found; few volumes have so many. */
export function mostVertices(voxels: number): number {
  return Math.max(300_000, Math.ceil(voxels / 16));
}

/** What one simplification has in memory at the most: labels with more triangles are simplified cell by cell. */
export const CELL_TRIANGLES = 60_000;

/** About as many triangles as a node of the octree should have. */
export const NODE_TRIANGLES = 8192;

/** A level of detail with more than this share of the triangles of the finer one is left out. */
export const WORTHWHILE_LEVEL = 0.75;
