import { EXPORT_FORMAT_NAMES, type ExportFormat, type ExportSpec } from '../../../shared/api/export-spec';
import { InvalidInputError } from '../../../shared/base/errors';
import type { VolumeFormat } from './exported-volume';
import { niftiFormat } from './nifti-volume';
import { npyFormat } from './npy-volume';
import { nrrdFormat } from './nrrd-volume';
import { tiffFormat } from './tiff-volume';
import { zarrFormat } from './zarr-volume';

/** What is exported, from where to where, and by what. */
export interface ExportRequest extends Omit<ExportSpec, 'kind'> {
  readonly workerFile: string;
  readonly signal: AbortSignal;
  readonly onNote?: (note: string) => void;
  /** Called as voxels are done, those that are looked at before counted too. */
  readonly onProgress?: (doneVoxels: number, totalVoxels: number) => void;
}

const FORMATS: Readonly<Record<ExportFormat, VolumeFormat>> = {
  tiff: tiffFormat,
  nifti: niftiFormat,
  nrrd: nrrdFormat,
  npy: npyFormat,
  zarr: zarrFormat,
};

/**
 * The format that is meant, by its name or by how the output ends: programs know files by their endings.
 * @throws InvalidInputError where neither tells, or they don't agree
 */
export function formatOf({ format, output }: Pick<ExportRequest, 'format' | 'output'>): VolumeFormat {
  const path = output.toLowerCase();
  const ends = ({ endings }: VolumeFormat) => endings.some((ending) => path.endsWith(ending));
  const byEnding = EXPORT_FORMAT_NAMES.map((name) => FORMATS[name]).find(ends);
  const chosen = format === undefined ? byEnding : FORMATS[format];
  if (chosen !== undefined && ends(chosen)) return chosen;
  const endings = (chosen === undefined ? Object.values(FORMATS) : [chosen]).flatMap((each) => each.endings);
  throw new InvalidInputError(`${output} does not end in the name of an export format.`, {
    remedy: `Give it a name that ends in ${endings.join(' or ')}.`,
    fields: { usage: true },
  });
}

/** The table of ids that get new numbers; `--remap` takes it on the way back. */
export function idTableOf(output: string): string {
  return `${output}.ids.csv`;
}
