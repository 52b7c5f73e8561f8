import { isAddress } from '../../shared/api/input-address';
import { UnsupportedError } from '../../shared/base/errors';
import type { VolumeInfo } from '../../shared/precomputed/volume-info';
import { openDataset } from '../engine/dataset/dataset';
import { PrecomputedSource } from '../sources/precomputed-source';
import { openSource } from '../sources/registry';

/** A dataset in a folder on this machine, or at a web address. */
export interface DatasetAt {
  readonly root: string;
  readonly info: VolumeInfo;
}

/**
 * @throws InvalidInputError if there is no dataset
 * @throws UnsupportedError if viewers can't read it there
 */
export async function openDatasetAt(path: string): Promise<DatasetAt> {
  if (!isAddress(path)) return openDataset(path);
  const source = await openSource(path);
  try {
    if (source instanceof PrecomputedSource) return source.handle;
    throw new UnsupportedError(
      `There is no precomputed dataset at ${path}, and viewers can show nothing else.`,
      {
        remedy: 'Convert it first.',
      },
    );
  } finally {
    await source.close();
  }
}
