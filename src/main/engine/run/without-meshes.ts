import { formatInfo } from '../../../shared/precomputed/volume-info';

/** Returns the text of a dataset's `info` without its meshes, as it must not name deleted ones. */
export function withoutMeshes(text: string): string {
  const info = JSON.parse(text) as Record<string, unknown>;
  delete info['mesh'];
  return formatInfo(info);
}
