import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { STATE_FOLDER } from '../../../src/main/engine/run/journal';
import { writeSampleStack } from '../../../src/main/sources/sample';
import { describeWith } from '../../real-tool';
import { runCli } from '../../run-cli';
import { startS3, storedObjects, SECRET_KEY } from '../../s3-server';
import { stoppingItself } from '../../stopping-itself';
import { temporaryFolder } from '../../temporary-folder';
import { textsBelow } from '../../texts-below';

const BUCKET = 'test-bucket';
const OPTIONS = [
  ...['--resolution', '16,16,40', '--chunk-size', '32', '--scales', '2', '--mesh-block', '32'],
  ...['--sharding', 'always', '--shard-size', '1MiB', '--workers', '1', '--memory', '500MiB'],
];

describeWith(
  'versitygw',
  'a job of several machines for a bucket',
  () => {
    test('makes the objects of one process, though a worker is killed; what they share is a folder', async () => {
      const { endpoint, client } = await startS3('versitygw');
      const folder = await temporaryFolder();
      const input = join(folder, 'stack');
      await writeSampleStack(input, { size: [70, 60, 40], dataType: 'uint64', seed: 1 });
      const to = (prefix: string): string[] => [`s3://${BUCKET}/${prefix}`, '--endpoint', endpoint];
      const unshared = await runCli(['plan', input, ...to('by-many'), '--create-bucket', ...OPTIONS]);
      expect([unshared.code, unshared.stderr]).toEqual([2, expect.stringContaining('--work FOLDER')]);
      const planned = await runCli([
        ...['plan', input, ...to('by-many'), '--create-bucket', '--work', join(folder, 'work')],
        ...[...OPTIONS, '--tasks-per-part', '1', '--json'],
      ]);
      expect([planned.code, planned.stderr]).toEqual([0, '']);
      const { output } = JSON.parse(planned.stdout) as { output: string };
      expect(await textsBelow(output)).not.toContain(SECRET_KEY);
      const any = ['work', output, '--any', '--lease', '1', '--json'];
      expect((await runCli(any, { env: stoppingItself('SIGKILL', 1) })).code).toBe(null);
      const early = await runCli(['finish', output]);
      expect([early.code, early.stderr]).toEqual([
        1,
        expect.stringMatching(/\d+ of \d+ tasks? missing: --array=/),
      ]);
      const [first, second] = await Promise.all([runCli([...any, '--finish']), runCli(any)]);
      expect([first.code, second.code]).toEqual([0, 0]);
      const alone = await runCli(['convert', input, ...to('by-one'), ...OPTIONS]);
      expect(alone.code).toBe(0);
      const made = await storedObjects(client, BUCKET, 'by-many');
      expect(made.has('info')).toBe(true);
      expect(made).toEqual(await storedObjects(client, BUCKET, 'by-one'));
      // All that is left here lets processes that a scheduler starts late end well.
      expect(await readdir(output, { recursive: true })).toEqual([
        STATE_FOLDER,
        join(STATE_FOLDER, 'arrived'),
      ]);
      for (const args of [any, ['finish', output, '--json']]) {
        const late = await runCli(args);
        expect([late.code, late.stdout]).toEqual([0, expect.stringContaining(`s3://${BUCKET}/by-many`)]);
      }
    });

    test('makes the meshes of a dataset there as one process does', async () => {
      const { endpoint, client } = await startS3('versitygw');
      const folder = await temporaryFolder();
      const input = join(folder, 'stack');
      await writeSampleStack(input, { size: [70, 60, 40], dataType: 'uint64', seed: 1 });
      const at = (prefix: string): string[] => [`s3://${BUCKET}/${prefix}`, '--endpoint', endpoint];
      const volume = ['--resolution', '16,16,40', '--chunk-size', '32', '--scales', '2', '--mesh', 'none'];
      for (const prefix of ['by-many', 'by-one']) {
        const made = await runCli(['convert', input, ...at(prefix), '--create-bucket', ...volume]);
        expect([made.code, made.stderr]).toEqual([0, '']);
      }
      const meshing = ['--mesh-block', '32', '--min-voxels', '20'];
      const unshared = await runCli(['plan', ...at('by-many'), ...meshing]);
      expect([unshared.code, unshared.stderr]).toEqual([2, expect.stringContaining('--work FOLDER')]);
      const work = ['--work', join(folder, 'work'), '--workers', '1', '--tasks-per-part', '1'];
      const planned = await runCli(['plan', ...at('by-many'), ...meshing, ...work, '--json']);
      expect([planned.code, planned.stderr]).toEqual([0, '']);
      const { output } = JSON.parse(planned.stdout) as { output: string };
      expect(await textsBelow(output)).not.toContain(SECRET_KEY);
      const any = ['work', output, '--any'];
      const both = await Promise.all([runCli([...any, '--finish']), runCli(any)]);
      expect(both.map(({ code }) => code)).toEqual([0, 0]);
      expect((await runCli(['mesh', ...at('by-one'), ...meshing])).code).toBe(0);
      const made = await storedObjects(client, BUCKET, 'by-many');
      expect(made.get('mesh/info')).toBeDefined();
      expect(made).toEqual(await storedObjects(client, BUCKET, 'by-one'));
    });
  },
  true,
);
