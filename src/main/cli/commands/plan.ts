import { join, resolve } from 'node:path';
import { Option, type Command } from 'commander';
import { CONVERT_OPTIONS, parseConvertSpec } from '../../../shared/api/job-spec';
import { isAddress } from '../../../shared/api/input-address';
import { filesIn } from '../../../shared/api/option';
import { formatCount } from '../../../shared/base/format-quantity';
import type { ShareOut } from '../../engine/cluster/share-out';
import { SCHEDULERS, writeScripts, type Scheduler } from '../cluster/cluster-scripts';
import type { CommandContext } from '../command-context';
import { addOptionFlags } from '../option-flag';
import { parseFlags } from '../parse-flags';
import { runJob } from '../run-job';
import { z } from 'zod';

const flagsSchema = z.object({
  for: z.enum(SCHEDULERS).optional(),
  tasksPerPart: z.union([z.literal('auto'), z.coerce.number().pipe(z.int().min(1))]).default('auto'),
  overwrite: z.boolean().default(false),
  json: z.boolean().default(false),
});

export function define(command: Command, { programFolder }: CommandContext): void {
  command
    .argument('<input>', 'Folder of slices, a file, or an address, as all machines see it')
    .argument('<output>', 'Folder for the dataset that all machines share');
  addOptionFlags(command, CONVERT_OPTIONS);
  const flags = [
    new Option(
      '--for <scheduler>',
      'Write what runs the job, in its folder: submit.sh, or job.yaml for Kubernetes.',
    ).choices(SCHEDULERS),
    new Option(
      '--tasks-per-part <n|auto>',
      'Tasks that a process does; auto: about a minute of work, 1,000 parts at the most.',
    ),
    new Option('--overwrite', 'Replace the dataset in the output folder once the new files are complete.'),
    new Option('--json', 'Print the plan as JSON.'),
  ];
  for (const flag of flags) command.addOption(flag.helpGroup('Job:'));
  command.action(async (input: string, output: string, given: Record<string, unknown>) => {
    const { for: scheduler, tasksPerPart, overwrite, json, ...options } = given;
    const own = parseFlags(flagsSchema, { for: scheduler, tasksPerPart, overwrite, json });
    process.exitCode = await plan(input, output, options, own, join(programFolder, 'cli.js'));
  });
}

function plan(
  input: string,
  output: string,
  options: Readonly<Record<string, unknown>>,
  { for: scheduler, tasksPerPart, overwrite, json }: z.output<typeof flagsSchema>,
  cli: string,
): Promise<number> {
  return runJob(json, async (emit) => {
    const spec = parseConvertSpec({
      kind: 'convert',
      input: resolveInput(input),
      output: resolve(output),
      ...options,
    });
    const { planConversion } = await import('../../engine/conversion-plan');
    const { planForCluster } = await import('../../engine/cluster/plan-cluster');
    const conversion = await planConversion(spec);
    const shareOut = await planForCluster(conversion, {
      overwrite,
      tasksPerPart: tasksPerPart === 'auto' ? undefined : tasksPerPart,
      emit,
    });
    const script =
      scheduler &&
      (await writeScripts(scheduler, {
        output: spec.output,
        shareOut,
        inputs: [
          ...(isAddress(spec.input) ? [] : [spec.input]),
          ...filesIn(CONVERT_OPTIONS, spec).map(([, path]) => path),
        ],
        node: process.execPath,
        cli,
      }));
    return {
      report: {
        event: 'planned',
        output: spec.output,
        ...shareOut,
        ...(script === undefined ? {} : { script }),
      },
      described: describe(spec.output, shareOut, script, scheduler),
    };
  });
}

/** How a script starts the job. */
const START: Readonly<Record<Scheduler, (script: string) => string>> = {
  slurm: (script) => `${script} submits the job to Slurm.`,
  kubernetes: (script) => `kubectl apply -f ${script} does the job in Kubernetes.`,
  shell: (script) => `${script} does the job by GNU parallel.`,
};

function counted(count: number, what: string): string {
  return `${formatCount(count)} ${what}${count === 1 ? '' : 's'}`;
}

/** Paths have to be absolute, because other machines have another working folder. */
function resolveInput(input: string): string {
  return isAddress(input) ? input : resolve(input);
}

function describe(
  output: string,
  { stages, workers }: ShareOut,
  script: string | undefined,
  scheduler: Scheduler | undefined,
): string {
  return [
    `${output}: a job of ${stages.length} stages, for processes of ${counted(workers, 'worker')} each.`,
    ...stages.map(
      ({ name, tasks, parts }) => `  ${name}: ${counted(tasks, 'task')} in ${counted(parts, 'part')}`,
    ),
    script === undefined || scheduler === undefined
      ? `Run precomputed-studio work ${output} --stage STAGE --index PART for each part, stage by stage, then finish; or work ${output} --any on each machine.`
      : START[scheduler](script),
  ].join('\n');
}
