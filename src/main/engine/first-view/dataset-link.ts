import { basename } from 'node:path';
import { layerName, sceneOfVolumes, viewerLink } from '../../../shared/precomputed/viewer-link';
import type { Dataset } from '../dataset/dataset';
import { shownFirst } from './shown-first';

/**
 * Returns a link that opens a dataset in a viewer, with the segments, colours and ranges of values to show at first.
 * @param url the address at which the dataset is served
 * @param viewer the address of a viewer; Neuroglancer's own by default
 * @throws InvalidInputError if the data to show can't be read; IoError
 */
export async function datasetLink(dataset: Dataset, url: string, viewer?: string): Promise<string> {
  const volume = {
    info: dataset.info,
    datasetUrl: url,
    name: layerName(basename(dataset.root)),
    ...(await shownFirst(dataset)),
  };
  return viewerLink(sceneOfVolumes([volume]), viewer);
}
