import { basename, dirname, resolve } from 'node:path';
import { isInside } from '../../base/path-door';
import { shellWord } from '../../base/run-script';
import { commandOf, memoryMiBOf, type ScriptRequest } from './script-request';

/** The number of processes at a time, for stages with at least as many parts. The user can change it in the file. */
const MOST_PODS = 32;

/**
 * Makes an Indexed Job (batch/v1) in which every process does any parts that are left, stage by stage (`work --any`),
 * and process 0 completes the dataset. With one Job per stage, someone would have to start each Job after the
 * previous one: Jobs can't wait for each other, and pods that wait for others occupy the resources that these need.
 *
 * The folders are mounted from the nodes, on which they must all have the same paths.
 */
export function kubernetesJob(request: ScriptRequest): string {
  const { output, shareOut, program } = request;
  const processes = Math.min(MOST_PODS, Math.max(...shareOut.stages.map(({ parts }) => parts)));
  const folders = foldersOf(request);
  const mounts = folders.map((path, i) => `            - { name: folder-${i}, mountPath: ${quoted(path)} }`);
  const volumes = folders.map(
    (path, i) => `        - { name: folder-${i}, hostPath: { path: ${quoted(path)} } }`,
  );
  const finish = 'if [ "$JOB_COMPLETION_INDEX" = 0 ]; then set -- --finish; fi';
  // The image has a Node of its own.
  const command = commandOf(program && { ...program, node: 'node' });
  const script = `${finish}; exec ${command} work ${shellWord(resolve(output))} --any "$@"`;
  return `# Does the job in ${output.replaceAll(/[\r\n]/g, ' ')}. To begin: kubectl apply -f job.yaml
# Change completions and parallelism together for another number of processes; hostPath to a persistentVolumeClaim where
# the folders are on one.
apiVersion: batch/v1
kind: Job
metadata:
  name: ${jobName(output)}
spec:
  completionMode: Indexed
  completions: ${processes}
  parallelism: ${processes}
  backoffLimitPerIndex: 6
  template:
    spec:
      restartPolicy: Never
      terminationGracePeriodSeconds: 60
      containers:
        - name: work
          image: node:${process.versions.node.split('.')[0]}
          command: [sh, -c, ${quoted(script)}]
          resources:
            requests: { cpu: ${shareOut.workers}, memory: ${memoryMiBOf(shareOut)}Mi }
            limits: { memory: ${memoryMiBOf(shareOut)}Mi }
          volumeMounts:
${mounts.join('\n')}
      volumes:
${volumes.join('\n')}
`;
}

/** Returns the folders that all processes need, without duplicates. */
function foldersOf({ output, inputs, program }: ScriptRequest): string[] {
  // The program is in out/main, and node_modules is next to out.
  const ofProgram = program === undefined ? [] : [dirname(dirname(dirname(program.cli)))];
  const all = [...ofProgram, resolve(output), ...inputs.map((path) => resolve(path))];
  return all.filter((path, at) => {
    const others = all.filter((other, i) => other !== path || i < at);
    return !isInside(path, others);
  });
}

/** Makes a name that Kubernetes accepts (RFC 1123), short enough to append the index. */
function jobName(output: string): string {
  const name = basename(resolve(output))
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '-');
  return `convert-${name.slice(0, 40)}`.replace(/-+$/, '');
}

/** Every JSON string is also a YAML string. */
function quoted(text: string): string {
  return JSON.stringify(text);
}
