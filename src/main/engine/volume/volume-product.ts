import { join } from 'node:path';
import { z } from 'zod';
import { BugError } from '../../../shared/base/errors';
import { equal3 } from '../../../shared/base/vec3';
import { DOWNSAMPLE_METHODS } from '../../../shared/kernels/downsample';
import { isLossy } from '../../../shared/precomputed/scale-chunks';
import { beginKept, type KeptFile } from '../../sources/deflate/kept-bytes';
import { fingerprintOf } from '../../sources/input-parts';
import type { PrecomputedHandle } from '../../sources/precomputed-source';
import type { FilePlace } from '../../places/file-place';
import type { Job, Product } from '../product';
import { ArenaPool } from '../run/arena-pool';
import { vec3Schema } from '../run/job-record';
import { Journal } from '../run/journal';
import { ShardStage } from '../shards/shard-stage';
import { cutStages, volumeNeeds } from './cut-stages';
import { chunkCompression, type DatasetTarget } from '../blocks/dataset-target';
import { keptSize } from './kept-size';
import { arenaBytes, BLOCKS_IN_FLIGHT, PyramidStage } from './pyramid-stage';
import { shareSource } from '../blocks/shared-source';
import { verifyVolume } from './verify-volume';
import type { VolumePlan } from './volume-plan';

const stageSchema = z.object({
  name: z.string(),
  readScale: z.int(),
  writesReadScale: z.boolean(),
  block: z.object({
    shape: vec3Schema,
    slabShape: vec3Schema,
    slabs: z.int(),
    coarserScales: z.int(),
    bytes: z.number(),
  }),
  storageShape: vec3Schema,
  storageOrigin: vec3Schema.optional(),
});

const schema = z.object({
  pyramid: z.array(
    z.object({
      key: z.string(),
      size: vec3Schema,
      resolutionNm: vec3Schema,
      voxelOffset: vec3Schema,
      factors: vec3Schema,
    }),
  ),
  method: z.enum(DOWNSAMPLE_METHODS),
  ignoreBackground: z.boolean(),
  compression: z.object({
    compression: z.enum(['gzip', 'none']),
    level: z.number(),
    content: z.enum(['any', 'grey values']),
    layout: z.enum(['gz-suffix', 'plain']),
  }),
  skipEmpty: z.boolean(),
  /** Whether the labels of each block are counted for the list of segments. */
  countsLabels: z.boolean(),
  /** A description of the input for the provenance. */
  input: z.object({ format: z.string(), size: vec3Schema, dataType: z.string() }),
  /** How the work is cut into tasks. */
  stages: z.array(stageSchema),
});

type Plan = z.output<typeof schema>;

/** The scales of a volume, made from an input. */
export const VOLUME: Product<Plan> = {
  name: 'volume',
  owns: { folders: ['scale'], files: [] },
  schema,

  plan({ spec, conversion }) {
    if (conversion === undefined || spec.kind !== 'convert') return Promise.resolve(undefined);
    const { source, volume } = conversion;
    const { format, size, dataType } = source;
    const { info, pyramid, method, ignoreBackground } = volume;
    return Promise.resolve({
      needs: volumeNeeds({ spec, source, volume }),
      plan: (memory) => ({
        pyramid: [...pyramid],
        method,
        ignoreBackground,
        compression: chunkCompression(spec, info),
        skipEmpty: spec.skipEmpty,
        countsLabels: info.segment_properties !== undefined,
        input: { format, size, dataType },
        stages: cutStages({ spec, source, volume }, memory),
      }),
    });
  },

  /** Keeps the stages of the plan that the job began with. */
  resume(begun, planned) {
    const resumed = { ...planned, stages: begun.stages };
    return JSON.stringify(resumed) === JSON.stringify(begun) ? begun : undefined;
  },

  blockBytes({ stages }) {
    return BLOCKS_IN_FLIGHT * Math.max(...stages.map(({ block }) => block.bytes));
  },

  readScales({ stages }) {
    return stages.filter(({ writesReadScale }) => !writesReadScale).map(({ readScale }) => readScale);
  },

  stages(plan, job) {
    const target = targetOf(plan, job);
    const volume: VolumePlan = { ...plan, info: job.info };
    const copies = job.info.scales.some(isLossy) ? exactCopies(target, job) : undefined;
    return plan.stages.flatMap((stage, i) => {
      const own: PrecomputedHandle = {
        format: 'precomputed',
        root: copies?.root ?? job.root,
        info: copies?.info ?? job.info,
        scale: stage.readScale,
        missingChunks: plan.skipEmpty ? 'zero' : 'refuse',
      };
      const source = stage.writesReadScale ? inputOf(job) : own;
      const maker = new PyramidStage(
        stage,
        volume,
        shareSource(source, keptFile(stage, job)),
        target,
        arenasOf(plan, job),
        {
          labelStore: plan.countsLabels ? labelStore(job) : undefined,
          copyTarget: i + 1 < plan.stages.length ? copies : undefined,
          packFolder: job.stateFolder('packs'),
          prepare: stage.writesReadScale ? (block, context) => job.prepareBlock(block, context) : undefined,
        },
      );
      const shards = new ShardStage(maker, target, job.memory.workers);
      return shards.taskCount === 0 ? [maker] : [maker, shards];
    });
  },

  verify: verifyVolume,

  provenance({ input, method, ignoreBackground, pyramid, skipEmpty }, { input: parts, views }) {
    const factors = pyramid.map((scale) => scale.factors).filter((own) => !equal3(own, [1, 1, 1]));
    return {
      input: { ...input, fingerprint: fingerprintOf(parts, views) },
      downsample: { method, ignoreBackground, factors },
      skipEmpty,
    };
  },
};

/** Returns the file for unpacked bytes of the input that several blocks need, if there is one. */
function keptFile(stage: Plan['stages'][number], job: Job): KeptFile | undefined {
  const mostBytes = keptSize(stage, job.info);
  return mostBytes === 0 ? undefined : beginKept(join(job.stateFolder('unpacked'), 'last'), mostBytes);
}

/** Returns how the input of a conversion is opened. */
export function inputOf({ description: { source } }: Job) {
  if (source === undefined) throw new BugError('the job has no input');
  return source;
}

/** Returns the place where the stages store the label counts of their blocks. */
export function labelStore(job: Job): FilePlace {
  return Journal.stateOf(job.output, 'labels');
}

const arenas = new WeakMap<Job, ArenaPool>();

/** Returns the memories for blocks of the input and the scales made from them, the same for all stages of a job. */
export function arenasOf(plan: Plan, job: Job): ArenaPool {
  const pool = arenas.get(job) ?? newArenas(plan, job);
  arenas.set(job, pool);
  return pool;
}

function newArenas(plan: Plan, job: Job): ArenaPool {
  const { workers } = job.memory;
  return new ArenaPool(largestArena(plan, job), blocksAtOnce(plan, workers), workers, (message) => {
    job.emit({ event: 'log', level: 'warning', message });
  });
}

/** Two threads have enough to do in the slabs of one block, and the next block then needs no fresh memory. */
function blocksAtOnce({ stages }: Plan, workers: number): number {
  const areInSlabs = stages.every(({ block }) => block.slabs > 1);
  return areInSlabs && workers <= 2 ? 1 : BLOCKS_IN_FLIGHT;
}

/** Returns the bytes of the largest block, including its coarser scales. */
export function largestArena(plan: Plan, { info }: Job): number {
  return Math.max(...plan.stages.map((stage) => arenaBytes(stage, { ...plan, info })));
}

function targetOf({ compression, skipEmpty }: Plan, { root, scratch, info, outbox }: Job): DatasetTarget {
  return { root, scratch, info, compression, skipEmpty, outbox };
}

/**
 * Returns the target for exact copies of a scale. A later stage must read exact voxels, as if they were still in
 * memory, even if the encoding is lossy.
 */
function exactCopies({ info, ...target }: DatasetTarget, job: Job): DatasetTarget {
  const scales = info.scales.map((scale) => ({ ...scale, encoding: 'raw' as const, sharding: undefined }));
  return { ...target, outbox: undefined, root: job.stateFolder('exact'), info: { ...info, scales } };
}
