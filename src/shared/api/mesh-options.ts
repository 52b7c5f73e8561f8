import { choice, option } from './option';
import { integerValue, lengthValue, pathValue } from './option-values';

/** What meshes and the list of segments are told, for `convert` and `mesh` alike. */
export const MESH_OPTIONS = {
  mesh: choice(['multilod', 'legacy', 'none'], {
    flag: '--mesh <format>',
    group: 'mesh',
    label: 'Meshes',
    choiceLabels: {
      multilod: 'With levels of detail',
      legacy: 'One level, in the older format',
      none: 'None',
    },
    help: 'Surfaces of the segments: with levels of detail, in the older format with one, or none.',
  }),
  meshScale: option({
    schema: integerValue(0, 40),
    flag: '--mesh-scale <n>',
    group: 'mesh',
    control: 'integer',
    label: 'Scale to mesh',
    help: 'Counted from the finest, 0 (default: the finest of at most 2^30 voxels).',
    advanced: true,
  }),
  meshError: option({
    schema: lengthValue,
    flag: '--mesh-error <length>',
    group: 'mesh',
    control: 'length',
    label: 'Largest deviation',
    unit: 'nm',
    help: "How far a simplified surface may be from the voxels' surface (default: a voxel's longest side).",
  }),
  lods: option({
    schema: integerValue(1, 10),
    flag: '--lods <n>',
    group: 'mesh',
    control: 'integer',
    label: 'Levels of detail',
    help: 'At most; each has twice the deviation of the one before, and small segments need fewer.',
    advanced: true,
  }),
  meshSharding: choice(['auto', 'none'], {
    flag: '--mesh-sharding <how>',
    group: 'mesh',
    label: 'Sharding of meshes',
    choiceLabels: { auto: 'Automatic', none: 'Two files a segment' },
    help: 'auto packs the meshes of large volumes into few files; none gives two files a segment.',
    advanced: true,
  }),
  quantizationBits: choice(['10', '16'], {
    flag: '--quantization-bits <n>',
    group: 'mesh',
    label: 'Bits a coordinate',
    help: 'Within a node of the octree; 10 gives smaller files.',
    advanced: true,
  }),
  segments: option({
    schema: pathValue,
    flag: '--segments <ids|file>',
    group: 'mesh',
    control: 'text',
    label: 'Only these segments',
    empty: 'All',
    help: 'Ids separated by commas, or a text file of ids: only these get meshes.',
    advanced: true,
  }),
  exclude: option({
    schema: pathValue,
    flag: '--exclude <ids|file>',
    group: 'mesh',
    control: 'text',
    label: 'Not these segments',
    empty: 'None',
    help: 'Ids separated by commas, or a text file of ids: these get no meshes.',
    advanced: true,
  }),
  minVoxels: option({
    schema: integerValue(1, 2 ** 31),
    flag: '--min-voxels <n>',
    group: 'mesh',
    control: 'integer',
    label: 'Smallest segment',
    unit: 'voxels',
    help: 'Segments of fewer voxels, of the scale that is meshed, get no mesh.',
    advanced: true,
  }),
  names: option({
    schema: pathValue,
    flag: '--names <file>',
    group: 'mesh',
    control: 'path',
    label: 'Names',
    empty: 'None',
    help: 'CSV with a column id, and label, description, and any number of columns whose names begin with tag.',
  }),
  idsFile: option({
    schema: pathValue,
    flag: '--ids-file <file>',
    group: 'run',
    control: 'path',
    label: 'List of ids',
    empty: 'Not written',
    help: 'CSV to write: the ids with their voxel counts and bounding boxes.',
    advanced: true,
  }),
} as const;

const shape = MESH_OPTIONS;

/** The options of meshes as fields of a job, but for the format. */
export const MESH_FIELDS = {
  meshScale: shape.meshScale.schema.optional(),
  meshError: shape.meshError.schema.optional(),
  lods: shape.lods.schema.default(6),
  meshSharding: shape.meshSharding.schema.default('auto'),
  quantizationBits: shape.quantizationBits.schema.default('16'),
  segments: shape.segments.schema.optional(),
  exclude: shape.exclude.schema.optional(),
  minVoxels: shape.minVoxels.schema.default(1),
  names: shape.names.schema.optional(),
  idsFile: shape.idsFile.schema.optional(),
};
