import { rm, rmdir } from 'node:fs/promises';
import { join } from 'node:path';
import { fileError } from '../base/file-error';
import type { Dataset } from './dataset/dataset';
import { datasetFolders, INFO_FILES } from '../../shared/precomputed/dataset-files';
import { ROOT_FILES } from './root-files';
import { REMOVE_TREE, STATE_FOLDER } from './run/journal';
import { putAside } from './run/swap-files';

/** Deletes the files of a dataset permanently. Other files in its folder are kept, and the folder with them. */
export async function deleteDataset({ root, json }: Pick<Dataset, 'root' | 'json'>): Promise<void> {
  await putAside(root, datasetFolders(json), join(root, STATE_FOLDER, 'deleted'), [
    ...INFO_FILES,
    ...ROOT_FILES,
  ]);
  await rm(join(root, STATE_FOLDER), REMOVE_TREE).catch((error: unknown) => {
    throw fileError('delete', root, error);
  });
  await rmdir(root).catch(() => undefined);
}
