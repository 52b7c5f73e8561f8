import { dirname } from 'node:path';
import type { PlanReport } from '../../shared/api/contract-types';
import { freeSpace, sizeOfFolder } from '../base/disk-space';
import type { ConversionPlan } from '../engine/job/conversion-plan';
import type { MeshPlan } from '../engine/meshes/mesh-plan';
import { unpackedBytes } from '../engine/forecast/room';
import { plannedScales } from '../engine/forecast/plan-report';
import { describeDataset } from './library';

/** Returns the dataset that a conversion would replace. */
async function presentIn({ outputState: state, spec }: ConversionPlan): Promise<Pick<PlanReport, 'present'>> {
  if (state !== 'dataset') return {};
  const dataset = await describeDataset(spec.output, dirname(spec.output));
  if (dataset === undefined) return {};
  const { name, type, size, modifiedMs, settings } = dataset;
  const input = settings?.['input'];
  return {
    present: {
      name,
      type,
      size,
      modifiedMs,
      bytes: (await sizeOfFolder(spec.output)).diskBytes,
      ...(typeof input === 'string' ? { input } : {}),
    },
  };
}

/** Returns what the app shows of a conversion before it begins. */
export async function reportConversion(plan: ConversionPlan): Promise<PlanReport> {
  const { volume, memory, spec } = plan;
  const { freeBytes } = await freeSpace(spec.output);
  return {
    dataType: volume.info.data_type,
    encoding: volume.info.scales[0]?.encoding ?? 'raw',
    method: volume.method,
    scales: plannedScales(plan).map((scale) => ({
      ...scale,
      size: [...scale.size],
      resolutionNm: [...scale.resolutionNm],
    })),
    notes: [...volume.notes],
    ...(plan.mesh === undefined ? {} : { mesh: meshReport(plan.mesh) }),
    workers: memory.workers,
    memoryBytes: memory.totalBytes,
    unpackedBytes: unpackedBytes(plan),
    outputState: plan.outputState,
    ...(await presentIn(plan)),
    ...(freeBytes === undefined ? {} : { freeBytes }),
  };
}

function meshReport({ scale, settings }: MeshPlan): NonNullable<PlanReport['mesh']> {
  return { scale, errorNm: settings.errorNm };
}
