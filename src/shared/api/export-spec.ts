/** What an export is given, by the command line's flags and by the app. */
import { z } from 'zod';
import { parseSpec, RUN_OPTIONS } from './job-spec';
import { choiceValue, inputValue, pathValue } from './option-values';
import { VIEW_OPTIONS } from './view-options';

interface FormatNames {
  /** For people. */
  readonly title: string;
  /** How names of its files end, the usual one first. */
  readonly endings: readonly [string, ...string[]];
}

/** The formats that datasets are exported to. */
export const EXPORT_FORMATS = {
  tiff: { title: 'TIFF', endings: ['.tif', '.tiff'] },
  nifti: { title: 'NIfTI', endings: ['.nii.gz', '.nii'] },
  nrrd: { title: 'NRRD', endings: ['.nrrd'] },
  npy: { title: 'NumPy', endings: ['.npy'] },
  zarr: { title: 'OME-Zarr', endings: ['.zarr'] },
} as const satisfies Readonly<Record<string, FormatNames>>;
export type ExportFormat = keyof typeof EXPORT_FORMATS;
export const EXPORT_FORMAT_NAMES = Object.keys(EXPORT_FORMATS) as [ExportFormat, ...ExportFormat[]];

const { roi, channel } = VIEW_OPTIONS;
const { workers, memory } = RUN_OPTIONS;

/** The settings of an export, apart from what is exported to where. */
export const EXPORT_FIELDS = {
  /** By the ending of the output unless given. */
  format: choiceValue(EXPORT_FORMAT_NAMES).optional(),
  /** Number of a scale, 0 for the finest, or its key. */
  scale: z.string().default('0'),
  /** Ids as they are, or 1 to n with a table beside the output. */
  ids: choiceValue(['keep', 'compact']).default('keep'),
  /** In voxels of the scale, from 0. */
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

/** @throws InvalidInputError naming every setting that is not valid, with its value */
export function parseExportSpec(input: unknown): ExportSpec {
  return parseSpec(exportSpecSchema, input, 'export');
}
