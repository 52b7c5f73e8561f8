/**
 * What a job is told: each option stands here once, and command-line flags, form fields, validation, help and
 * the job files all derive from it.
 */
import { z } from 'zod';
import { InvalidInputError } from '../base/errors';
import { MESH_FIELDS, MESH_OPTIONS } from './mesh-options';
import { choice, option, toggle, type OptionDefinition } from './option';
import {
  axesValue,
  bytesValue,
  extentValue,
  factorsValue,
  inputValue,
  integerValue,
  offsetValue,
  pathValue,
  resolutionValue,
} from './option-values';
import { VIEW_FIELDS, VIEW_OPTIONS } from './view-options';

export const CONVERT_OPTIONS = {
  resolution: option({
    schema: resolutionValue,
    flag: '--resolution <x,y,z>',
    group: 'volume',
    control: 'lengths',
    label: 'Resolution',
    help: 'Size of a voxel in nanometres, or with units: 16,16,40 or 0.8um,0.8um,2um.',
  }),
  voxelOffset: option({
    schema: offsetValue,
    flag: '--voxel-offset <x,y,z>',
    group: 'volume',
    control: 'integers',
    label: 'Voxel offset',
    unit: 'voxels',
    empty: 'As the input says, else 0,0,0',
    help: "Position of the first voxel that is written in the space that the viewer shows, in voxels (default: the input's, else 0,0,0).",
    advanced: true,
  }),
  type: choice(['segmentation', 'image'], {
    flag: '--type <kind>',
    group: 'volume',
    label: 'Kind of data',
    choiceLabels: { segmentation: 'Labels of segments', image: 'Grey values' },
    help: 'Labels of segments, or grey values (default: what the input says that it holds, else segmentation).',
  }),
  dataType: choice(['uint8', 'int8', 'uint16', 'int16', 'uint32', 'int32', 'uint64', 'float32'], {
    flag: '--data-type <type>',
    group: 'volume',
    label: 'Data type',
    help: "Voxel type of the output; by default the input's, widened where the encoding needs it.",
    advanced: true,
  }),
  gaps: choice(['refuse', 'zero', 'close'], {
    flag: '--gaps <how>',
    group: 'volume',
    label: 'Missing slices',
    choiceLabels: { refuse: 'Refuse', zero: 'Fill with empty slices', close: 'Close up' },
    help: 'A gap in the numbering of slices: refuse it, fill it with zeros, or close it up.',
    advanced: true,
  }),
  dataset: option({
    schema: pathValue,
    flag: '--dataset <path>',
    group: 'volume',
    control: 'text',
    label: 'Dataset',
    help: 'Which array to read, of a file or folder that holds several (HDF5, Zarr, N5, .npz), or which folder of an archive.',
  }),
  axes: option({
    schema: axesValue,
    flag: '--axes <names>',
    group: 'volume',
    control: 'text',
    label: 'Axes',
    empty: 'As the input says, else zyx',
    help: 'Which axis of an array is which, by index: zyx for a[z, y, x] (default: as the input says, else zyx).',
    advanced: true,
  }),
  colours: choice(['channels', 'packed', 'index'], {
    flag: '--colours <how>',
    group: 'volume',
    label: 'Colours',
    choiceLabels: {
      channels: 'Channels of an image',
      packed: 'Ids: R + 256 G + 65536 B',
      index: 'Ids: index in the palette',
    },
    help: 'What colours of image slices are: channels, packed ids (R + 256 G + 65536 B), or the index in the palette.',
    advanced: true,
  }),
  ...VIEW_OPTIONS,
  components: choice(['6', '18', '26'], {
    flag: '--components <6|18|26>',
    group: 'volume',
    label: 'Split ids into components',
    choiceLabels: {
      6: 'Touching by faces (6)',
      18: 'By faces and edges (18)',
      26: 'By corners too (26)',
    },
    empty: 'Leave ids as they are',
    help: 'Parts of an id that do not touch get ids of their own: voxels touch by faces (6), by edges too (18), or by corners too (26).',
    advanced: true,
  }),
  encoding: choice(['compressed_segmentation', 'raw', 'jpeg', 'png'], {
    flag: '--encoding <name>',
    group: 'format',
    label: 'Encoding',
    choiceLabels: {
      compressed_segmentation: 'Compressed segmentation',
      raw: 'Raw',
      jpeg: 'JPEG, with loss',
      png: 'PNG, without loss',
    },
    help:
      'How chunks are stored (default: compressed_segmentation for segmentations, raw for images); jpeg (8 bits) and ' +
      'png (8 or 16) are for images.',
  }),
  jpegQuality: option({
    schema: integerValue(1, 100),
    flag: '--jpeg-quality <1-100>',
    group: 'format',
    control: 'integer',
    label: 'JPEG quality',
    help: 'Higher is nearer to the input, and larger.',
  }),
  blockSize: option({
    schema: extentValue,
    flag: '--block-size <x,y,z>',
    group: 'format',
    control: 'integers',
    label: 'Block size',
    unit: 'voxels',
    help: 'Block of the compressed_segmentation encoding, in voxels.',
    advanced: true,
  }),
  chunkSize: option({
    schema: extentValue,
    flag: '--chunk-size <n|x,y,z>',
    group: 'format',
    control: 'integers',
    label: 'Chunk size',
    unit: 'voxels',
    help: 'Voxels in a chunk, the piece that a viewer loads at once; about 64 a side is usual.',
  }),
  compression: choice(['gzip', 'none'], {
    flag: '--compression <method>',
    group: 'format',
    label: 'Compression',
    choiceLabels: { gzip: 'gzip', none: 'None' },
    help: 'Compression of the chunk files; those of jpeg and png are compressed as they are.',
  }),
  compressionLevel: option({
    schema: integerValue(1, 9),
    flag: '--compression-level <1-9>',
    group: 'format',
    control: 'integer',
    label: 'Compression level',
    help: 'Of gzip and png: 1 is fastest, 9 gives the smallest files.',
    advanced: true,
  }),
  layout: choice(['gz-suffix', 'plain'], {
    flag: '--layout <name>',
    group: 'format',
    label: 'File names',
    choiceLabels: { 'gz-suffix': 'With .gz, for folders and nginx', plain: 'Plain, for object stores' },
    help: 'gz-suffix adds .gz to gzipped files, for folders and nginx; plain does not, for object stores.',
    advanced: true,
  }),
  skipEmpty: toggle({
    flag: '--skip-empty',
    group: 'format',
    label: 'Leave out empty chunks',
    help: 'Writes no file for a chunk of zeros; viewers take a missing chunk for zeros.',
    advanced: true,
  }),
  downsample: choice(['majority', 'average', 'stride', 'none'], {
    flag: '--downsample <method>',
    group: 'pyramid',
    label: 'Downsampling',
    choiceLabels: {
      majority: 'Majority',
      average: 'Average',
      stride: 'Every other voxel',
      none: 'None: full resolution only',
    },
    help: 'How coarser scales are made (default: majority for segmentations, average for images).',
  }),
  ignoreBackground: toggle({
    flag: '--ignore-background',
    group: 'pyramid',
    label: 'Background loses',
    help: 'With majority: 0 wins only where there is nothing else, so that thin processes survive.',
    advanced: true,
  }),
  scales: option({
    schema: integerValue(1, 40),
    flag: '--scales <n>',
    group: 'pyramid',
    control: 'integer',
    label: 'Number of scales',
    help: 'Full resolution included (default: until the volume fits in about two chunks a side).',
    advanced: true,
  }),
  factors: option({
    schema: factorsValue,
    flag: '--factors <auto|x,y,z>',
    group: 'pyramid',
    control: 'factors',
    label: 'Factors',
    empty: 'auto',
    help: 'Voxels that become one at each scale; auto keeps voxels as isotropic as can be.',
    advanced: true,
  }),
  ...MESH_OPTIONS,
  workers: option({
    schema: integerValue(1, 1024),
    flag: '--workers <n>',
    group: 'run',
    control: 'integer',
    label: 'Workers',
    help: 'Threads that compute (default: one a core).',
    advanced: true,
  }),
  memory: option({
    schema: bytesValue,
    flag: '--memory <amount>',
    group: 'run',
    control: 'bytes',
    label: 'Memory',
    help: 'The most that the job may use, such as 4GiB (default: half of what is free, at most 8GiB).',
    advanced: true,
  }),
} as const satisfies Readonly<Record<string, OptionDefinition<never> | OptionDefinition>>;

export type ConvertOptionName = keyof typeof CONVERT_OPTIONS;

const shape = CONVERT_OPTIONS;

/** How an input is read: what a conversion and a comparison with its input both have to know. */
export const sourceOptionsSchema = z.object({
  gaps: shape.gaps.schema.default('refuse'),
  dataset: shape.dataset.schema.optional(),
  axes: shape.axes.schema.optional(),
  colours: shape.colours.schema.optional(),
  ...VIEW_FIELDS,
});

export type SourceOptions = Readonly<z.output<typeof sourceOptionsSchema>>;
export const SOURCE_OPTION_NAMES = Object.keys(sourceOptionsSchema.shape) as readonly (keyof SourceOptions)[];

/** A conversion as a person asks for it. What is left out is decided when the source is known. */
export const convertSpecSchema = z.strictObject({
  kind: z.literal('convert'),
  input: inputValue,
  output: pathValue,
  resolution: shape.resolution.schema.optional(),
  voxelOffset: shape.voxelOffset.schema.optional(),
  type: shape.type.schema.optional(),
  dataType: shape.dataType.schema.optional(),
  ...sourceOptionsSchema.shape,
  components: shape.components.schema.optional(),
  encoding: shape.encoding.schema.optional(),
  jpegQuality: shape.jpegQuality.schema.default(85),
  blockSize: shape.blockSize.schema.default([8, 8, 8]),
  chunkSize: shape.chunkSize.schema.default([64, 64, 64]),
  compression: shape.compression.schema.default('gzip'),
  compressionLevel: shape.compressionLevel.schema.default(6),
  layout: shape.layout.schema.default('gz-suffix'),
  skipEmpty: shape.skipEmpty.schema.default(false),
  downsample: shape.downsample.schema.optional(),
  ignoreBackground: shape.ignoreBackground.schema.default(false),
  scales: shape.scales.schema.optional(),
  factors: shape.factors.schema.default('auto'),
  mesh: shape.mesh.schema.default('multilod'),
  ...MESH_FIELDS,
  workers: shape.workers.schema.optional(),
  memory: shape.memory.schema.optional(),
});

export type ConvertSpec = Readonly<z.output<typeof convertSpecSchema>>;

/** The meshing of a dataset that is there. */
export const meshSpecSchema = z.strictObject({
  kind: z.literal('mesh'),
  dataset: pathValue,
  mesh: shape.mesh.schema.default('multilod'),
  ...MESH_FIELDS,
  workers: shape.workers.schema.optional(),
  memory: shape.memory.schema.optional(),
});

export type MeshSpec = Readonly<z.output<typeof meshSpecSchema>>;

/**
 * @throws InvalidInputError naming every option that can't be taken, by its flag, with the value that was met
 */
export function parseConvertSpec(input: unknown): ConvertSpec {
  return parseSpec(convertSpecSchema, input, 'convert');
}

/** @throws InvalidInputError as {@link parseConvertSpec} does */
export function parseMeshSpec(input: unknown): MeshSpec {
  return parseSpec(meshSpecSchema, input, 'mesh');
}

function parseSpec<T>(schema: z.ZodType<T>, input: unknown, command: string): T {
  const result = schema.safeParse(input);
  if (result.success) return result.data;
  const problems = result.error.issues.flatMap((issue) => {
    if (issue.code === 'unrecognized_keys') {
      return issue.keys.map((name) => ({ name, problem: `there is no option '${name}'` }));
    }
    const name = String(issue.path[0] ?? '');
    return [{ name, problem: `${nameOnCommandLine(name)}: ${issue.message}` }];
  });
  throw new InvalidInputError(`${problems.map(({ problem }) => problem).join('; ')}.`, {
    fields: { usage: true, options: problems.map(({ name }) => name) },
    remedy: `Correct the option; \`precomputed-studio ${command} --help\` lists them all.`,
  });
}

function nameOnCommandLine(name: string): string {
  const flag = Object.hasOwn(shape, name) ? shape[name as ConvertOptionName].flag : name;
  return flag.split(' ')[0] ?? name;
}
