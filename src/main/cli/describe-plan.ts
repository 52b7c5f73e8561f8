import { formatBytes } from '../../shared/base/format-quantity';
import type { Vec3 } from '../../shared/base/vec3';
import type { ConversionPlan } from '../engine/conversion-plan';
import { plannedScales } from '../engine/plan-report';

/** What `convert --dry-run` prints for people. */
export function describePlan(plan: ConversionPlan): string {
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
  if (plan.outputState !== 'free')
    lines.push(`Note     The output folder isn't free: it holds ${plan.outputState}.`);
  return lines.join('\n');
}

/** The same for scripts. */
export function planJson(plan: ConversionPlan): Readonly<Record<string, unknown>> {
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
  };
}

function by(size: Vec3): string {
  return size.join(' × ');
}
