import { formatMeshInfo, IDENTITY_TRANSFORM } from '../../../shared/precomputed/mesh-info';
import { join } from 'node:path';
import { z } from 'zod';
import { named } from '../../../shared/api/mentions';
import { bytesPerVoxel } from '../../../shared/base/data-type';
import { InvalidInputError } from '../../../shared/base/errors';
import { say } from '../../../shared/base/words';
import { shardingSchema } from '../../../shared/precomputed/volume-info';
import { whereOf } from '../../places/read-document';
import type { PrecomputedHandle } from '../../sources/precomputed-source';
import type { Dataset } from '../dataset/dataset';
import { datasetFolders, folderPath, SEGMENTS_FOLDER } from '../../../shared/precomputed/dataset-files';
import type { Job, Product } from '../product';
import { vec3Schema } from '../run/job-record';
import { countedLabels } from '../segments/counted-labels';
import { exactCounts } from '../segments/segment-counts';
import { VOLUME } from '../volume/volume-product';
import { verifyMeshes } from './verify-meshes';
import { planMeshes, type MeshPlan } from './mesh-plan';
import { decideSharding } from './count-meshes';
import {
  LEAST_SURFACE_BYTES,
  meshBlocks,
  meshFolders,
  meshResources,
  meshStages,
  meshWorkerBytes,
} from './mesh-stages';

const schema: z.ZodType<MeshPlan> = z.object({
  scale: z.int(),
  settings: z.object({
    format: z.enum(['multilod', 'legacy']),
    resolutionNm: vec3Schema,
    voxelOffset: vec3Schema,
    errorNm: z.number(),
    isSmooth: z.boolean(),
    keptShare: z.number(),
    maxLevels: z.int(),
    quantizationBits: z.literal([10, 16]),
  }),
  batches: shardingSchema,
  sharding: z.literal(['auto', 'always', 'none']),
  folder: z.string(),
  segments: z.array(z.string()).exactOptional(),
  exclude: z.array(z.string()),
  minVoxels: z.number(),
  finestVoxels: z.number(),
  blockCells: z.int(),
});

/** The surfaces of segments. */
export const MESHES: Product<MeshPlan> = {
  name: 'meshes',
  owns: { folders: ['mesh'], files: [] },
  schema,

  async plan({ spec, conversion, dataset, info }) {
    if (conversion !== undefined && info.type !== 'segmentation') return undefined;
    const plan = await planMeshes(spec, info);
    if (plan === undefined) return undefined;
    if (dataset !== undefined) {
      requireOwnFolder(dataset, info.mesh ?? plan.folder);
      await requireAnyListed(dataset, plan);
    }
    const perWorkerBytes = meshWorkerBytes(plan, bytesPerVoxel(info.data_type) * info.num_channels);
    return { needs: { perWorkerBytes, minimumBlockBytes: 0 }, plan: () => plan };
  },

  readScales({ scale }) {
    return [scale];
  },

  stages(plan, job) {
    const volume = job.planOf(VOLUME);
    const source: PrecomputedHandle = {
      format: 'precomputed',
      ...(volume === undefined ? whereOf(job.dataset) : { root: job.root }),
      info: job.info,
      scale: plan.scale,
      missingChunks: volume === undefined || volume.skipEmpty ? 'zero' : 'refuse',
    };
    // The memory of the volume's blocks stays allocated.
    const resources =
      volume === undefined
        ? meshResources(job.memory)
        : { workers: job.memory.workers, surfaceBytes: LEAST_SURFACE_BYTES };
    return meshStages(plan, source, meshFolders(job.output, job.root), resources, () => knownCounts(job));
  },

  verify: verifyMeshes,

  async finish(plan, job) {
    const segments = job.info.segment_properties ?? SEGMENTS_FOLDER;
    const isSharded = await decideSharding(
      plan,
      meshFolders(job.output, job.root),
      meshBlocks(plan, job.info),
    );
    await job.put(`${plan.folder}/info`, meshInfoText(plan, isSharded, segments));
    return { info: { mesh: plan.folder } };
  },
};

/** Returns the voxel counts of segments in the finest scale, as far as they are known. */
async function knownCounts(job: Job): Promise<ReadonlyMap<bigint, number>> {
  const counted = countedLabels(job);
  if (counted !== undefined) {
    const counts = new Map<bigint, number>();
    for await (const { id, voxels } of counted) counts.set(id, voxels);
    return counts;
  }
  return (await exactCounts(job.dataset, job.info)) ?? new Map<bigint, number>();
}

/** @throws InvalidInputError if the folder for meshes is outside the dataset, or holds another part of it */
function requireOwnFolder({ root, json }: Dataset, name: string): void {
  const path = folderPath(name);
  const other = datasetFolders(json).find((folder) => folder.path === path && folder.kind !== 'mesh');
  if (path !== undefined && other === undefined) return;
  const what =
    path === undefined
      ? 'no folder below it'
      : `a folder that holds its ${NOUNS[other?.kind ?? 'scale']} too`;
  throw new InvalidInputError(`The dataset in ${root} names '${name}' for its meshes: ${what}.`, {
    remedy: `Correct "mesh" in ${join(root, 'info')}, or take it out, then mesh again.`,
    fields: { path: root },
  });
}

const NOUNS = {
  scale: 'voxels',
  mesh: 'meshes',
  segments: 'list of segments',
  skeletons: 'skeletons',
} as const;

/**
 * Refuses a list of segments if none of them is in the dataset. Some ids may be wrong, but if all are, the list
 * belongs to another volume, and existing meshes must not be replaced.
 */
async function requireAnyListed(dataset: Dataset, { segments }: MeshPlan): Promise<void> {
  const counts = segments === undefined ? undefined : await exactCounts(dataset, dataset.info);
  if (segments === undefined || counts === undefined || segments.some((id) => counts.has(BigInt(id)))) return;
  const shown = segments.length > 3 ? [...segments.slice(0, 3), '…'] : segments;
  throw new InvalidInputError(
    say`None of the ${segments.length} segments of ${named('segments')} (${shown.join(', ')}) is in ${dataset.root}.`,
    {
      remedy: 'Give ids that are in the list of segments of the dataset.',
      fields: { code: 'unknown-segments', options: ['segments'] },
    },
  );
}

/** Returns the text of the `info` of a dataset's meshes. */
function meshInfoText({ settings, batches }: MeshPlan, isSharded: boolean, segmentsFolder: string): string {
  if (settings.format === 'legacy') return formatMeshInfo({ '@type': 'neuroglancer_legacy_mesh' });
  return formatMeshInfo({
    '@type': 'neuroglancer_multilod_draco',
    vertex_quantization_bits: settings.quantizationBits,
    transform: [...IDENTITY_TRANSFORM],
    lod_scale_multiplier: 1,
    ...(isSharded ? { sharding: batches } : {}),
    segment_properties: `../${segmentsFolder}`,
  });
}
