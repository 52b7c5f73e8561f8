import { formatCount } from '../base/format-quantity';

/** Segments with fewer voxels are small: they are often crumbs that nobody looks at. */
export const SMALL_SEGMENT = 10;
/** There is no note if there are fewer small segments than this number, or than this share of all segments. */
const MANY = 1000;
const MUCH = 0.1;

interface EstimatedSegments {
  readonly segments: number;
  /** The number of segments with fewer voxels than {@link SMALL_SEGMENT}. */
  readonly smallSegments: number;
}

/**
 * Returns advice if there are many small segments; otherwise undefined.
 * @param option the user's name for the option that excludes them from meshing
 */
export function smallSegmentsNote(
  { segments, smallSegments }: EstimatedSegments,
  option: string,
): string | undefined {
  if (smallSegments < MANY || smallSegments < MUCH * segments) return undefined;
  const [few, all] = [formatCount(smallSegments), formatCount(segments)];
  return `About ${few} of ${all} segments have fewer than ${SMALL_SEGMENT} voxels; with ${option} at ${SMALL_SEGMENT} they get no meshes.`;
}
