import type { Command } from 'commander';
import { z } from 'zod';
import { RUN_OPTIONS, SOURCE_OPTIONS, sourceOptionsSchema } from '../../../shared/api/job-spec';
import { counted, formatCount } from '../../../shared/base/format-quantity';
import {
  comparisonWords,
  type ProductReport,
  type ScaleReport,
  type VerifyReport,
} from '../../engine/dataset/verify-report';
import { folderOfInfo } from '../../base/folder-of-info';
import type { VerifyRequest } from '../../engine/dataset/verification';
import { verifyDataset } from '../../engine/verify-dataset';
import type { CommandContext } from '../command-context';
import { addBucketFlags, bucketAccess } from '../bucket-flags';
import { addOptionFlags } from '../option-flag';
import { parseFlags } from '../parse-flags';
import { pathOrAddress } from '../local-path';

const flagsSchema = z.object({
  against: z.string().optional(),
  ...sourceOptionsSchema.shape,
  workers: RUN_OPTIONS.workers.schema.optional(),
  memory: RUN_OPTIONS.memory.schema.optional(),
  json: z.boolean().default(false),
});

export function define(command: Command, context: CommandContext): void {
  const { workers, memory } = RUN_OPTIONS;
  addOptionFlags(command, { ...SOURCE_OPTIONS, workers, memory });
  addBucketFlags(command)
    .argument('<dataset>', 'Folder or address of a precomputed volume', pathOrAddress)
    .option('--against <input>', 'Compare every voxel with the input of the conversion.', folderOfInfo)
    .option('--json', 'Print the report as JSON.')
    .action(async (dataset: string, given: unknown) => {
      const flags = parseFlags(flagsSchema, given);
      const access = bucketAccess(given, [dataset, flags.against]);
      process.exitCode = await verify({ dataset, access }, flags, context);
    });
}

async function verify(
  what: Pick<VerifyRequest, 'dataset' | 'access'>,
  flags: z.output<typeof flagsSchema>,
  { workerFile, signal }: CommandContext,
): Promise<number> {
  const report = await verifyDataset({
    ...what,
    ...(flags.against === undefined ? {} : { against: flags.against }),
    sourceOptions: sourceOptionsSchema.parse(flags),
    workers: flags.workers,
    memoryBytes: flags.memory,
    workerFile,
    signal,
    ...(process.stderr.isTTY ? { onProgress: showProgress } : {}),
  });
  if (process.stderr.isTTY) process.stderr.write('\r\x1b[K');
  console.log(flags.json ? JSON.stringify(report, null, 2) : describeReport(report));
  return report.ok ? 0 : 1;
}

function showProgress(done: number, total: number): void {
  process.stderr.write(`\r${Math.floor((done / total) * 100)} % of ${formatCount(total)} voxels checked`);
}

/** Formats the report for people: a line for each scale, followed by its problems. */
export function describeReport(report: VerifyReport): string {
  const lines = [
    ...(report.products.length === 0 ? report.problems.map((problem) => `  - ${problem}`) : []),
    ...report.products.flatMap(describeProduct),
    report.ok ? `${report.dataset} is sound.` : `${report.dataset} is NOT sound.`,
  ];
  return lines.join('\n');
}

function describeProduct({ product, checked, problems, warnings, scales }: ProductReport): string[] {
  return [
    ...(scales?.flatMap(describeScale) ?? [`  ${product}: ${checked}`]),
    ...problems.map((problem) => `    - ${problem}`),
    ...warnings.map((warning) => `    - warning: ${warning}`),
  ];
}

function describeScale(scale: ScaleReport): string[] {
  const { firstDifference: first } = scale;
  const compared =
    scale.comparedWith === 'nothing'
      ? 'decoded'
      : `${formatCount(scale.comparedVoxels)} voxels compared with ${scale.comparedWith}, ` +
        comparisonWords(scale);
  const missing = scale.missingChunks === 0 ? '' : `, ${scale.missingChunks} missing`;
  return [
    `  ${scale.key}: ${counted(scale.chunks, 'chunk')}${missing}; ${compared}`,
    ...(first === undefined
      ? []
      : [`    first at ${first.position.join(', ')}: ${first.found} where ${first.expected} should be`]),
    ...scale.problems.map((problem) => `    - ${problem}`),
    ...scale.warnings.map((warning) => `    - warning: ${warning}`),
  ];
}
