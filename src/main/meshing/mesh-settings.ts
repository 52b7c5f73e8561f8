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
  /** The share of the triangles of marching cubes at which simplification ends; 0 for as few as the error allows. */
  readonly keptShare: number;
  /** The most levels of detail; each has twice the error of the one before. */
  readonly maxLevels: number;
  readonly quantizationBits: 10 | 16;
}

/**
 * Edge of a piece, in voxels: the volume is meshed and first simplified piece by piece, whatever the blocks in
 * which it is read, so that these leave no trace in the result.
 */
export const PIECE = 32;

/**
 * Shares of the error that the finest level may have: of the first simplification, within pieces, and of the last,
 * across the borders that the one between them left. Few large shares leave fewer triangles than many small ones.
 */
export const PIECE_ERROR_SHARE = 0.4;
export const SEAM_ERROR_SHARE = 0.1;

/** What one simplification has in memory at the most: labels with more triangles are simplified cell by cell. */
export const CELL_TRIANGLES = 60_000;

/** About as many triangles as a node of the octree should have. */
export const NODE_TRIANGLES = 8192;

/** A level of detail with more than this share of the triangles of the finer one is left out. */
export const WORTHWHILE_LEVEL = 0.75;
