import { about, set } from '../../../shared/api/mentions';
import { say } from '../../../shared/base/words';
import type { MeshSpec } from '../../../shared/api/job-spec';
import { InvalidInputError, UnsupportedError } from '../../../shared/base/errors';
import { product3 } from '../../../shared/base/vec3';
import { meshSharding, type Sharding } from '../../../shared/precomputed/sharding';
import { isLossy } from '../../../shared/precomputed/scale-chunks';
import type { ScaleInfo, VolumeInfo } from '../../../shared/precomputed/volume-info';
import type { MeshSettings } from '../../meshing/mesh-settings';
import { MESH_FOLDER } from '../../../shared/precomputed/dataset-files';
import { readSegmentIds } from '../segments/segment-ids';

/** The options that a meshing and a conversion have in common. */
export type MeshOptions = Omit<MeshSpec, 'kind' | 'dataset' | 'workers' | 'memory'>;

/** How a volume will be meshed, everything decided. JSON but for its large ids, which are decimal strings. */
export interface MeshPlan {
  readonly scale: number;
  readonly settings: MeshSettings;
  /** How labels are shared out to tasks: by the shard that they would be in. */
  readonly batches: Sharding;
  /** Whether the meshes are stored in shards, which are then the batches; see {@link areSharded}. */
  readonly sharding: 'auto' | 'always' | 'none';
  /** Folder of the meshes in the dataset. */
  readonly folder: string;
  /** Only these get meshes; all where undefined. */
  readonly segments?: readonly string[];
  readonly exclude: readonly string[];
  /** Segments of fewer voxels of the finest scale get no mesh. */
  readonly minVoxels: number;
  /** Voxels of the finest scale in one of the scale that is meshed. */
  readonly finestVoxels: number;
  /** Cells in a block, on each axis; a multiple of the pieces. */
  readonly blockCells: number;
}

/** The finest scale with at most so many voxels is meshed: some minutes of work. */
const MAX_DEFAULT_VOXELS = 2 ** 30;
/** Voxels per batch of labels, about: a batch and its meshes are in memory as a whole. */
const BATCH_VOXELS_LOG2 = 22;
const MAX_BATCH_BITS = 10;
const MINISHARD_BITS = 6;
/** The largest deviation in voxels where a share of the triangles is asked for and no deviation. */
const ERROR_OF_SHARE = 8;

/**
 * @param platform whose rules for file names hold
 * @returns undefined where no meshes are wanted
 * @throws InvalidInputError or UnsupportedError where the options and the volume don't go together
 */
export async function planMeshes(
  options: MeshOptions,
  info: VolumeInfo,
  platform: NodeJS.Platform = process.platform,
): Promise<MeshPlan | undefined> {
  if (options.mesh === 'none') return undefined;
  checkMeshable(options, info, platform);
  const scaleIndex = options.meshScale ?? defaultScale(info);
  const scale = info.scales[scaleIndex];
  if (scale === undefined) {
    throw new InvalidInputError(
      say`${about('meshScale')}: there is no scale ${scaleIndex}; the dataset has ${info.scales.length}, counted from 0.`,
      { fields: { code: 'unfit-option', usage: true, options: ['meshScale'] } },
    );
  }
  checkExact(scale);
  const voxels = product3(scale.size);
  const batchBits = Math.min(MAX_BATCH_BITS, Math.max(0, Math.ceil(Math.log2(voxels)) - BATCH_VOXELS_LOG2));
  const { segments, exclude } = options;
  return {
    scale: scaleIndex,
    settings: {
      format: options.mesh,
      resolutionNm: scale.resolution,
      voxelOffset: scale.voxel_offset,
      errorNm: options.meshError ?? defaultError(options, scale),
      isSmooth: options.meshSmoothing === 'auto',
      keptShare: options.meshRatio ?? 0,
      maxLevels: options.lods,
      quantizationBits: options.quantizationBits === '10' ? 10 : 16,
    },
    batches: meshSharding(batchBits, MINISHARD_BITS),
    sharding: options.mesh === 'multilod' ? options.meshSharding : 'none',
    folder: info.mesh ?? MESH_FOLDER,
    ...(segments === undefined ? {} : { segments: await idStrings(segments, 'segments') }),
    exclude: exclude === undefined ? [] : await idStrings(exclude, 'exclude'),
    minVoxels: options.minVoxels,
    finestVoxels: product3(scale.resolution) / product3(info.scales[0]?.resolution ?? scale.resolution),
    blockCells: Number(options.meshBlock),
  };
}

/** Files of a segment that isn't in a shard. */
const FILES_OF_SEGMENT = 2;
/** Where there would be more files of meshes than these, they go to shards. */
const MOST_FILES = 1000;

/** Whether the meshes of so many segments are stored in shards. */
export function areSharded({ sharding }: MeshPlan, segments: number): boolean {
  return sharding === 'always' || (sharding === 'auto' && FILES_OF_SEGMENT * segments > MOST_FILES);
}

/** The most files that the meshes of so many segments are, but for the legacy format's, which are as many as its fragments. */
export function mostMeshFiles(plan: MeshPlan, segments: number): number {
  if (!areSharded(plan, segments)) return FILES_OF_SEGMENT * segments;
  return Math.min(segments, 2 ** plan.batches.shard_bits);
}

/** Whether a segment may have a mesh, by its id. */
export function wantedLabels({ segments, exclude }: MeshPlan): (label: bigint) => boolean {
  const excluded = new Set(exclude.map(BigInt));
  if (segments === undefined) return (label) => !excluded.has(label);
  const wanted = new Set(segments.map(BigInt));
  return (label) => wanted.has(label) && !excluded.has(label);
}

async function idStrings(text: string, option: 'segments' | 'exclude'): Promise<string[]> {
  return (await readSegmentIds(text, option)).map(String);
}

function checkMeshable(options: MeshOptions, info: VolumeInfo, platform: NodeJS.Platform): void {
  if (info.type !== 'segmentation') {
    throw new InvalidInputError('This volume is an image. Only segmentations have segments to mesh.', {
      remedy: say`Give a dataset of labels; where these are some, convert them with ${set('type', 'segmentation')}.`,
      fields: { code: 'unfit-option', options: ['mesh'] },
    });
  }
  if (!info.data_type.startsWith('uint')) {
    throw new UnsupportedError(`Segments of ${info.data_type} voxels can't be meshed: ids are unsigned.`);
  }
  if (options.mesh === 'legacy' && platform === 'win32') {
    throw new UnsupportedError("The legacy format uses ':' in file names, which Windows does not allow.", {
      remedy: say`Choose ${set('mesh', 'multilod')}, which every current viewer reads.`,
      fields: { code: 'unfit-option', options: ['mesh'] },
    });
  }
}

/** What changes voxels a little changes ids altogether. */
function checkExact(scale: ScaleInfo): void {
  if (!isLossy(scale)) return;
  const { key, encoding } = scale;
  throw new UnsupportedError(
    `Scale ${key} is encoded as ${encoding}, which doesn't keep segment ids exactly.`,
    {
      remedy: 'Convert its original labels again, and mesh those.',
      fields: { code: 'unfit-option', options: ['mesh'] },
    },
  );
}

/** A voxel's longest side; several of them where a share of the triangles is asked for, which is to be reached. */
function defaultError({ meshRatio }: MeshOptions, { resolution }: ScaleInfo): number {
  return Math.max(...resolution) * (meshRatio === undefined ? 1 : ERROR_OF_SHARE);
}

function defaultScale(info: VolumeInfo): number {
  const index = info.scales.findIndex(({ size }) => product3(size) <= MAX_DEFAULT_VOXELS);
  return index < 0 ? info.scales.length - 1 : index;
}
