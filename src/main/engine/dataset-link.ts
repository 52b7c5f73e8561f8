import { basename } from 'node:path';
import { sceneOfVolumes, viewerLink } from '../../shared/precomputed/viewer-link';
import type { Dataset } from './dataset';
import { rangesToShow } from './shown-ranges';
import { segmentsToShow } from './segments/shown-segments';

/**
 * Returns a link that opens a dataset in a viewer, with the segments and the ranges of values to show at first.
 * @param url the address at which the dataset is served
 * @param viewer the address of a viewer; Neuroglancer's own by default
 * @throws InvalidInputError if the data to show can't be read; IoError
 */
export async function datasetLink(dataset: Dataset, url: string, viewer?: string): Promise<string> {
  const volume = {
    info: dataset.info,
    datasetUrl: url,
    name: basename(dataset.root),
    segments: await segmentsToShow(dataset),
    ranges: await rangesToShow(dataset),
  };
  return viewerLink(sceneOfVolumes([volume]), viewer);
}
