import type { Command } from 'commander';
import { isAddress } from '../../../shared/api/input-address';
import { parseMeshSpec, RUN_OPTIONS } from '../../../shared/api/job-spec';
import { MESH_OPTIONS } from '../../../shared/api/mesh-options';
import { counted, formatCount } from '../../../shared/base/format-quantity';
import { folderOfInfo } from '../../base/folder-of-info';
import type { CommandContext } from '../command-context';
import { addRemoteFlags, openOutput, splitOutputFlags, type OutputFlags } from '../conversion-output';
import { addOptionFlags } from '../option-flag';
import { addJobFlags, runJob, splitJobFlags, type JobFlags } from '../run-job';

type MeshFlags = JobFlags & OutputFlags & Readonly<Record<string, unknown>>;

export function define(command: Command, context: CommandContext): void {
  command.argument('<dataset>', 'Folder of a precomputed segmentation, or s3://BUCKET/PREFIX', folderOfInfo);
  addOptionFlags(command, { ...MESH_OPTIONS, ...RUN_OPTIONS });
  addRemoteFlags(command);
  addJobFlags(command, 'Replace the meshes of the dataset').action(
    async (dataset: string, flags: MeshFlags) => {
      process.exitCode = await mesh(dataset, flags, context);
    },
  );
}

function mesh(dataset: string, flags: MeshFlags, { workerFile, signal }: CommandContext): Promise<number> {
  const { mode, dryRun, json, others } = splitJobFlags(flags);
  return runJob(json, async (emit) => {
    const { ofOutput, options } = splitOutputFlags(others, [dataset]);
    const asked = parseMeshSpec({ kind: 'mesh', dataset: isAddress(dataset) ? '.' : dataset, ...options });
    const { folder, remote, close } = await openOutput(dataset, ofOutput, { dryRun, isInput: true }, signal);
    try {
      // --help and usage errors shouldn't wait for the engine to load.
      const [{ planMeshJob, runMeshJob }, { describeMeshing }] = await Promise.all([
        import('../../engine/job/mesh-job'),
        import('../describe-meshing'),
      ]);
      await remote?.prepare();
      const plan = await planMeshJob({ ...asked, dataset: folder }, remote);
      if (dryRun)
        return { report: { event: 'plan', mesh: plan.mesh }, described: await describeMeshing(plan) };
      const summary = await runMeshJob(plan, {
        ...mode,
        ...(remote === undefined ? {} : { remote }),
        workerFile,
        signal,
        emit,
      });
      const { segments = 0, meshedSegments = 0 } = summary;
      return {
        summary,
        made: `meshes of ${formatCount(meshedSegments)} of ${counted(segments, 'segment', formatCount)}`,
      };
    } finally {
      await close();
    }
  });
}
