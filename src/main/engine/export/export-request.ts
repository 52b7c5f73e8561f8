import { EXPORT_FORMAT_NAMES, type ExportFormat, type ExportSpec } from '../../../shared/api/export-spec';
import type { BucketAccess } from '../../../shared/api/publish-spec';
import { InvalidInputError } from '../../../shared/base/errors';
import type { VolumeFormat } from './exported-volume';
import { niftiFormat } from './nifti-volume';
import { npyFormat } from './npy-volume';
import { nrrdFormat } from './nrrd-volume';
import { tiffFormat } from './tiff-volume';
import { zarr2Format, zarrFormat } from './zarr-volume';

/** An export: the data, the output, and the resources. */
export interface ExportRequest extends Omit<ExportSpec, 'kind'> {
  /** How the bucket is reached that the dataset is in. */
  readonly access?: BucketAccess | undefined;
  readonly workerFile: string;
  readonly signal: AbortSignal;
  readonly onNote?: (note: string) => void;
  /** Called when voxels are done. Each voxel counts twice: when it is checked, and when it is written. */
  readonly onProgress?: (doneVoxels: number, totalVoxels: number) => void;
}

const FORMATS: Readonly<Record<ExportFormat, VolumeFormat>> = {
  tiff: tiffFormat,
  nifti: niftiFormat,
  nrrd: nrrdFormat,
  npy: npyFormat,
  zarr: zarrFormat,
  zarr2: zarr2Format,
};

/**
 * Returns the format with the given name, or the one that the output's ending stands for. Programs recognise files by
 * their endings.
 * @throws InvalidInputError if neither selects a format, or they don't agree
 */
export function formatOf({ format, output }: Pick<ExportRequest, 'format' | 'output'>): VolumeFormat {
  const path = output.toLowerCase();
  const ends = ({ endings }: VolumeFormat) => endings.some((ending) => path.endsWith(ending));
  const byEnding = EXPORT_FORMAT_NAMES.map((name) => FORMATS[name]).find(ends);
  const chosen = format === undefined ? byEnding : FORMATS[format];
  if (chosen !== undefined && ends(chosen)) return chosen;
  const endings = new Set(
    (chosen === undefined ? Object.values(FORMATS) : [chosen]).flatMap((each) => each.endings),
  );
  throw new InvalidInputError(`${output} does not end in the name of an export format.`, {
    remedy: `Give it a name that ends in ${[...endings].join(' or ')}.`,
    fields: { usage: true },
  });
}

/** Returns the path of the table of renumbered ids. `--remap` reads it to restore them. */
export function idTableOf(output: string): string {
  return `${output}.ids.csv`;
}
