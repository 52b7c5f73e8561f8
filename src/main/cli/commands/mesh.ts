import type { Command } from 'commander';
import { parseMeshSpec, RUN_OPTIONS } from '../../../shared/api/job-spec';
import { MESH_OPTIONS } from '../../../shared/api/mesh-options';
import { counted, formatCount } from '../../../shared/base/format-quantity';
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
    // --help and usage errors shouldn't wait for the engine to load.
    const [{ planMeshJob, runMeshJob }, { describeMeshing }] = await Promise.all([
      import('../../engine/job/mesh-job'),
      import('../describe-meshing'),
    ]);
    const plan = await planMeshJob(parseMeshSpec({ kind: 'mesh', dataset, ...options }));
    if (dryRun === true)
      return { report: { event: 'plan', mesh: plan.mesh }, described: await describeMeshing(plan) };
    const summary = await runMeshJob(plan, {
      resume,
      overwrite,
      deleteFirst,
      workerFile,
      signal,
      emit,
    });
    const { segments = 0, meshedSegments = 0 } = summary;
    return {
      summary,
      made: `meshes of ${formatCount(meshedSegments)} of ${counted(segments, 'segment', formatCount)}`,
    };
  });
}
