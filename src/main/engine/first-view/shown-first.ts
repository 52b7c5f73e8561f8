import type { ShownVolume } from '../../../shared/precomputed/viewer-link';
import type { Dataset } from '../dataset/dataset';
import { readSegmentColumns } from '../segments/segment-counts';
import { coloursToShow } from './shown-colours';
import { segmentsToShow } from './shown-segments';
import { rangesToShow } from './shown-ranges';

/** What a viewer shows of a dataset at first. */
export type ShownFirst = Required<Pick<ShownVolume, 'segments' | 'segmentColours' | 'ranges'>>;

/**
 * Returns the segments and ranges of values that a viewer of a dataset shows at first, and the colours of segments.
 * @param selected segments to select instead of the largest
 * @throws InvalidInputError if the data to show can't be read; IoError
 */
export async function shownFirst(dataset: Dataset, selected?: readonly string[]): Promise<ShownFirst> {
  const columns = await readSegmentColumns(dataset, dataset.info);
  const segments = selected ?? (await segmentsToShow(dataset, columns));
  return {
    segments,
    segmentColours: coloursToShow(columns, segments),
    ranges: await rangesToShow(dataset),
  };
}
