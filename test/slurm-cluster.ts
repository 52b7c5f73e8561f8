/** Slurm with two nodes of one core on this machine, as Debian packages it. It is started as root. */
import { execFile, execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { freePort } from './free-port';

const run = promisify(execFile);
const MUNGE_KEY = '/etc/munge/munge.key';
const MUNGE_FOLDER = '/run/munge';

/** Whether this process may start Slurm. */
export const MAY_START_SLURM = process.getuid?.() === 0;

export class SlurmCluster {
  private constructor(
    private readonly folder: string,
    readonly env: NodeJS.ProcessEnv,
  ) {}

  /** @param folder the folder for its state and logs */
  static async start(folder: string): Promise<SlurmCluster> {
    await startMunge();
    await mkdir(join(folder, 'state'), { recursive: true });
    const configuration = join(folder, 'slurm.conf');
    const ports = [await freePort(), await freePort(), await freePort()] as const;
    await writeFile(configuration, slurmConfiguration(folder, hostname().split('.')[0] ?? '', ports));
    const env = { ...process.env, SLURM_CONF: configuration, PATH: `${process.env['PATH']}:/usr/sbin` };
    const cluster = new SlurmCluster(folder, env);
    try {
      await cluster.begin(configuration);
    } catch (error) {
      await cluster.stop();
      throw error;
    }
    return cluster;
  }

  private async begin(configuration: string): Promise<void> {
    const { env } = this;
    await run('slurmctld', ['-f', configuration], { env });
    for (const node of ['n1', 'n2']) await run('slurmd', ['-N', node, '-f', configuration], { env });
    await this.until(async () => (await this.call('sinfo', '-h', '-t', 'idle', '-o', '%D')).trim() === '2');
  }

  /** Ends all of its programs. */
  async stop(): Promise<void> {
    for (const name of ['slurmd-n1', 'slurmd-n2', 'slurmctld']) {
      const pid = await readFile(join(this.folder, `${name}.pid`), 'utf8').catch(() => undefined);
      if (pid !== undefined) process.kill(Number(pid), 'SIGTERM');
    }
  }

  async call(program: string, ...args: string[]): Promise<string> {
    return (await run(program, args, { env: this.env })).stdout;
  }

  /** Returns the ids of jobs with a name that are in one of Slurm's states, such as R. */
  async jobs(name: string, state: string): Promise<string[]> {
    const ids = await this.call('squeue', '-h', '-r', '-n', name, '-t', state, '-o', '%i');
    return ids.split('\n').filter((id) => id !== '');
  }

  /**
   * Sends a job's script the signal that precedes its time limit, and waits until the job is in the queue again. The
   * program that sends the signal is ended then. Otherwise it would send the signal again when the job goes on.
   */
  async warn(id: string): Promise<void> {
    const { env } = this;
    const sending = execFile('scancel', ['--signal=TERM', '--batch', id], { env }, () => undefined);
    await this.until(async () => /Restarts=1/.test(await this.call('scontrol', 'show', 'job', id)));
    sending.kill();
  }

  async until(isSo: () => boolean | Promise<boolean>): Promise<void> {
    while (!(await isSo())) await sleep(100);
  }
}

/** Starts munge unless it is already running. It serves the whole machine and isn't stopped. */
async function startMunge(): Promise<void> {
  if (await answers('munge', '-n')) return;
  if (!existsSync(MUNGE_KEY)) {
    await run('dd', ['if=/dev/urandom', `of=${MUNGE_KEY}`, 'bs=1024', 'count=1']);
    await run('chown', ['munge:munge', MUNGE_KEY]);
    await run('chmod', ['400', MUNGE_KEY]);
  }
  await run('install', ['-d', '-o', 'munge', '-g', 'munge', MUNGE_FOLDER]);
  execFileSync('setpriv', ['--reuid=munge', '--regid=munge', '--clear-groups', 'munged'], {
    env: { ...process.env, PATH: `${process.env['PATH']}:/usr/sbin` },
  });
}

async function answers(program: string, ...args: string[]): Promise<boolean> {
  return run(program, args).then(
    () => true,
    () => false,
  );
}

function slurmConfiguration(folder: string, host: string, [controller, ...nodes]: readonly number[]): string {
  return `ClusterName=test
SlurmctldHost=${host}(127.0.0.1)
SlurmUser=root
SlurmdUser=root
AuthType=auth/munge
CryptoType=crypto/munge
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
JobAcctGatherType=jobacct_gather/none
AccountingStorageType=accounting_storage/none
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU
SchedulerParameters=batch_sched_delay=0,sched_interval=1
ReturnToService=2
SlurmdParameters=config_overrides
KillWait=5
StateSaveLocation=${folder}/state
SlurmdSpoolDir=${folder}/spool-%n
SlurmctldPidFile=${folder}/slurmctld.pid
SlurmdPidFile=${folder}/slurmd-%n.pid
SlurmctldLogFile=${folder}/slurmctld.log
SlurmdLogFile=${folder}/slurmd-%n.log
SlurmctldPort=${controller}
${nodes.map((port, i) => `NodeName=n${i + 1} NodeHostname=${host} NodeAddr=127.0.0.1 Port=${port} CPUs=1 RealMemory=8000`).join('\n')}
PartitionName=all Nodes=n[1-2] Default=YES MaxTime=INFINITE State=UP
`;
}
