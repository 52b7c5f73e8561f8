import { resolve } from 'node:path';
import { Option, type Command } from 'commander';
import { z } from 'zod';
import { EXPORT_FIELDS, EXPORT_FORMAT_NAMES } from '../../../shared/api/export-spec';
import { RUN_OPTIONS } from '../../../shared/api/job-spec';
import { VIEW_OPTIONS } from '../../../shared/api/view-options';
import { counted, formatBytes, formatCount, formatDuration } from '../../../shared/base/format-quantity';
import {
  exportVolume,
  forecastExport,
  type ExportForecast,
  type ExportSummary,
} from '../../engine/export/export-volume';
import { folderOfInfo } from '../../base/folder-of-info';
import type { ExportRequest } from '../../engine/export/export-request';
import type { CommandContext } from '../command-context';
import { addBucketFlags, bucketAccess } from '../bucket-flags';
import { localPath } from '../local-path';
import { addOptionFlags } from '../option-flag';
import { parseFlags } from '../parse-flags';

const { roi, channel } = VIEW_OPTIONS;
const { workers, memory } = RUN_OPTIONS;

const flagsSchema = z.object({
  ...EXPORT_FIELDS,
  json: z.boolean().default(false),
  dryRun: z.boolean().default(false),
});

export function define(command: Command, context: CommandContext): void {
  command
    .argument('<dataset>', 'Folder or address of a precomputed volume', folderOfInfo)
    .argument('<output>', 'New file (.tif, .nii.gz, .nrrd, .npy) or folder (.zarr)', localPath)
    .addOption(
      new Option(
        '--format <name>',
        `Format: ${EXPORT_FORMAT_NAMES.join(', ')} (default: by the ending of the output).`,
      ),
    )
    .addOption(new Option('--scale <n>', 'Scale, by its number or key; 0 is the finest.').default('0'))
    .addOption(
      new Option(
        '--ids <how>',
        'How to write the ids of segments: keep them, or compact them to 1 to n with a table of both (OUTPUT.ids.csv) for --remap.',
      ).default('keep'),
    )
    .option('--json', 'Print the summary as JSON.')
    .option('--dry-run', 'Show what would be written, and write nothing.');
  addOptionFlags(command, { roi, channel, workers, memory });
  addBucketFlags(command).action(async (dataset: string, output: string, flags: unknown) => {
    const what = { dataset, access: bucketAccess(flags, [dataset]), output: resolve(output) };
    await runExport(what, parseFlags(flagsSchema, flags), context);
  });
}

async function runExport(
  what: Pick<ExportRequest, 'dataset' | 'access' | 'output'>,
  flags: z.output<typeof flagsSchema>,
  { workerFile, signal }: CommandContext,
): Promise<void> {
  const isShown = process.stderr.isTTY && !flags.json;
  const clear = isShown ? '\r\x1b[K' : '';
  const { json, dryRun, ...options } = flags;
  if (dryRun) {
    const forecast = await forecastExport({ ...options, ...what });
    console.log(json ? JSON.stringify(forecast) : describeForecast(forecast));
    return;
  }
  const summary = await exportVolume({
    ...options,
    ...what,
    workerFile,
    signal,
    onNote: (note) => process.stderr.write(`${clear}Note: ${note}\n`),
    ...(isShown ? { onProgress: showProgress } : {}),
  }).finally(() => process.stderr.write(clear));
  console.log(json ? JSON.stringify(summary) : describe(summary));
}

function showProgress(done: number, total: number): void {
  process.stderr.write(
    `\r${Math.floor((done / total) * 100)} % of ${formatCount(total / 2)} voxels exported`,
  );
}

function describeForecast(forecast: ExportForecast): string {
  const { output, format, size, channels, dataType, resolutionNm, voxelOffset, files, bytes, idTable } =
    forecast;
  const several = channels === 1 ? '' : `, ${channels} channels`;
  return [
    `Nothing is written. ${output}: ${format}, ${size.join(' × ')} voxels of ${resolutionNm.join(' × ')} nm${several}, at most ${dataType}.`,
    `  ${counted(files, 'file', formatCount)}, at most ${formatBytes(bytes)} before compression.`,
    `  The first voxel is ${voxelOffset.join(', ')} in the viewer.`,
    ...(idTable === undefined ? [] : [`  Ids: ${idTable}`]),
  ].join('\n');
}

function describe(summary: ExportSummary): string {
  const { output, format, size, channels, dataType, resolutionNm, voxelOffset, most, idTable } = summary;
  const several = channels === 1 ? '' : `, ${channels} channels`;
  return [
    `${output}: ${format}, ${size.join(' × ')} voxels of ${resolutionNm.join(' × ')} nm${several}, ${dataType} (largest value ${most}), ${formatBytes(summary.bytes)} in ${counted(summary.files, 'file')}, ${formatDuration(summary.elapsedMs)}.`,
    `  The first voxel is ${voxelOffset.join(', ')} in the viewer.`,
    ...(idTable === undefined ? [] : [`  Ids: ${idTable}`]),
  ].join('\n');
}
