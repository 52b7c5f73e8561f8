import { PROVENANCE_FILES } from '../../shared/precomputed/dataset-files';
import { PRODUCTS } from './products';

/** The files that a dataset may have in its own folder, except `info`. */
export const ROOT_FILES: readonly string[] = [
  ...PROVENANCE_FILES,
  ...PRODUCTS.flatMap(({ owns }) => owns.files),
];
