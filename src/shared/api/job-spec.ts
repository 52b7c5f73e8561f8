/**
 * The options of a job. Each option is defined once; command-line flags, form fields, validation, help and job files
 * all derive from this definition.
 */
import { z } from 'zod';
import { InvalidInputError } from '../base/errors';
import { say, type OptionMention, type Words } from '../base/words';
import { MESH_OPTIONS } from './mesh-options';
import { choice, fieldsOf, flagName, option, toggle, type AnyOption, type OptionTable } from './option';
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
import { VIEW_OPTIONS } from './view-options';

/** How an input is read. Both a conversion and a comparison with its input need these options. */
export const SOURCE_OPTIONS = {
  gaps: choice(['refuse', 'zero', 'close'], {
    flag: '--gaps <how>',
    group: 'volume',
    label: 'Missing slices',
    choiceLabels: { refuse: 'Refuse', zero: 'Fill with empty slices', close: 'Close up' },
    help: 'What to do when slice numbers are missing: refuse the stack, fill the gaps with zeros, or close them.',
    advanced: true,
    default: 'refuse',
    ofSource: true,
    ofInput: true,
  }),
  tiles: choice(['join'], {
    flag: '--tiles <how>',
    group: 'volume',
    label: 'Tiles',
    choiceLabels: { join: 'Join by rows and columns' },
    help: 'Join the files of a folder as equal tiles without overlap, by the rows and columns in their names, such as _Y0_X1 or _r0_c1.',
    advanced: true,
    otherwise: 'each file is a slice',
    ofSource: true,
    ofInput: true,
  }),
  dataset: option({
    schema: pathValue,
    flag: '--dataset <path>',
    group: 'volume',
    control: 'text',
    label: 'Dataset',
    help: 'Array to read when the input holds several (HDF5, Zarr, N5, .npz), or folder to read in an archive.',
    otherwise: 'the only one',
    ofInput: true,
  }),
  axes: option({
    schema: axesValue,
    flag: '--axes <names>',
    group: 'volume',
    control: 'text',
    label: 'Axes',
    help: 'Names of the array axes, in index order: zyx for a[z, y, x].',
    advanced: true,
    otherwise: 'from the input, or zyx',
    ofInput: true,
  }),
  colours: choice(['channels', 'packed', 'index', 'slices', 'inverted'], {
    flag: '--colours <how>',
    group: 'volume',
    label: 'Colours',
    choiceLabels: {
      channels: 'Channels of an image',
      packed: 'Ids packed into RGB (R + 256 G + 65536 B)',
      index: 'Ids are palette indices',
      slices: 'Channels of a TIFF as slices',
      inverted: 'Black and white of a TIFF swapped',
    },
    help: 'How to read colours: as channels, ids packed into RGB, or palette indices. For TIFF also: the channels of a pixel as slices, or black and white swapped.',
    advanced: true,
    otherwise: 'channels',
    ofInput: true,
  }),
  ...VIEW_OPTIONS,
} as const;

/** The amount of the machine's resources that a job may use. */
export const RUN_OPTIONS = {
  workers: option({
    schema: integerValue(1, 1024),
    flag: '--workers <n>',
    group: 'run',
    control: 'integer',
    label: 'Workers',
    help: 'Number of worker threads.',
    advanced: true,
    otherwise: 'one per core',
  }),
  memory: option({
    schema: bytesValue,
    flag: '--memory <amount>',
    group: 'run',
    control: 'bytes',
    label: 'Memory',
    help: 'Memory limit for the job, such as 4GiB.',
    advanced: true,
    otherwise: 'half of the free memory, at most 8GiB',
  }),
} as const;

export const CONVERT_OPTIONS = {
  resolution: option({
    schema: resolutionValue,
    flag: '--resolution <x,y,z>',
    group: 'volume',
    control: 'lengths',
    label: 'Resolution',
    help: 'Voxel size in nanometres, or with units: 16,16,40 or 0.8um,0.8um,2um.',
    otherwise: 'from the input',
    ofInput: true,
  }),
  voxelOffset: option({
    schema: offsetValue,
    flag: '--voxel-offset <x,y,z>',
    group: 'volume',
    control: 'integers',
    label: 'Voxel offset',
    unit: 'voxels',
    help: 'Position of the first voxel in the space of the viewer, in voxels.',
    advanced: true,
    otherwise: 'from the input, or 0,0,0',
    ofInput: true,
  }),
  type: choice(['segmentation', 'image'], {
    flag: '--type <kind>',
    group: 'volume',
    label: 'Kind of data',
    choiceLabels: { segmentation: 'Labels of segments', image: 'Grey values' },
    help: 'Whether the volume holds segment ids or image intensities.',
    otherwise: 'from the input, or segmentation',
    ofInput: true,
  }),
  dataType: choice(['uint8', 'int8', 'uint16', 'int16', 'uint32', 'int32', 'uint64', 'float32'], {
    flag: '--data-type <type>',
    group: 'volume',
    label: 'Data type',
    help: 'Voxel type of the dataset.',
    advanced: true,
    otherwise: 'from the input, wider if the encoding needs it',
    ofInput: true,
  }),
  ...SOURCE_OPTIONS,
  components: choice(['6', '18', '26'], {
    flag: '--components <6|18|26>',
    group: 'volume',
    label: 'Split ids into components',
    choiceLabels: {
      6: 'Touching by faces (6)',
      18: 'By faces and edges (18)',
      26: 'By corners too (26)',
    },
    help: 'Give parts of an id that do not touch new ids. Voxels touch by faces (6), also by edges (18), or also by corners (26).',
    advanced: true,
    otherwise: 'ids are kept',
    needs: { type: { not: ['image'] } },
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
    notOffered: {
      jxl: 'JPEG XL is read, but not written, as its encoder takes forty times as long as that of JPEG: choose jpeg, or png without loss',
    },
    help: 'Chunk encoding. jpeg (8-bit) and png (8- or 16-bit) are for images.',
    otherwise: 'compressed segmentation for labels, raw for images',
  }),
  jpegQuality: option({
    schema: integerValue(1, 100),
    flag: '--jpeg-quality <1-100>',
    group: 'format',
    control: 'integer',
    label: 'JPEG quality',
    help: 'JPEG quality. Higher values are closer to the input and give larger files.',
    default: 85,
    needs: { type: { only: ['image'] }, encoding: { only: ['jpeg'] } },
  }),
  blockSize: option({
    schema: extentValue,
    flag: '--block-size <x,y,z>',
    group: 'format',
    control: 'integers',
    label: 'Block size',
    unit: 'voxels',
    help: 'Block size of the compressed_segmentation encoding, in voxels.',
    advanced: true,
    default: [8, 8, 8],
    needs: { type: { not: ['image'] }, encoding: { not: ['raw'] } },
  }),
  chunkSize: option({
    schema: extentValue,
    flag: '--chunk-size <n|x,y,z>',
    group: 'format',
    control: 'integers',
    label: 'Chunk size',
    unit: 'voxels',
    help: 'Chunk size in voxels. A viewer loads one chunk at a time.',
    default: [64, 64, 64],
  }),
  compression: choice(['gzip', 'none'], {
    flag: '--compression <method>',
    group: 'format',
    label: 'Compression',
    choiceLabels: { gzip: 'gzip', none: 'None' },
    help: 'Compression of chunk files. jpeg and png chunks are never compressed again.',
    default: 'gzip',
    needs: { encoding: { not: ['jpeg', 'png'] } },
  }),
  compressionLevel: option({
    schema: integerValue(1, 9),
    flag: '--compression-level <1-9>',
    group: 'format',
    control: 'integer',
    label: 'Compression level',
    help: 'Level for gzip and png: 1 is fastest, 9 gives the smallest files.',
    advanced: true,
    default: 6,
    needs: { encoding: { not: ['jpeg'] }, compression: { not: ['none'] } },
  }),
  layout: choice(['gz-suffix', 'plain'], {
    flag: '--layout <name>',
    group: 'format',
    label: 'File names',
    choiceLabels: { 'gz-suffix': 'With .gz, for folders and nginx', plain: 'Plain, for object stores' },
    help: 'Whether names of gzipped files end in .gz (for folders and nginx) or not (for object stores).',
    advanced: true,
    default: 'gz-suffix',
    needs: { encoding: { not: ['jpeg', 'png'] }, compression: { not: ['none'] } },
  }),
  sharding: choice(['auto', 'always', 'none'], {
    flag: '--sharding <how>',
    group: 'format',
    label: 'Shards',
    choiceLabels: { auto: 'Automatic', always: 'Many chunks in a file', none: 'A file for each chunk' },
    help: 'Store many chunks in one file: always, never (none), or only if there would be more than 20,000 files (auto).',
    default: 'auto',
  }),
  shardSize: option({
    schema: bytesValue,
    flag: '--shard-size <amount>',
    group: 'format',
    control: 'bytes',
    label: 'Size of a shard',
    help: 'Largest shard in bytes of voxels before compression, such as 256MiB.',
    advanced: true,
    otherwise: '2GiB',
    needs: { sharding: { not: ['none'] } },
  }),
  skipEmpty: toggle({
    flag: '--skip-empty',
    group: 'format',
    label: 'Skip empty chunks',
    help: 'Do not write chunks that hold only zeros. Viewers show missing chunks as zeros.',
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
    help: 'How to compute coarser scales.',
    otherwise: 'majority for labels, average for images',
  }),
  ignoreBackground: toggle({
    flag: '--ignore-background',
    group: 'pyramid',
    label: 'Ignore background',
    help: 'With majority: ignore 0 where any other id is present, so that thin processes survive.',
    advanced: true,
    needs: { type: { not: ['image'] }, downsample: { not: ['average', 'stride', 'none'] } },
  }),
  scales: option({
    schema: integerValue(1, 40),
    flag: '--scales <n>',
    group: 'pyramid',
    control: 'integer',
    label: 'Number of scales',
    help: 'Number of scales, including full resolution.',
    advanced: true,
    otherwise: 'until about eight chunks are left',
    needs: { downsample: { not: ['none'] } },
  }),
  factors: option({
    schema: factorsValue,
    flag: '--factors <auto|x,y,z>',
    group: 'pyramid',
    control: 'factors',
    label: 'Factors',
    help: 'Downsampling factors per scale. auto keeps voxels as isotropic as possible.',
    advanced: true,
    default: 'auto',
    needs: { downsample: { not: ['none'] } },
  }),
  ...MESH_OPTIONS,
  ...RUN_OPTIONS,
} as const satisfies OptionTable;

export type ConvertOptionName = keyof typeof CONVERT_OPTIONS;

/** All options by name. */
export const OPTIONS: Readonly<Record<ConvertOptionName, AnyOption>> = { ...CONVERT_OPTIONS };
export const OPTION_NAMES = Object.keys(CONVERT_OPTIONS) as readonly ConvertOptionName[];

export const sourceOptionsSchema = z.object(fieldsOf(SOURCE_OPTIONS));
export type SourceOptions = Readonly<z.output<typeof sourceOptionsSchema>>;
export const SOURCE_OPTION_NAMES = Object.keys(SOURCE_OPTIONS) as readonly (keyof SourceOptions)[];

/** A conversion as a user requests it. Options that are left out are decided once the source is open. */
const convertSpecSchema = z.strictObject({
  kind: z.literal('convert'),
  input: inputValue,
  output: pathValue,
  ...fieldsOf(CONVERT_OPTIONS),
});
export type ConvertSpec = Readonly<z.output<typeof convertSpecSchema>>;

/** The meshing of an existing dataset. */
const meshSpecSchema = z.strictObject({
  kind: z.literal('mesh'),
  dataset: pathValue,
  ...fieldsOf(MESH_OPTIONS),
  ...fieldsOf(RUN_OPTIONS),
});
export type MeshSpec = Readonly<z.output<typeof meshSpecSchema>>;

/** @throws InvalidInputError that names the flag and the value of every invalid option */
export function parseConvertSpec(input: unknown): ConvertSpec {
  return parseSpec(convertSpecSchema, input, 'convert');
}

/** @throws InvalidInputError in the same cases as {@link parseConvertSpec} */
export function parseMeshSpec(input: unknown): MeshSpec {
  return parseSpec(meshSpecSchema, input, 'mesh');
}

/**
 * Parses a job's settings by a schema.
 *
 * @param command the command whose help lists the settings
 * @throws InvalidInputError that names every invalid setting with its value
 */
export function parseSpec<T>(schema: z.ZodType<T>, input: unknown, command: string): T {
  const result = schema.safeParse(input);
  if (result.success) return result.data;
  const problems = result.error.issues.flatMap((issue) => {
    if (issue.code === 'unrecognized_keys') {
      return issue.keys.map((name) => ({ name, problem: `'${name}' is not an option` as Words }));
    }
    const name = String(issue.path[0] ?? '');
    return [{ name, problem: say`${mentioned(name)}: ${issue.message}` }];
  });
  const said = problems.reduce<Words>(
    (all, { problem }, i) => (i === 0 ? problem : say`${all}; ${problem}`),
    '',
  );
  throw new InvalidInputError(say`${said}.`, {
    fields: { code: 'wrong-value', usage: true, options: problems.map(({ name }) => name) },
    remedy: `Correct the option. \`precomputed-studio ${command} --help\` lists all options.`,
  });
}

function mentioned(name: string): OptionMention | string {
  if (!Object.hasOwn(OPTIONS, name)) return name;
  return { option: name, flag: flagName(OPTIONS[name as ConvertOptionName]), as: 'subject' };
}
