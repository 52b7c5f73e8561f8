import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { Option, type Command } from 'commander';
import { parseConvertSpec, sourceOptionsSchema } from '../../../shared/api/job-spec';
import { InvalidInputError } from '../../../shared/base/errors';
import { counted, formatBytes, formatCount, formatDuration } from '../../../shared/base/format-quantity';
import { planConversion } from '../../engine/job/conversion-plan';
import { madeFrom } from '../../engine/dataset/provenance';
import { outputState } from '../../engine/job/output-folder';
import { runConversion } from '../../engine/job/convert-job';
import { openDataset } from '../../engine/dataset/dataset';
import { datasetLink } from '../../engine/first-view/dataset-link';
import { verifyDataset } from '../../engine/verify-dataset';
import { startDatasetServer } from '../../server/dataset-server';
import { SAMPLE_RESOLUTION_NM, writeSampleStack } from '../../sources/sample';
import type { CommandContext } from '../command-context';
import { localPath } from '../local-path';
import { ProgressLine } from '../progress-line';
import { untilInterrupted, viewerHandler } from './serve';
import { describeReport } from './verify';

const SIZE = [512, 512, 128] as const;
const FOLDER_NAME = 'precomputed-studio-demo';

export function define(command: Command, context: CommandContext): void {
  command
    .addOption(
      new Option('--dir <folder>', 'Folder for the sample and the dataset.')
        .argParser(localPath)
        .default(join(tmpdir(), FOLDER_NAME), `${FOLDER_NAME} in the temporary folder`),
    )
    .option('--no-open', 'Stop after the summary and do not serve the dataset.')
    .action(async ({ dir, open }: { readonly dir: string; readonly open: boolean }) => {
      process.exitCode = await demo(dir, open, context);
    });
}

async function demo(folder: string, open: boolean, context: CommandContext): Promise<number> {
  const { workerFile, signal } = context;
  const stack = join(folder, 'stack');
  const dataset = join(folder, 'dataset');
  // The output of an earlier demo is replaced. Anything else in the folder is refused and kept.
  const overwrite = await madeFrom(dataset, stack);
  const state = overwrite ? 'free' : await outputState(dataset);
  if (state === 'dataset' || state === 'other') {
    throw new InvalidInputError(`${dataset} already exists and was not made by the demo.`, {
      remedy: 'Choose an empty or new folder with --dir FOLDER.',
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
    `Converted: ${counted(summary.scales, 'scale')}, ${formatBytes(summary.bytesWritten)} in ${counted(summary.files, 'file')}, in ` +
      `${formatDuration(summary.elapsedMs)} ` +
      `(${formatCount((summary.voxels / summary.elapsedMs) * 1000)} voxels/s), in ${dataset}`,
  );

  const workers = availableParallelism();
  const sourceOptions = sourceOptionsSchema.parse({});
  const check = { dataset, against: stack, sourceOptions, workers, workerFile, signal };
  const report = await verifyDataset(check);
  console.log(`Verified against the slices:\n${describeReport(report)}`);
  if (!report.ok) return 1;
  if (open) await show(dataset, context);
  return 0;
}

async function show(dataset: string, { programFolder, signal }: CommandContext): Promise<void> {
  const server = await startDatasetServer({ root: dataset, besides: viewerHandler(programFolder) });
  console.log(`Serving the dataset at ${server.url} (press Ctrl-C to stop). Open this link in a browser:`);
  console.log(await datasetLink(await openDataset(dataset), server.url, `${server.url}/viewer`));
  await untilInterrupted(server, signal);
}
