import type { Vec3 } from '../../../shared/base/vec3';

export interface VoxelDifference {
  /** Position in voxels of the scale, counted from 0. */
  readonly position: Vec3;
  /** Values in decimal. */
  readonly expected: string;
  readonly found: string;
}

export interface ScaleReport {
  readonly key: string;
  readonly chunks: number;
  readonly missingChunks: number;
  /** The data that the voxels were compared with. */
  readonly comparedWith: 'the input' | 'the scale before' | 'nothing';
  readonly comparedVoxels: number;
  readonly differentVoxels: number;
  readonly firstDifference?: VoxelDifference;
  /** The differences if the scale's encoding is lossy: the maximum and the root mean square. */
  readonly loss?: { readonly largest: number; readonly rootMeanSquare: number };
  readonly problems: readonly string[];
  /** Properties of a valid dataset that the viewer shows wrongly. */
  readonly warnings: readonly string[];
}

/** The result of checking a product of a dataset. */
export interface ProductReport {
  readonly product: string;
  readonly ok: boolean;
  /** A description of the data that was read, for the user: "412 meshes, each fragment decoded". */
  readonly checked: string;
  /** Problems; empty if the product is valid. */
  readonly problems: readonly string[];
  /** Properties of a valid product that the viewer shows wrongly. */
  readonly warnings: readonly string[];
  /** The scales of a volume. */
  readonly scales?: readonly ScaleReport[];
}

export interface VerifyReport {
  readonly dataset: string;
  readonly ok: boolean;
  /** Problems of `info`, of the dataset as a whole, or of a product as a whole. */
  readonly problems: readonly string[];
  readonly products: readonly ProductReport[];
  readonly scales: readonly ScaleReport[];
}

/** Returns the result of a comparison in words that follow the number of voxels: "all equal". */
export function comparisonWords({ differentVoxels, loss }: ScaleReport): string {
  if (differentVoxels > 0) return `${differentVoxels} DIFFERENT`;
  if (loss === undefined) return 'all equal';
  const { largest, rootMeanSquare } = loss;
  return `within what the encoding loses (${rootMeanSquare.toFixed(2)} root mean square, at most ${largest})`;
}
