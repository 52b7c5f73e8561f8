import type { Command } from 'commander';
import { parseMeshSpec, RUN_OPTIONS } from '../../../shared/api/job-spec';
import { MESH_OPTIONS } from '../../../shared/api/mesh-options';
import { formatBytes, formatCount } from '../../../shared/base/format-quantity';
import type { MeshJobPlan } from '../../engine/mesh-job-plan';
import type { CommandContext } from '../command-context';
import { addOptionFlags } from '../option-flag';
import { addJobFlags, runJob, type JobFlags } from '../run-job';

export function define(command: Command, context: CommandContext): void {
  command.argument('<dataset>', 'Folder of a precomputed segmentation');
  addOptionFlags(command, { ...MESH_OPTIONS, ...RUN_OPTIONS });
  addJobFlags(command, 'Replace the meshes of the dataset').action(
    async (dataset: string, flags: JobFlags & Record<string, unknown>) => {
      process.exitCode = await mesh(dataset, flags, context);
    },
  );
}

function mesh(
  dataset: string,
  flags: JobFlags & Record<string, unknown>,
  { workerFile, signal }: CommandContext,
): Promise<number> {
  const { resume = false, overwrite = false, deleteFirst = false, dryRun, json = false, ...options } = flags;
  return runJob(json, async (emit) => {
    // --help and wrong usage needn't wait for the engine.
    const { planMeshJob, runMeshJob } = await import('../../engine/mesh-job');
    const plan = await planMeshJob(parseMeshSpec({ kind: 'mesh', dataset, ...options }));
    if (dryRun === true) return { report: { event: 'plan', mesh: plan.mesh }, described: describe(plan) };
    const summary = await runMeshJob(plan, {
      resume,
      overwrite,
      deleteFirst,
      workerFile,
      signal,
      emit,
    });
    const { segments = 0, meshedSegments = 0 } = summary;
    return { summary, made: `meshes of ${formatCount(meshedSegments)} of ${formatCount(segments)} segments` };
  });
}

function describe({ root, info, mesh, memory }: MeshJobPlan): string {
  const { settings, sharded, folder } = mesh;
  const scale = info.scales[mesh.scale];
  const how = sharded ? `in up to ${2 ** mesh.batches.shard_bits} shards` : 'not sharded';
  const share = settings.keptShare === 0 ? '' : ` or ${100 * settings.keptShare} % of the triangles`;
  return [
    `Dataset  ${root}: scale ${mesh.scale}, ${scale?.size.join(' × ')} voxels of ${scale?.resolution.join(' × ')} nm`,
    `Meshes   ${folder}: ${settings.format}, ${how}, within ${settings.errorNm} nm${share}, at most ${settings.maxLevels} levels`,
    `Work     ${memory.workers} workers, at most ${formatBytes(memory.totalBytes)} of memory`,
  ].join('\n');
}
