/** The settings of an export, as given by the command line's flags and by the app. */
import { z } from 'zod';
import { parseSpec, RUN_OPTIONS } from './job-spec';
import { choiceValue, inputValue, pathValue } from './option-values';
import { VIEW_OPTIONS } from './view-options';

interface FormatNames {
  /** The name that users see. */
  readonly title: string;
  /** File name endings, the usual one first. */
  readonly endings: readonly [string, ...string[]];
}

/** The formats to which datasets are exported. */
export const EXPORT_FORMATS = {
  tiff: { title: 'TIFF', endings: ['.tif', '.tiff'] },
  nifti: { title: 'NIfTI', endings: ['.nii.gz', '.nii'] },
  nrrd: { title: 'NRRD', endings: ['.nrrd'] },
  npy: { title: 'NumPy', endings: ['.npy'] },
  zarr: { title: 'OME-Zarr', endings: ['.zarr'] },
  zarr2: { title: 'OME-Zarr 0.4 (Zarr 2)', endings: ['.zarr'] },
} as const satisfies Readonly<Record<string, FormatNames>>;
export type ExportFormat = keyof typeof EXPORT_FORMATS;
export const EXPORT_FORMAT_NAMES = Object.keys(EXPORT_FORMATS) as [ExportFormat, ...ExportFormat[]];

const { roi, channel } = VIEW_OPTIONS;
const { workers, memory } = RUN_OPTIONS;

/** The settings of an export, except its dataset and its output. */
export const EXPORT_FIELDS = {
  /** By default, the output's ending decides. */
  format: choiceValue(EXPORT_FORMAT_NAMES).optional(),
  /** Number of a scale, 0 for the finest, or its key. */
  scale: z.string().default('0'),
  /** Whether ids stay as they are, or become 1 to n with a table beside the output. */
  ids: choiceValue(['keep', 'compact']).default('keep'),
  /** In voxels of the scale, counted from 0. */
  roi: roi.schema.optional(),
  channel: channel.schema.optional(),
  workers: workers.schema.optional(),
  memory: memory.schema.optional(),
};

const exportSpecSchema = z.strictObject({
  kind: z.literal('export'),
  /** Folder of a precomputed volume, or its address. */
  dataset: inputValue,
  output: pathValue,
  ...EXPORT_FIELDS,
});
export type ExportSpec = Readonly<z.output<typeof exportSpecSchema>>;

/** @throws InvalidInputError that names every invalid setting with its value */
export function parseExportSpec(input: unknown): ExportSpec {
  return parseSpec(exportSpecSchema, input, 'export');
}
