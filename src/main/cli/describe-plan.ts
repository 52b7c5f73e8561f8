import { resolve } from 'node:path';
import { formatBytes, formatCount, formatDuration } from '../../shared/base/format-quantity';
import { freeSpace, type FreeSpace } from '../base/disk-space';
import { estimateConversion, type ConversionEstimate } from '../engine/estimate';
import type { OutputState } from '../engine/output-folder';
import { chunkFiles } from '../engine/volume/room';
import type { Vec3 } from '../../shared/base/vec3';
import type { ConversionPlan } from '../engine/conversion-plan';
import { plannedScales } from '../engine/plan-report';

const OUTPUT_STATES: Readonly<Record<Exclude<OutputState, 'free'>, string>> = {
  dataset: 'a dataset',
  unfinished: 'an unfinished job',
  other: 'files that are no dataset',
};

/** What a plan is likely to come to, and what there is for it. */
export interface PlanOutlook {
  readonly estimate: ConversionEstimate;
  readonly space: FreeSpace;
}

export async function lookAhead(plan: ConversionPlan): Promise<PlanOutlook> {
  return { estimate: await estimateConversion(plan), space: await freeSpace(resolve(plan.spec.output)) };
}

/** What `convert --dry-run` prints for people. */
export function describePlan(plan: ConversionPlan, { estimate, space }: PlanOutlook): string {
  const { source, volume, memory, spec } = plan;
  const lines = [
    `Input    ${spec.input}: ${source.format}, ${by(source.size)} voxels, ${source.dataType}`,
    ...source.facts.map(([name, value]) => `         ${name}: ${value}`),
    ...source.passedOver.map((what) => `         passed over: ${what}`),
    `Output   ${spec.output}: ${volume.info.type}, ${volume.info.data_type}, ${spec.compression}, ${spec.layout}`,
    ...plannedScales(plan).map(
      ({ key, size, chunks, bytes }) =>
        `         ${key}: ${by(size)} voxels, ${chunks} chunks, ${formatBytes(bytes)} before compression`,
    ),
    `Work     ${memory.workers} workers, at most ${formatBytes(memory.totalBytes)} of memory`,
    ...plan.stages.map(
      ({ name, block }) =>
        `         ${name}: blocks of ${by(block.shape)} voxels, ${formatBytes(block.bytes)} each`,
    ),
    ...volume.notes.map((note) => `Note     ${note}`),
  ];
  const atMost = spec.skipEmpty ? 'at most ' : '';
  const free = space.freeBytes === undefined ? '' : `; ${formatBytes(space.freeBytes)} are free there`;
  lines.push(
    `Estimate about ${formatBytes(estimate.bytes)} in ${atMost}${formatCount(chunkFiles(plan))} files of chunks` +
      `${plan.mesh === undefined ? '' : ', and those of meshes'}${free}`,
    `         about ${formatDuration(1000 * estimate.seconds)} on this machine, from ${formatCount(estimate.sampledVoxels)} voxels that were tried`,
  );
  if (plan.outputState !== 'free')
    lines.push(`Note     The output folder isn't free: it holds ${OUTPUT_STATES[plan.outputState]}.`);
  if (plan.outputState === 'dataset')
    lines.push(
      'Note     With --overwrite the old dataset stays until the new one is whole: both need room till then.',
    );
  return lines.join('\n');
}

/** The same for scripts. */
export function planJson(
  plan: ConversionPlan,
  { estimate, space }: PlanOutlook,
): Readonly<Record<string, unknown>> {
  const { source, volume, memory, stages, outputState } = plan;
  return {
    event: 'plan',
    source: { ...source },
    info: volume.info,
    scales: plannedScales(plan),
    notes: volume.notes,
    memory,
    stages: stages.map(({ name, block }) => ({ name, blockShape: block.shape, blockBytes: block.bytes })),
    outputState,
    estimate: { ...estimate, chunkFiles: chunkFiles(plan) },
    ...space,
  };
}

function by(size: Vec3): string {
  return size.join(' × ');
}
