import type { Command } from 'commander';
import type { JobEvent } from '../../../shared/api/job-events';
import { CONVERT_OPTIONS, meshSpecSchema, parseMeshSpec } from '../../../shared/api/job-spec';
import { MESH_OPTIONS } from '../../../shared/api/mesh-options';
import { serializeError } from '../../../shared/base/errors';
import { formatBytes, formatCount, formatDuration } from '../../../shared/base/format-quantity';
import { planMeshJob, runMeshJob, type MeshJobPlan } from '../../engine/mesh-job';
import type { CommandContext } from '../command-context';
import { optionFlag } from '../option-flag';
import { ProgressLine } from '../progress-line';
import { exitCodeOf, reportError } from '../report-error';

interface RunFlags {
  readonly resume?: boolean;
  readonly overwrite?: boolean;
  readonly dryRun?: boolean;
  readonly json?: boolean;
}

const DEFAULTS: Readonly<Record<string, unknown>> = meshSpecSchema.parse({ kind: 'mesh', dataset: '-' });

export function define(command: Command, context: CommandContext): void {
  command.argument('<dataset>', 'folder of a precomputed segmentation');
  const { workers, memory } = CONVERT_OPTIONS;
  for (const [name, definition] of Object.entries({ ...MESH_OPTIONS, workers, memory })) {
    command.addOption(optionFlag(definition, DEFAULTS[name]));
  }
  command
    .option('--resume', 'go on with an interrupted job')
    .option('--overwrite', 'replace the meshes, or the unfinished meshing')
    .option('--dry-run', 'say what would be done, and write nothing')
    .option('--json', 'print events as JSON, one a line (docs/job-events.md)')
    .action(async (dataset: string, flags: RunFlags & Record<string, unknown>) => {
      process.exitCode = await mesh(dataset, flags, context);
    });
}

async function mesh(
  dataset: string,
  flags: RunFlags & Record<string, unknown>,
  context: CommandContext,
): Promise<number> {
  const line = new ProgressLine();
  const emit = (event: JobEvent): void => {
    if (flags.json === true) process.stdout.write(`${JSON.stringify(event)}\n`);
    else line.show(event);
  };
  try {
    const { resume = false, overwrite = false, dryRun, json, ...options } = flags;
    const plan = await planMeshJob(parseMeshSpec({ kind: 'mesh', dataset, ...options }));
    if (dryRun === true) {
      console.log(json === true ? JSON.stringify({ event: 'plan', mesh: plan.mesh }) : describe(plan));
      return 0;
    }
    const { workerFile, signal } = context;
    const { summary, labels } = await runMeshJob(plan, { resume, overwrite, workerFile, signal, emit });
    line.clear();
    emit({ event: 'done', summary });
    if (json !== true) {
      const meshed = labels.filter(({ isMeshed }) => isMeshed).length;
      console.log(
        `${summary.output}: meshes of ${formatCount(meshed)} of ${formatCount(labels.length)} segments, ` +
          `${formatBytes(summary.bytesWritten)} in ${summary.files} files, ${formatDuration(summary.elapsedMs)}.`,
      );
    }
    return 0;
  } catch (error) {
    line.clear();
    if (flags.json === true) {
      const serialized = serializeError(error);
      emit(serialized.tag === 'cancelled' ? { event: 'cancelled' } : { event: 'failed', error: serialized });
      return exitCodeOf(error);
    }
    const code = reportError(error);
    if (code === 130)
      console.error('What is done is kept: the same command with --resume goes on from here.');
    return code;
  }
}

function describe({ root, info, mesh, memory }: MeshJobPlan): string {
  const { settings, sharded, folder } = mesh;
  const scale = info.scales[mesh.scale];
  const how = sharded ? `in up to ${2 ** mesh.batches.shard_bits} shards` : 'not sharded';
  return [
    `Dataset  ${root}: scale ${mesh.scale}, ${scale?.size.join(' × ')} voxels of ${scale?.resolution.join(' × ')} nm`,
    `Meshes   ${folder}: ${settings.format}, ${how}, within ${settings.errorNm} nm, at most ${settings.maxLevels} levels`,
    `Work     ${memory.workers} workers, at most ${formatBytes(memory.totalBytes)} of memory`,
  ].join('\n');
}
