import { formatCount } from '../base/format-quantity';

/** Segments of fewer voxels are small: often crumbs that nobody looks at. */
export const SMALL_SEGMENT = 10;
/** Fewer small segments than these, or than this share of all, are worth no words. */
const MANY = 1000;
const MUCH = 0.1;

interface EstimatedSegments {
  readonly segments: number;
  /** Those of fewer voxels than {@link SMALL_SEGMENT}. */
  readonly smallSegments: number;
}

/**
 * What to do about many small segments; undefined where there are few.
 * @param option by which they get no meshes, as the user knows it
 */
export function smallSegmentsNote(
  { segments, smallSegments }: EstimatedSegments,
  option: string,
): string | undefined {
  if (smallSegments < MANY || smallSegments < MUCH * segments) return undefined;
  const [few, all] = [formatCount(smallSegments), formatCount(segments)];
  return `About ${few} of ${all} segments have fewer than ${SMALL_SEGMENT} voxels; with ${option} at ${SMALL_SEGMENT} they get no meshes.`;
}
