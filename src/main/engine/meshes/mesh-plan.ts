import { about, set } from '../../../shared/api/mentions';
import { say } from '../../../shared/base/words';
import type { MeshSpec } from '../../../shared/api/job-spec';
import { InvalidInputError, UnsupportedError } from '../../../shared/base/errors';
import { product3 } from '../../../shared/base/vec3';
import { meshSharding, type Sharding } from '../../../shared/precomputed/sharding';
import { isLossy } from '../../../shared/precomputed/scale-chunks';
import type { ScaleInfo, VolumeInfo } from '../../../shared/precomputed/volume-info';
import type { MeshSettings } from '../../meshing/mesh-settings';
import { folderPath, MESH_FOLDER } from '../../../shared/precomputed/dataset-files';
import { readSegmentIds } from '../segments/segment-ids';

/** The options that a meshing and a conversion have in common. */
export type MeshOptions = Omit<MeshSpec, 'kind' | 'dataset' | 'workers' | 'memory'>;

/** The complete plan for meshing a volume. It is JSON; large ids are decimal strings. */
export interface MeshPlan {
  readonly scale: number;
  readonly settings: MeshSettings;
  /** How labels are assigned to tasks: like to the shards of sharded meshes. */
  readonly batches: Sharding;
  /** Whether the meshes are stored in shards, one for each batch; see {@link areSharded}. */
  readonly sharding: 'auto' | 'always' | 'none';
  /** Folder of the meshes in the dataset. */
  readonly folder: string;
  /** The segments that get meshes; all if undefined. */
  readonly segments?: readonly string[];
  readonly exclude: readonly string[];
  /** Segments with fewer voxels of the finest scale get no mesh. */
  readonly minVoxels: number;
  /** The number of voxels of the finest scale in one voxel of the scale that is meshed. */
  readonly finestVoxels: number;
  /** Cells in a block, on each axis; a multiple of the pieces. */
  readonly blockCells: number;
}

/** By default, the finest scale with at most this many voxels is meshed, which takes some minutes. */
const MAX_DEFAULT_VOXELS = 2 ** 30;
/** About the number of voxels per batch of labels. A batch and its meshes are in memory as a whole. */
const BATCH_VOXELS_LOG2 = 22;
const MAX_BATCH_BITS = 10;
const MINISHARD_BITS = 6;
/** The largest deviation, in voxels, if a share of the triangles is given but no deviation. */
const ERROR_OF_SHARE = 8;

/**
 * Plans the meshes of a volume.
 * @param platform the platform whose rules for file names apply
 * @returns undefined if no meshes are requested
 * @throws InvalidInputError or UnsupportedError if the options and the volume don't fit together
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
    folder: folderPath(info.mesh ?? '') ?? MESH_FOLDER,
    ...(segments === undefined ? {} : { segments: await idStrings(segments, 'segments') }),
    exclude: exclude === undefined ? [] : await idStrings(exclude, 'exclude'),
    minVoxels: options.minVoxels,
    finestVoxels: product3(scale.resolution) / product3(info.scales[0]?.resolution ?? scale.resolution),
    blockCells: Number(options.meshBlock),
  };
}

/** The number of files of a segment whose mesh isn't in a shard. */
const FILES_OF_SEGMENT = 2;
/** If there were more files of meshes than this, they are stored in shards. */
const MOST_FILES = 1000;

/** Reports whether the meshes of this many segments are stored in shards. */
export function areSharded({ sharding }: MeshPlan, segments: number): boolean {
  return sharding === 'always' || (sharding === 'auto' && FILES_OF_SEGMENT * segments > MOST_FILES);
}

/**
 * Returns the most files that the meshes of this many segments take. In the legacy format there is also a file for
 * each fragment, which isn't counted.
 */
export function mostMeshFiles(plan: MeshPlan, segments: number): number {
  if (!areSharded(plan, segments)) return FILES_OF_SEGMENT * segments;
  return Math.min(segments, 2 ** plan.batches.shard_bits);
}

/** Returns a function that reports whether the segment with an id may have a mesh. */
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
      remedy: say`If these are labels, convert them again with ${set('type', 'segmentation')}.`,
      fields: { code: 'unfit-option', options: ['mesh'] },
    });
  }
  if (!info.data_type.startsWith('uint')) {
    throw new UnsupportedError(
      `Segments of ${info.data_type} voxels can't be meshed: ids must not be negative.`,
      {
        remedy: say`Convert with ${set('dataType', info.data_type.replace('int', 'uint'))}.`,
      },
    );
  }
  if (options.mesh === 'legacy' && platform === 'win32') {
    throw new UnsupportedError("The legacy format uses ':' in file names, which Windows does not allow.", {
      remedy: say`Choose ${set('mesh', 'multilod')}, which every current viewer reads.`,
      fields: { code: 'unfit-option', options: ['mesh'] },
    });
  }
}

/** Refuses a lossy scale, since a small change of a voxel makes it a different id. */
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

/**
 * Returns the longest side of a voxel, or several times that if a share of the triangles is given, so that it can be
 * reached.
 */
function defaultError({ meshRatio }: MeshOptions, { resolution }: ScaleInfo): number {
  return Math.max(...resolution) * (meshRatio === undefined ? 1 : ERROR_OF_SHARE);
}

function defaultScale(info: VolumeInfo): number {
  const index = info.scales.findIndex(({ size }) => product3(size) <= MAX_DEFAULT_VOXELS);
  return index < 0 ? info.scales.length - 1 : index;
}
