import { z } from 'zod';
import { sourceOptionsSchema } from '../../shared/api/job-spec';
import { InvalidInputError } from '../../shared/base/errors';
import { counted, formatCount } from '../../shared/base/format-quantity';
import { comparisonWords, type ScaleReport, type VerifyReport } from '../engine/dataset/verify-report';
import { verifyDataset } from '../engine/verify-dataset';
import { CountedJob } from './counted-job';
import type { EngineSurroundings } from './job-process';

const specSchema = z.object({ dataset: z.string() });

/**
 * Checks every chunk of a dataset, and reports its progress as the events of a job.
 * @throws InvalidInputError that lists what is wrong with the dataset
 */
export async function verifyAsJob(spec: unknown, surroundings: EngineSurroundings): Promise<void> {
  const { workerFile, signal, send } = surroundings;
  const { dataset } = specSchema.parse(spec);
  const job = new CountedJob('verify', send);
  const report = await verifyDataset({
    dataset,
    sourceOptions: sourceOptionsSchema.parse({}),
    workers: job.workers,
    workerFile,
    signal,
    onProgress: job.onProgress,
  });
  for (const scale of report.scales) {
    job.log('info', describeScale(scale));
    for (const message of scale.warnings) job.log('warning', message);
  }
  for (const { product, checked, warnings, scales } of report.products) {
    if (scales === undefined) job.log('info', `${product}: ${checked}.`);
    for (const message of warnings) job.log('warning', message);
  }
  if (!report.ok) throw unsound(report);
  const chunks = report.scales.reduce((sum, scale) => sum + scale.chunks, 0);
  job.done({ output: dataset, scales: report.scales.length, files: chunks });
}

function describeScale(scale: ScaleReport): string {
  const { key, chunks, comparedWith, comparedVoxels } = scale;
  const compared =
    comparedWith === 'nothing'
      ? 'decoded'
      : `${formatCount(comparedVoxels)} voxels compared with ${comparedWith}: ${comparisonWords(scale)}`;
  return `Scale ${key}: ${counted(chunks, 'chunk', formatCount)} ${compared}.`;
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
  return new InvalidInputError(`The dataset ${dataset} is damaged.`, {
    details,
    remedy: 'Convert it again from its source.',
  });
}
