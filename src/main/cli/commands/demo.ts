import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Command } from 'commander';
import { parseConvertSpec, sourceOptionsSchema } from '../../../shared/api/job-spec';
import { InvalidInputError } from '../../../shared/base/errors';
import { formatBytes, formatCount, formatDuration } from '../../../shared/base/format-quantity';
import { planConversion } from '../../engine/conversion-plan';
import { madeFrom } from '../../engine/provenance';
import { outputState } from '../../engine/output-folder';
import { runConversion } from '../../engine/convert-job';
import { openDataset } from '../../engine/dataset';
import { datasetLink } from '../../engine/dataset-link';
import { verifyDataset } from '../../engine/verify-dataset';
import { startDatasetServer } from '../../server/dataset-server';
import { SAMPLE_RESOLUTION_NM, writeSampleStack } from '../../sources/sample';
import type { CommandContext } from '../command-context';
import { localPath } from '../local-path';
import { ProgressLine } from '../progress-line';
import { untilInterrupted } from './serve';
import { describeReport } from './verify';

const SIZE = [512, 512, 128] as const;

export function define(command: Command, context: CommandContext): void {
  command
    .option(
      '--dir <folder>',
      'where the sample and the dataset go',
      localPath,
      join(tmpdir(), 'precomputed-studio-demo'),
    )
    .option('--no-open', 'end after the summary')
    .action(async ({ dir, open }: { readonly dir: string; readonly open: boolean }) => {
      process.exitCode = await demo(dir, open, context);
    });
}

async function demo(folder: string, open: boolean, { workerFile, signal }: CommandContext): Promise<number> {
  const stack = join(folder, 'stack');
  const dataset = join(folder, 'dataset');
  // What an earlier demo made is made again; anything else that is there is refused, and stays.
  const overwrite = await madeFrom(dataset, stack);
  const state = overwrite ? 'free' : await outputState(dataset);
  if (state === 'dataset' || state === 'other') {
    throw new InvalidInputError(`${dataset} is there already, and it isn't the demo's.`, {
      remedy: 'Give a folder that is empty or not there yet: --dir FOLDER.',
      fields: { path: dataset },
    });
  }
  console.log(`Sample: ${SIZE.join(' × ')} voxels of labels as TIFF slices in ${stack}`);
  await writeSampleStack(stack, { size: SIZE, dataType: 'uint64', seed: 1 });

  const spec = parseConvertSpec({
    kind: 'convert',
    input: stack,
    output: dataset,
    resolution: SAMPLE_RESOLUTION_NM,
  });
  const line = new ProgressLine();
  const emit = line.show.bind(line);
  const options = { resume: !overwrite, overwrite, workerFile, signal, emit };
  const summary = await runConversion(await planConversion(spec), options);
  line.clear();
  console.log(
    `Converted: ${summary.scales} scales, ${formatBytes(summary.bytesWritten)} in ${summary.files} files, in ` +
      `${formatDuration(summary.elapsedMs)} ` +
      `(${formatCount((summary.voxels / summary.elapsedMs) * 1000)} voxels/s), in ${dataset}`,
  );

  const workers = availableParallelism();
  const sourceOptions = sourceOptionsSchema.parse({});
  const check = { dataset, against: stack, sourceOptions, workers, workerFile, signal };
  const report = await verifyDataset(check);
  console.log(`Verified against the slices:\n${describeReport(report)}`);
  if (!report.ok) return 1;
  if (open) await show(dataset, signal);
  return 0;
}

async function show(dataset: string, signal: AbortSignal): Promise<void> {
  const server = await startDatasetServer({ root: dataset });
  console.log(`Serving it at ${server.url} (Ctrl-C ends it). Open in Neuroglancer:`);
  console.log(await datasetLink(await openDataset(dataset), server.url));
  await untilInterrupted(server, signal);
}
