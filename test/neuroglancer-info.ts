/** Neuroglancer's own parser of a volume's `info`. */
import { loadWithBrowserNames } from './browser-stand-ins';

const frontend = await loadWithBrowserNames(
  () => import('neuroglancer/unstable/datasource/precomputed/frontend.js'),
);

/** @throws an Error that says what is wrong */
export const { parseMultiscaleVolumeInfo } = frontend;
