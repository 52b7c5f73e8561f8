import { resolve } from 'node:path';
import type { JobEvent, JobSummary } from '../../shared/api/job-events';
import { product3 } from '../../shared/base/vec3';
import { formatVolumeInfo } from '../../shared/precomputed/volume-info';
import type { PrecomputedHandle } from '../sources/precomputed-source';
import { LocalFolderStore } from '../stores/local-folder';
import { openConversionJournal } from './conversion-journal';
import type { ConversionPlan } from './conversion-plan';
import type { DatasetTarget } from './dataset-target';
import { Journal } from './journal';
import { formatProvenance } from './provenance';
import { ArenaPool } from './arena-pool';
import { arenaBytes, PyramidStage, type PyramidStagePlan } from './pyramid-stage';
import { runStages } from './run-stages';
import { WorkerPool } from './worker-pool';

export interface ConversionOptions {
  /** Go on with the unfinished job in the output folder, if there is one. */
  readonly resume: boolean;
  /** Delete the dataset in the output folder first, if there is one. */
  readonly overwrite: boolean;
  readonly workerFile: string;
  readonly signal: AbortSignal;
  readonly emit: (event: JobEvent) => void;
}

/**
 * Converts as planned. The dataset's `info` is written last: a folder with an `info` is complete.
 * @throws what went wrong; what is done stays and can be resumed
 */
export async function runConversion(plan: ConversionPlan, options: ConversionOptions): Promise<JobSummary> {
  const output = resolve(plan.spec.output);
  const opened = await openConversionJournal(plan, output, options);
  if (opened === 'complete') return completeSummary(plan, output);
  const { journal, stagePlans, memory } = opened;
  const pool = new WorkerPool({ workerFile: options.workerFile, workers: memory.workers });
  try {
    const stages = makeStages(plan, stagePlans, output);
    const meter = await runStages({
      job: 'convert',
      stages,
      pool,
      memoryBytes: memory.totalBytes,
      journal,
      signal: options.signal,
      emit: options.emit,
    });
    await pool.close();
    await finish(plan, output);
    await journal.remove();
    return { ...completeSummary(plan, output), ...meter.totals() };
  } catch (error) {
    await pool.close();
    await journal.release();
    throw error;
  }
}

async function finish(plan: ConversionPlan, output: string): Promise<void> {
  const store = new LocalFolderStore(output, Journal.scratchFolder(output));
  await store.put('provenance', new TextEncoder().encode(formatProvenance(plan)));
  await store.put('info', new TextEncoder().encode(formatVolumeInfo(plan.volume.info)));
}

function completeSummary(plan: ConversionPlan, output: string): JobSummary {
  return {
    output,
    elapsedMs: 0,
    voxels: product3(plan.source.size),
    scales: plan.volume.pyramid.length,
    files: 0,
    bytesRead: 0,
    bytesWritten: 0,
    peakMemoryBytes: process.resourceUsage().maxRSS * 1024,
  };
}

function makeStages(
  plan: ConversionPlan,
  stagePlans: readonly PyramidStagePlan[],
  output: string,
): PyramidStage[] {
  const { spec, volume, handle } = plan;
  const target: DatasetTarget = {
    root: output,
    scratch: Journal.scratchFolder(output),
    info: volume.info,
    compression: { compression: spec.compression, level: spec.compressionLevel, layout: spec.layout },
    skipEmpty: spec.skipEmpty,
  };
  const arenas = new ArenaPool(Math.max(...stagePlans.map((stage) => arenaBytes(stage, volume))));
  return stagePlans.map((stage) => {
    const own: PrecomputedHandle = {
      format: 'precomputed',
      root: output,
      info: volume.info,
      scale: stage.readScale,
      missingChunks: spec.skipEmpty ? 'zero' : 'refuse',
    };
    return new PyramidStage(stage, volume, stage.writesReadScale ? handle : own, target, arenas);
  });
}
