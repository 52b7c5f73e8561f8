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
  /** The most levels of detail; each has twice the error of the one before. */
  readonly maxLevels: number;
  readonly quantizationBits: 10 | 16;
}

/**
 * Edge of a piece, in voxels: the volume is meshed and first simplified piece by piece, whatever the blocks in
 * which it is read, so that these leave no trace in the result.
 */
export const PIECE = 32;

/** Shares of the error: of the first simplification, within a piece, and of the second one, across pieces. */
export const PIECE_ERROR_SHARE = 0.4;
export const JOINED_ERROR_SHARE = 0.6;

/** Labels with no more triangles than this are simplified as a whole, others cell by cell. */
export const WHOLE_TRIANGLES = 30_000;

/** About as many triangles as a node of the octree should have. */
export const NODE_TRIANGLES = 8192;
