import { mkdir, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { describeWith } from '../../real-tool';
import { runCli } from '../../run-cli';
import { MAY_START_SLURM, SlurmCluster } from '../../slurm-cluster';
import { temporaryFolder } from '../../temporary-folder';
import { hashTree } from '../../tree-hash';
import { startWithheldInput } from '../../withheld-input';

const OPTIONS = [
  ...['--resolution', '16,16,40', '--chunk-size', '16', '--scales', '2', '--mesh-block', '64'],
  ...['--components', '26', '--sharding', 'always', '--shard-size', '1MiB'],
];
/** With so little memory, each task of the first stage reads a few slices. The stage has two parts. */
const PARTS = ['--workers', '1', '--memory', '386MiB', '--tasks-per-part', '5'];
/** Returns the ids of a few segments, some of which have two components. */
const label = (x: number, y: number, z: number): bigint => 2n ** 60n + BigInt((x >> 5) * (y >> 5) + (z >> 6));

function contract(): void {
  test('two nodes make what one process makes, though parts are stopped, requeued and missing, and a node is drained', async () => {
    const folder = await temporaryFolder();
    const [local, output, logs] = ['local', 'dataset', 'logs'].map((name) => join(folder, name)) as [
      string,
      string,
      string,
    ];
    await mkdir(logs);
    const input = await startWithheldInput(label);
    const cluster = await SlurmCluster.start(join(folder, 'slurm'));
    onTestFinished(() => cluster.stop());
    const submit = async (dataset: string, flags: string): Promise<void> => {
      const planned = await runCli(['plan', input.address, dataset, ...OPTIONS, ...PARTS, '--for', 'slurm']);
      expect([planned.code, planned.stderr]).toEqual([0, '']);
      await cluster.call('sh', '-c', `cd ${logs} && ${dataset}/.precomputed-studio/job/submit.sh ${flags}`);
    };
    const allDone = () => cluster.until(async () => (await cluster.call('squeue', '-h')).trim() === '');
    // Each node waits in the first task of its part.
    input.withholdFrom(0);
    await submit(output, '--time=10');
    await cluster.until(() => input.held() >= 2);
    const [requeued = '', stopped = ''] = (await cluster.jobs('components', 'R')).sort();
    // The warning before the time limit: the part requeues itself. It is the last one, whose id is also that of the array.
    await cluster.warn(stopped);
    expect(await cluster.jobs('components', 'R')).toEqual([requeued]);
    await cluster.call('scontrol', 'requeue', requeued);
    await cluster.call('scontrol', 'update', 'nodename=n2', 'state=drain', 'reason=test');
    const early = await runCli(['finish', output]);
    expect([early.code, early.stderr]).toEqual([1, expect.stringContaining('--array=')]);
    input.release();
    for (const part of [stopped, requeued]) {
      await cluster.until(async () => (await cluster.jobs('components', 'PD')).includes(part));
      // Slurm delays requeued jobs by two minutes.
      await cluster.call('scontrol', 'update', `jobid=${part}`, 'StartTime=now');
    }
    const made = runCli(['convert', input.address, local, ...OPTIONS, '--workers', '2']);
    await allDone();
    expect((await made).code).toBe(0);
    expect(await hashTree(output)).toBe(await hashTree(local));
    expect((await readdir(logs)).some((name) => name.startsWith('finish-'))).toBe(true);

    // Without a chain of stages.
    await cluster.call('scontrol', 'update', 'nodename=n2', 'state=resume');
    const together = join(folder, 'together');
    await submit(together, '--time=10 --any=2');
    await allDone();
    expect(await hashTree(together)).toBe(await hashTree(local));
    expect((await readdir(logs)).filter((name) => name.startsWith('any-'))).toHaveLength(2);
  });
}

if (MAY_START_SLURM) describeWith('slurmctld', 'a job on Slurm', contract);
else describe.skip('a job on Slurm (skipped: only root may start it)', contract);
