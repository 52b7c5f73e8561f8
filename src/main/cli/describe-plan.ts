import { resolve } from 'node:path';
import { OPTIONS } from '../../shared/api/job-spec';
import { flagName } from '../../shared/api/option';
import { stageWords } from '../../shared/api/stage-words';
import { smallSegmentsNote } from '../../shared/api/small-segments';
import { counted, formatBytes, formatCount, formatDuration } from '../../shared/base/format-quantity';
import { freeSpace, type FreeSpace } from '../base/disk-space';
import { estimateConversion, type ConversionEstimate } from '../engine/forecast/estimate';
import type { OutputState } from '../engine/job/output-folder';
import type { RemoteState } from '../engine/run/remote-output';
import { chunkFiles, unpackedBytes } from '../engine/forecast/room';
import type { Vec3 } from '../../shared/base/vec3';
import type { ConversionPlan } from '../engine/job/conversion-plan';
import {
  packedShare,
  plannedScales,
  uploadRequests,
  type PlannedScale,
  type PlannedShards,
} from '../engine/forecast/plan-report';

const OUTPUT_STATES: Readonly<Record<Exclude<OutputState, 'free'>, string>> = {
  dataset: 'a dataset',
  unfinished: 'an unfinished job',
  other: 'files of something else',
};

/** The estimate for a plan, and the space that is available for it. */
export interface PlanOutlook {
  readonly estimate: ConversionEstimate;
  readonly space: FreeSpace;
}

export async function lookAhead(plan: ConversionPlan): Promise<PlanOutlook> {
  return { estimate: await estimateConversion(plan), space: await freeSpace(resolve(plan.spec.output)) };
}

/** The place of a dataset that isn't made where it is to be, and what it holds now. */
export interface PlannedPlace {
  readonly id: string;
  readonly holds: RemoteState['kind'];
}

/**
 * Formats a plan for people, as `convert --dry-run` prints it.
 * @param place the dataset's place if `spec.output` is only the work folder
 */
export function describePlan(
  plan: ConversionPlan,
  { estimate, space }: PlanOutlook,
  place?: PlannedPlace,
): string {
  const { source, volume, memory, spec } = plan;
  const scales = plannedScales(plan);
  const lines = [
    `Input    ${spec.input}: ${source.format}, ${by(source.size)} voxels, ${source.dataType}`,
    ...source.facts.map(([name, value]) => `         ${name}: ${value}`),
    ...source.passedOver.map((what) => `         ignored: ${what}`),
    `Output   ${place?.id ?? spec.output}: ${volume.info.type}, ${volume.info.data_type}, ${spec.compression}${place === undefined ? inFiles(spec) : ''}`,
    ...(place === undefined ? [] : [`         work folder: ${spec.output}`]),
    ...scales.map(
      ({ key, size, chunks, shards, bytes }) =>
        `         ${key}: ${by(size)} voxels, ${counted(chunks, 'chunk')}${inShards(shards)}, ${formatBytes(bytes)} before compression`,
    ),
    `Work     ${counted(memory.workers, 'worker')}, at most ${formatBytes(memory.totalBytes)} of memory`,
    ...plan.stages.map(
      ({ name, block }) =>
        `         ${stageWords(name)}: ${by(block.shape)} voxels at a time, ${formatBytes(block.bytes)} each`,
    ),
    ...ofUnpacked(plan),
    ...volume.notes.map((note) => `Note     ${note}`),
  ];
  const atMost = spec.skipEmpty ? 'at most ' : '';
  const free =
    space.freeBytes === undefined
      ? ''
      : `; ${formatBytes(space.freeBytes)} are free ${place === undefined ? 'there' : 'in the work folder'}`;
  lines.push(
    `Estimate about ${formatBytes(estimate.bytes)} in ${atMost}${counted(chunkFiles(plan), 'file', formatCount)} of chunks` +
      `${ofMeshes(estimate)}${free}`,
    `         about ${formatDuration(1000 * estimate.seconds)} on this machine, from ${formatCount(estimate.sampledVoxels)} voxels that were tested`,
  );
  if (place !== undefined) lines.push(`         ${describeUpload(scales, estimate)}`);
  const small = estimate.meshes && smallSegmentsNote(estimate.meshes, flagName(OPTIONS.minVoxels));
  if (small !== undefined) lines.push(`Note     ${small}`);
  return [...lines, ...notesOnOutput(plan, place).map((note) => `Note     ${note}`)].join('\n');
}

function notesOnOutput({ outputState }: ConversionPlan, place: PlannedPlace | undefined): string[] {
  const notes: string[] = [];
  const folder = place === undefined ? 'output' : 'work';
  if (outputState !== 'free')
    notes.push(`The ${folder} folder is not empty: it holds ${OUTPUT_STATES[outputState]}.`);
  if (outputState === 'dataset' && place === undefined)
    notes.push(
      'With --overwrite, the old dataset is kept until the new one is complete, so both need space.',
    );
  if (place?.holds === 'dataset')
    notes.push(`With --overwrite, the dataset in ${place.id} is deleted before the new one is sent.`);
  return notes;
}

function inFiles({ layout, compression }: ConversionPlan['spec']): string {
  return layout === 'gz-suffix' && compression === 'gzip' ? ', in files that end in .gz' : '';
}

function ofUnpacked(plan: ConversionPlan): string[] {
  const bytes = unpackedBytes(plan);
  if (bytes === 0) return [];
  return [`         a file of ${formatBytes(bytes)} for unpacked input, until the job is done`];
}

function ofMeshes({ meshes }: ConversionEstimate): string {
  if (meshes === undefined) return '';
  return ` and about ${formatCount(meshes.files)} of meshes, of about ${counted(meshes.segments, 'segment', formatCount)}`;
}

function inShards(shards: PlannedShards | undefined): string {
  if (shards === undefined) return '';
  const count = shards.count === 1 ? 'one shard' : `${formatCount(shards.count)} shards`;
  return ` in ${count} of up to ${formatBytes(shards.bytes)}`;
}

function describeUpload(scales: readonly PlannedScale[], { chunkBytes }: ConversionEstimate): string {
  const share = packedShare(scales, chunkBytes);
  const largest = Math.max(...scales.map(({ shards }) => shards?.bytes ?? 0));
  const size = largest === 0 ? '' : `shards of up to about ${formatBytes(share * largest)}; `;
  return `${size}about ${formatCount(uploadRequests(scales, share))} PUT requests write them to S3`;
}

/** Formats a plan for scripts. */
export function planJson(
  plan: ConversionPlan,
  { estimate, space }: PlanOutlook,
): Readonly<Record<string, unknown>> {
  const { source, volume, memory, stages, outputState } = plan;
  const scales = plannedScales(plan);
  const putRequests = uploadRequests(scales, packedShare(scales, estimate.chunkBytes));
  return {
    event: 'plan',
    source: { ...source },
    info: volume.info,
    scales,
    notes: volume.notes,
    memory,
    stages: stages.map(({ name, block }) => ({ name, blockShape: block.shape, blockBytes: block.bytes })),
    outputState,
    unpackedBytes: unpackedBytes(plan),
    estimate: { ...estimate, chunkFiles: chunkFiles(plan), putRequests },
    ...space,
  };
}

function by(size: Vec3): string {
  return size.join(' × ');
}
