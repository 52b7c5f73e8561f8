import { peakMemoryBytes } from '../base/peak-memory';
import { availableParallelism } from 'node:os';
import { z } from 'zod';
import { sourceOptionsSchema } from '../../shared/api/job-spec';
import { InvalidInputError } from '../../shared/base/errors';
import { formatCount } from '../../shared/base/format-quantity';
import { defaultMemoryBytes } from '../engine/run/memory-budget';
import { comparisonWords, type ScaleReport, type VerifyReport } from '../engine/verification';
import { verifyDataset } from '../engine/verify-dataset';
import type { JobMessage } from './job-process';

const specSchema = z.object({ dataset: z.string() });

const PROGRESS_INTERVAL_MS = 200;

/**
 * Checks every chunk of a dataset, and tells of it as of any job.
 * @throws InvalidInputError listing what is wrong with the dataset
 */
export async function verifyAsJob(
  spec: unknown,
  surroundings: {
    readonly workerFile: string;
    readonly signal: AbortSignal;
    readonly send: (message: JobMessage) => void;
  },
): Promise<void> {
  const { workerFile, signal, send } = surroundings;
  const { dataset } = specSchema.parse(spec);
  const workers = availableParallelism();
  const startMs = Date.now();
  let [done, total, toldMs] = [0, 0, 0];
  send({
    event: 'started',
    job: 'verify',
    stages: [],
    resumedTasks: 0,
    workers,
    memoryBytes: defaultMemoryBytes(),
  });
  const report = await verifyDataset({
    dataset,
    sourceOptions: sourceOptionsSchema.parse({}),
    workers,
    workerFile,
    signal,
    onProgress: (doneVoxels, totalVoxels) => {
      [done, total] = [doneVoxels, totalVoxels];
      const elapsedMs = Date.now() - startMs;
      if (elapsedMs - toldMs < PROGRESS_INTERVAL_MS && done < total) return;
      toldMs = elapsedMs;
      send({ event: 'progress', ...progressOf(done, total, elapsedMs) });
    },
  });
  for (const scale of report.scales) {
    send({ event: 'log', level: 'info', message: describeScale(scale) });
    for (const message of scale.warnings) send({ event: 'log', level: 'warning', message });
  }
  for (const { product, checked, warnings, scales } of report.products) {
    if (scales === undefined) send({ event: 'log', level: 'info', message: `${product}: ${checked}.` });
    for (const message of warnings) send({ event: 'log', level: 'warning', message });
  }
  if (!report.ok) throw unsound(report);
  send({
    event: 'done',
    summary: {
      output: dataset,
      elapsedMs: Date.now() - startMs,
      voxels: total,
      scales: report.scales.length,
      files: report.scales.reduce((sum, { chunks }) => sum + chunks, 0),
      bytesRead: 0,
      bytesWritten: 0,
      peakMemoryBytes: peakMemoryBytes(),
    },
  });
}

function progressOf(workDoneVoxels: number, workVoxels: number, elapsedMs: number) {
  const rate = workDoneVoxels / Math.max(1, elapsedMs);
  return {
    elapsedMs,
    stage: 'verify',
    stageIndex: 0,
    tasksDone: 0,
    tasks: 1,
    workDoneVoxels,
    workVoxels,
    bytesRead: 0,
    bytesWritten: 0,
    voxelsPerSecond: Math.round(1000 * rate),
    ...(rate > 0 ? { remainingMs: Math.round((workVoxels - workDoneVoxels) / rate) } : {}),
    memoryBytes: process.memoryUsage.rss(),
  };
}

function describeScale(scale: ScaleReport): string {
  const { key, chunks, comparedWith, comparedVoxels } = scale;
  const compared =
    comparedWith === 'nothing'
      ? 'decoded'
      : `${formatCount(comparedVoxels)} voxels compared with ${comparedWith}: ${comparisonWords(scale)}`;
  return `Scale ${key}: ${formatCount(chunks)} chunks ${compared}.`;
}

function unsound({ dataset, problems, scales }: VerifyReport): InvalidInputError {
  const details = [
    ...problems,
    ...scales.flatMap(({ key, differentVoxels, problems: own }) => [
      ...own,
      ...(differentVoxels === 0
        ? []
        : [`scale ${key}: ${differentVoxels} voxels differ from the scale before`]),
    ]),
  ];
  return new InvalidInputError(`The dataset ${dataset} isn't sound.`, {
    details,
    remedy: 'Convert it again from its source.',
  });
}
