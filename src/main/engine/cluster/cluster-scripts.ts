import { chmod, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import type { Scheduler } from '../../../shared/api/schedulers';
import { fileError } from '../../base/file-error';
import type { SharedStage } from './share-out';
import { JOB_FOLDER } from '../run/journal';
import { shellWord } from '../../base/run-script';
import { kubernetesJob } from './kubernetes-job';
import { commandOf, memoryMiBOf, type ScriptRequest } from './script-request';

/**
 * Writes the scripts into the job's folder.
 * @returns the path of the script that starts the job
 */
export async function writeScripts(scheduler: Scheduler, request: ScriptRequest): Promise<string> {
  const folder = join(resolve(request.output), JOB_FOLDER);
  const submit = join(folder, scheduler === 'kubernetes' ? 'job.yaml' : 'submit.sh');
  if (scheduler === 'kubernetes') await writeText(submit, kubernetesJob(request));
  else if (scheduler === 'slurm') {
    const part = join(folder, 'part.sh');
    await writeScript(part, slurmPart(request));
    await writeScript(submit, slurmSubmit(request, part));
  } else await writeScript(submit, shellScript(request));
  return submit;
}

/** Returns the command that starts the job. */
export function startCommand(scheduler: Scheduler, script: string): string {
  return scheduler === 'kubernetes' ? `kubectl apply -f ${shellWord(script)}` : shellWord(script);
}

function writeScript(path: string, text: string): Promise<void> {
  return writeText(path, text, 0o755);
}

async function writeText(path: string, text: string, mode = 0o644): Promise<void> {
  try {
    await writeFile(path, text);
    await chmod(path, mode);
  } catch (error) {
    throw fileError('write', path, error);
  }
}

/**
 * Slurm's warning before the time limit goes to the shell (--signal=B:TERM), which handles it only while it waits.
 * The second `wait` returns the program's own exit code. Node is never started through npx, which would end without
 * waiting for it.
 */
function slurmPart({ output, program }: ScriptRequest): string {
  return `#!/bin/bash
# Does one part of a stage, by the index of the array; any parts, where --any is given; or finishes the job, without either.
case "\${1-}" in
  '') arguments=(finish ${shellWord(output)}) ;;
  --any) arguments=(work ${shellWord(output)} --any); if [ "$SLURM_ARRAY_TASK_ID" = 0 ]; then arguments+=(--finish); fi ;;
  *) arguments=(work ${shellWord(output)} --stage "$1") ;;
esac
${commandOf(program)} "\${arguments[@]}" &
child=$!
trap 'kill -TERM "$child"' TERM
wait "$child"
wait "$child"
code=$?
# Stopped by the warning before the time limit (143: before it could listen): what is done is kept, and the rest waits in
# the queue. After scancel the job isn't running any more, and nothing continues. The last part's own id is that of the whole
# array, whose other parts may still be running.
job="\${SLURM_ARRAY_TASK_ID:+\${SLURM_ARRAY_JOB_ID}_$SLURM_ARRAY_TASK_ID}"
job="\${job:-$SLURM_JOB_ID}"
if { [ "$code" -eq 130 ] || [ "$code" -eq 143 ]; } && scontrol show job "$job" | grep -q 'JobState=RUNNING'; then
  scontrol requeue "$job"
fi
exit "$code"
`;
}

function slurmSubmit({ output, shareOut }: ScriptRequest, part: string): string {
  const memoryMiB = memoryMiBOf(shareOut);
  const last = shareOut.stages.map(
    (stage, i) =>
      `last=$(submit ${i === 0 ? '' : '--dependency="afterok:$last" '}--job-name=${shellWord(stage.name)} --output='%x-%A_%a.out' --array=0-${stage.parts - 1} ${shellWord(part)} ${shellWord(stage.name)})`,
  );
  return `#!/bin/bash
# Submits the job in ${comment(output)} to Slurm: each stage begins when the one before it is done.
# Further options of sbatch hold for all of it: submit.sh --partition=long --account=lab --time=12:00:00
# submit.sh --any=8 submits eight processes instead that do any parts until all is done, without a wait between the stages.
set -euo pipefail
any=
options=(--requeue --open-mode=append --kill-on-invalid-dep=yes --signal=B:TERM@60 --nodes=1 --ntasks=1
  --cpus-per-task=${shareOut.workers} --mem=${memoryMiB}M --time=04:00:00)
for option in "$@"; do
  case "$option" in
    --any=[1-9]*) any=\${option#--any=} ;;
    --any*) echo "$option needs the number of processes, such as --any=8." >&2; exit 2 ;;
    *) options+=("$option") ;;
  esac
done
submit() { sbatch --parsable "\${options[@]}" "$@" | cut -d';' -f1; }
if [ -n "$any" ]; then
  last=$(submit --job-name=any --output='%x-%A_%a.out' --array="0-$((any - 1))" ${shellWord(part)} --any)
  echo "The dataset is complete when job $last is done."
  exit
fi
${last.join('\n')}
last=$(submit --dependency="afterok:$last" --job-name=finish --output='%x-%j.out' ${shellWord(part)})
echo "The dataset is complete when job $last is done."
`;
}

function shellScript({ output, shareOut, program }: ScriptRequest): string {
  const run = commandOf(program);
  const stages = shareOut.stages.map(
    (stage) =>
      `${parallelOf(stage)} ${run} work ${shellWord(output)} --stage ${shellWord(stage.name)} --index {}`,
  );
  return `#!/bin/bash
# Does the job in ${comment(output)} by GNU parallel, stage by stage.
# Options of parallel may be given: submit.sh --jobs 4 --sshlogin host1,host2
set -euo pipefail
${stages.join('\n')}
${run} finish ${shellWord(output)}
`;
}

function parallelOf({ parts }: SharedStage): string {
  return `seq 0 ${parts - 1} | parallel --halt soon,fail=1 --retries 2 --quote "$@"`;
}

function comment(text: string): string {
  return text.replaceAll(/[\r\n]/g, ' ');
}
