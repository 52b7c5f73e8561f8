import { join, resolve } from 'node:path';
import { Option, type Command } from 'commander';
import { CONVERT_OPTIONS, parseConvertSpec, parseMeshSpec } from '../../../shared/api/job-spec';
import { isAddress } from '../../../shared/api/input-address';
import { filesIn } from '../../../shared/api/option';
import { counted } from '../../../shared/base/format-quantity';
import { InvalidInputError } from '../../../shared/base/errors';
import { folderOfInfo } from '../../base/folder-of-info';
import type { ClusterJob, ClusterOptions } from '../../engine/cluster/plan-cluster';
import { SCHEDULERS, type Scheduler } from '../../../shared/api/schedulers';
import { startCommand, writeScripts } from '../../engine/cluster/cluster-scripts';
import type { CommandContext } from '../command-context';
import { addOutputFlags, openOutput, splitOutputFlags, type OutputFlags } from '../conversion-output';
import { addOptionFlags } from '../option-flag';
import { parseFlags } from '../parse-flags';
import { requireUnits } from '../require-units';
import { runJob } from '../run-job';
import { withChoices } from '../with-choices';
import { z } from 'zod';

const flagsSchema = z.object({
  for: z.enum(SCHEDULERS).optional(),
  tasksPerPart: z.union([z.literal('auto'), z.coerce.number().pipe(z.int().min(1))]).default('auto'),
  overwrite: z.boolean().default(false),
  json: z.boolean().default(false),
});

type Flags = OutputFlags & Readonly<Record<string, unknown>>;

interface Request {
  readonly input: string;
  /** None where the dataset is there. */
  readonly output: string | undefined;
  readonly flags: Flags;
}

export function define(command: Command, context: CommandContext): void {
  command
    .argument('<input>', 'Folder of slices, a file, or an address, as all machines see it', folderOfInfo)
    .argument(
      '[output]',
      'Folder for the dataset that all machines share, or s3://BUCKET/PREFIX. Leave it out to make the meshes of the dataset INPUT',
    );
  addOptionFlags(command, CONVERT_OPTIONS);
  addOutputFlags(command);
  const flags = [
    withChoices(
      new Option(
        '--for <scheduler>',
        'Also write the script that starts the job with this scheduler: submit.sh, or job.yaml for Kubernetes.',
      ),
      SCHEDULERS,
    ),
    new Option(
      '--tasks-per-part <n|auto>',
      'Number of tasks in a part. auto makes parts of about a minute of work, and at most 1,000 of them.',
    ),
    new Option('--overwrite', 'Replace the dataset in the output folder once the new files are complete.'),
    new Option('--json', 'Print the plan as JSON.'),
  ];
  for (const flag of flags) command.addOption(flag.helpGroup('Job:'));
  command.action(async (input: string, output: string | undefined, given: Flags) => {
    const { for: scheduler, tasksPerPart, overwrite, json, ...flags } = given;
    const own = parseFlags(flagsSchema, { for: scheduler, tasksPerPart, overwrite, json });
    process.exitCode = await plan({ input, output, flags }, own, context);
  });
}

type PlanFlags = z.output<typeof flagsSchema>;

/** A job that was planned, and what its processes need to read. */
interface Planned extends ClusterJob {
  /** The folder that all machines share. */
  readonly folder: string;
  readonly inputs: readonly string[];
}

function plan(request: Request, own: PlanFlags, { programFolder, signal }: CommandContext): Promise<number> {
  const { for: scheduler, tasksPerPart, overwrite, json } = own;
  return runJob(json, async (emit) => {
    const options: ClusterOptions = {
      overwrite,
      tasksPerPart: tasksPerPart === 'auto' ? undefined : tasksPerPart,
      emit,
    };
    const planned =
      request.output === undefined
        ? await planMeshing(request, options, signal)
        : await planConversion({ ...request, output: request.output }, options, signal);
    const { folder, shareOut, inputs } = planned;
    const program = { node: process.execPath, cli: join(programFolder, 'cli.js') };
    const script =
      scheduler && (await writeScripts(scheduler, { output: folder, shareOut, inputs, program }));
    return {
      report: {
        event: 'planned',
        output: folder,
        ...shareOut,
        ...(planned.isContinued ? { continued: true } : {}),
        ...(script === undefined ? {} : { script }),
      },
      described: describe(planned, script, scheduler),
    };
  });
}

async function planConversion(
  { input, output, flags }: Request & { readonly output: string },
  options: ClusterOptions,
  signal: AbortSignal,
): Promise<Planned> {
  const { ofOutput, options: given } = splitOutputFlags(flags, [input, output]);
  requireUnits(given);
  const asked = parseConvertSpec({
    kind: 'convert',
    input: absolute(input),
    output: isAddress(output) ? '.' : resolve(output),
    ...given,
  });
  requireSharedFolder(output, ofOutput);
  const { folder, remote, close } = await openOutput(output, ofOutput, { ...given, dryRun: false }, signal);
  try {
    const { planConversion } = await import('../../engine/job/conversion-plan');
    const { planConversionForCluster } = await import('../../engine/cluster/plan-cluster');
    const conversion = await planConversion(
      { ...asked, output: resolve(folder) },
      { isForCluster: true, access: ofOutput.access },
    );
    await remote?.prepare();
    const job = await planConversionForCluster(conversion, options, remote);
    const files = filesIn(CONVERT_OPTIONS, asked).map(([, path]) => path);
    const inputs = isAddress(asked.input) ? files : [asked.input, ...files];
    return { folder: resolve(folder), ...job, inputs };
  } finally {
    await close();
  }
}

/** The meshes of an existing dataset. */
async function planMeshing(
  { input, flags }: Request,
  options: ClusterOptions,
  signal: AbortSignal,
): Promise<Planned> {
  const { ofOutput, options: given } = splitOutputFlags(flags, [input]);
  const asked = parseMeshSpec({ kind: 'mesh', dataset: isAddress(input) ? '.' : input, ...given });
  requireSharedFolder(input, ofOutput);
  const { folder, remote, close } = await openOutput(
    input,
    ofOutput,
    { dryRun: false, isInput: true },
    signal,
  );
  try {
    const { planMeshJob } = await import('../../engine/job/mesh-job');
    const { planMeshingForCluster } = await import('../../engine/cluster/plan-cluster');
    await remote?.prepare();
    const meshing = await planMeshJob({ ...asked, dataset: folder }, remote);
    const job = await planMeshingForCluster(meshing, options, remote);
    const inputs = filesIn(CONVERT_OPTIONS, asked).map(([, path]) => path);
    return { folder: meshing.output, ...job, inputs };
  } finally {
    await close();
  }
}

/** @throws InvalidInputError where machines would have nothing in common but the bucket */
function requireSharedFolder(output: string, { work }: Pick<OutputFlags, 'work'>): void {
  if (!isAddress(output) || work !== undefined) return;
  throw new InvalidInputError('The folder that the machines share is not known.', {
    remedy:
      'Give --work FOLDER: the state of the job is in it, and what waits to be sent or is read by later stages.',
    fields: { usage: true, options: ['work'] },
  });
}

/** What the command does that starts the job. */
const RUNS: Readonly<Record<Scheduler, string>> = {
  slurm: 'submits the job to Slurm',
  kubernetes: 'runs the job in Kubernetes',
  shell: 'runs the job with GNU parallel',
};

/** Paths have to be absolute, because other machines have another working folder. */
function absolute(input: string): string {
  return isAddress(input) ? input : resolve(input);
}

function describe(
  { folder: output, shareOut: { stages, workers }, isContinued }: Planned,
  script: string | undefined,
  scheduler: Scheduler | undefined,
): string {
  return [
    ...(isContinued ? [`${output}: the same job was begun there before. What is done of it is kept.`] : []),
    `${output}: a job of ${counted(stages.length, 'stage')}, for processes of ${counted(workers, 'worker')} each.`,
    ...stages.map(
      ({ name, tasks, parts }) => `  ${name}: ${counted(tasks, 'task')} in ${counted(parts, 'part')}`,
    ),
    script === undefined || scheduler === undefined
      ? `Run precomputed-studio work ${output} --stage STAGE --index PART for each part, stage by stage, and then precomputed-studio finish ${output}. Or run precomputed-studio work ${output} --any on each machine.`
      : `${startCommand(scheduler, script)} ${RUNS[scheduler]}.`,
  ].join('\n');
}
