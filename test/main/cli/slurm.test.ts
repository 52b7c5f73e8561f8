import { mkdir, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { writeSampleStack } from '../../../src/main/sources/sample';
import { describeWith } from '../../real-tool';
import { runCli } from '../../run-cli';
import { MAY_START_SLURM, SlurmCluster } from '../../slurm-cluster';
import { temporaryFolder } from '../../temporary-folder';
import { hashTree } from '../../tree-hash';

const OPTIONS = [
  ...['--resolution', '16,16,40', '--chunk-size', '32', '--scales', '2', '--mesh-block', '64'],
  ...['--components', '26', '--sharding', 'always', '--shard-size', '1MiB'],
];

function contract(): void {
  test('two nodes make what one process makes, though parts are stopped, requeued and missing, and a node is drained', async () => {
    const folder = await temporaryFolder();
    const [input, local, output, logs] = ['stack', 'local', 'dataset', 'logs'].map((name) =>
      join(folder, name),
    ) as [string, string, string, string];
    await mkdir(logs);
    await writeSampleStack(input, { size: [150, 140, 70], dataType: 'uint64', seed: 1 });
    const cluster = await SlurmCluster.start(join(folder, 'slurm'));
    onTestFinished(() => cluster.stop());
    const small = ['--workers', '1', '--memory', '500MiB', '--tasks-per-part', '4'];
    const planned = await runCli(['plan', input, output, ...OPTIONS, ...small, '--for', 'slurm']);
    expect([planned.code, planned.stderr]).toEqual([0, '']);
    await cluster.call('sh', '-c', `cd ${logs} && ${output}/.precomputed-studio/job/submit.sh --time=10`);

    const running = async (name: string): Promise<string> => {
      let ids: string[] = [];
      await cluster.until(async () => (ids = await cluster.jobs(name, 'R')).length > 0);
      return ids[0] ?? '';
    };
    const goOn = async (id: string): Promise<void> => {
      await cluster.until(async () => (await cluster.jobs('mesh-blocks', 'PD')).includes(id));
      // Slurm delays requeued jobs by two minutes.
      await cluster.call('scontrol', 'update', `jobid=${id}`, 'StartTime=now');
    };
    // The warning before the time limit: the part requeues itself.
    const stopped = await running('mesh-blocks');
    cluster.warn(stopped);
    await cluster.until(async () =>
      /Restarts=1/.test(await cluster.call('scontrol', 'show', 'job', stopped)),
    );
    const early = await runCli(['finish', output]);
    expect([early.code, early.stderr]).toEqual([1, expect.stringContaining('--array=')]);
    // A part is requeued by force while it runs tasks.
    const requeued = await running('mesh-blocks');
    await cluster.call('scontrol', 'requeue', requeued);
    await cluster.call('scontrol', 'update', 'nodename=n2', 'state=drain', 'reason=test');
    await goOn(stopped);
    await goOn(requeued);
    await cluster.until(async () => (await cluster.call('squeue', '-h')).trim() === '');

    const made = await runCli(['convert', input, local, ...OPTIONS, '--workers', '2']);
    expect(made.code).toBe(0);
    expect(await hashTree(output)).toBe(await hashTree(local));
    expect((await readdir(logs)).some((name) => name.startsWith('finish-'))).toBe(true);

    // Without a chain of stages.
    await cluster.call('scontrol', 'update', 'nodename=n2', 'state=resume');
    const together = join(folder, 'together');
    expect((await runCli(['plan', input, together, ...OPTIONS, ...small, '--for', 'slurm'])).code).toBe(0);
    await cluster.call(
      'sh',
      '-c',
      `cd ${logs} && ${together}/.precomputed-studio/job/submit.sh --time=10 --any=2`,
    );
    await cluster.until(async () => (await cluster.call('squeue', '-h')).trim() === '');
    expect(await hashTree(together)).toBe(await hashTree(local));
    expect((await readdir(logs)).filter((name) => name.startsWith('any-'))).toHaveLength(2);
  });
}

if (MAY_START_SLURM) describeWith('slurmctld', 'a job on Slurm', contract);
else describe.skip('a job on Slurm (skipped: only root may start it)', contract);
