import { join } from 'node:path';
import { expect, test, vi } from 'vitest';
import { namesIn } from '../../../src/main/base/names-in';
import { startFaultyProxy } from '../../faulty-proxy';
import { writeTiffStack } from '../../fixtures/tiff-stack';
import { labelVolume } from '../../fixtures/volumes';
import { describeWith } from '../../real-tool';
import { runCli } from '../../run-cli';
import { stoppingItself } from '../../stopping-itself';
import { SECRET_KEY, startS3, storedObjects, useCredentials } from '../../s3-server';
import { temporaryFolder } from '../../temporary-folder';
import { textsBelow } from '../../texts-below';
import { startWithheldInput } from '../../withheld-input';
import { startStudio } from './start-studio';

/** The credentials of the server, as they are typed in. */
const secret = { kind: 's3', accessKeyId: 'test-access', secretAccessKey: SECRET_KEY } as const;

const ADDRESS = 's3://cells-bucket/made/cells';

function writeStack(folder: string): Promise<void> {
  return writeTiffStack(join(folder, 'stack'), labelVolume('uint64', [53, 37, 41]), { rowsPerStrip: 16 });
}

async function startWithStack() {
  const [home, folder] = [await temporaryFolder(), await temporaryFolder()];
  await writeStack(folder);
  return { home, folder, ...(await startStudio(home, folder)) };
}

function specOf(folder: string, output = ADDRESS) {
  return {
    kind: 'convert',
    input: join(folder, 'stack'),
    output,
    resolution: '16,16,40',
    chunkSize: '16',
    scales: '2',
    mesh: 'none',
  };
}

test('a server that fails is asked once while the user waits for the answer', async () => {
  useCredentials({ AWS_ACCESS_KEY_ID: 'test-access', AWS_SECRET_ACCESS_KEY: SECRET_KEY });
  const { endpoint, requests } = await startFaultyProxy('http://127.0.0.1:1', 1, ['slow-down']);
  const { folder, client } = await startWithStack();
  await client.publish.saveTarget({ name: 'store', spec: { address: 's3://cells-bucket/x', endpoint } });
  const adding = client.jobs.add({ spec: specOf(folder), target: 'store', mode: 'new' });
  await expect(adding).rejects.toMatchObject({ fields: { throttled: true } });
  // Its bucket is asked for in the two ways that different rights allow.
  expect(requests()).toBe(2);
});

describeWith(
  'versitygw',
  'a conversion into a bucket',
  () => {
    test('is reached as a target is, leaves nothing here, and is continued after the program was closed', async () => {
      const { endpoint, client: s3 } = await startS3('versitygw');
      // Only the credentials that are typed in are valid.
      useCredentials({});
      const { home, folder, client, studio } = await startWithStack();
      const target = 'store';
      const spec = { address: 's3://cells-bucket/made/{name}', endpoint, region: 'eu-test-1' };
      await client.publish.saveTarget({ name: target, spec });
      const request = { spec: specOf(folder), target };
      await expect(client.plan(request)).rejects.toMatchObject({
        fields: { code: 'CredentialsProviderError' },
      });
      await client.publish.saveSecret({ name: target, secret, keep: false });
      await expect(client.plan(request)).rejects.toMatchObject({ fields: { code: 'NoSuchBucket' } });
      await client.publish.createBucket({ spec, name: target });
      expect(await client.plan(request)).toMatchObject({ outputState: 'free' });

      const { id } = await client.jobs.add({ ...request, mode: 'new' });
      await studio.close();
      const again = await startStudio(home, folder);
      await again.client.publish.saveSecret({ name: target, secret, keep: false });
      await again.client.jobs.resume({ id });
      expect(await again.ended(id)).toMatchObject({
        state: 'done',
        name: 'cells',
        output: ADDRESS,
        bucket: { target, url: `${endpoint}/cells-bucket/made/cells` },
        summary: { scales: 2 },
      });
      const objects = await storedObjects(s3, 'cells-bucket', 'made/cells');
      expect([...objects.keys()]).toContain('info');
      expect(objects.size).toBeGreaterThan(20);
      expect(await namesIn(join(home, 'work'))).toEqual([]);
      expect(await textsBelow(home, folder)).not.toContain(SECRET_KEY);
      expect(again.studio.settings.libraryFolders).toEqual([]);
    });

    test('is continued from its work folder, with the bucket, after its job was removed from the queue', async () => {
      const { endpoint, client: s3 } = await startS3('versitygw');
      // Here the program's own folder is in a folder that may be used, as it is in a user's home.
      const parent = await temporaryFolder();
      const home = join(parent, 'home');
      const { client, studio, ended } = await startStudio(home, parent);
      const target = 'store';
      const spec = { address: 's3://cells-bucket/x', endpoint };
      await client.publish.saveTarget({ name: target, spec });
      await client.publish.createBucket({ spec });
      const { address: input, withhold, release } = await startWithheldInput();
      const waits = withhold();
      const job = { kind: 'convert', input, output: ADDRESS, mesh: 'none' };
      const { id } = await client.jobs.add({ spec: job, target, mode: 'new' });
      await waits;
      const [folder = ''] = await namesIn(join(home, 'work'));
      const path = join(home, 'work', folder);
      await expect(client.library.discard({ path })).rejects.toThrow('running');
      await client.jobs.cancel({ id });
      await expect.poll(() => studio.jobs.list()[0]?.state).toBe('cancelled');
      await client.jobs.remove({ id });
      // Nothing that is left is out of sight.
      expect(await client.library.unfinished()).toMatchObject([
        { path, name: 'cells', destination: ADDRESS },
      ]);
      expect(await client.library.datasets()).toEqual([]);
      release();
      const { client: stranger } = await startStudio(join(parent, 'other'), parent);
      await expect(stranger.library.resume({ path, input })).rejects.toThrow(`for ${ADDRESS}, isn't known`);
      const again = await client.library.resume({ path });
      expect(await ended(again.id)).toMatchObject({ state: 'done', output: ADDRESS, bucket: { target } });
      expect([...(await storedObjects(s3, 'cells-bucket', 'made/cells')).keys()]).toContain('info');
      expect(await namesIn(join(home, 'work'))).toEqual([]);
    });

    test('of whose dataset the command line makes meshes is shown with its address, and left to it', async () => {
      const { endpoint, client: s3 } = await startS3('versitygw');
      const folder = await temporaryFolder();
      await writeStack(folder);
      const home = join(folder, 'home');
      const work = join(home, 'work');
      const to = [ADDRESS, '--endpoint', endpoint, '--work', work, '--workers', '1'];
      const small = ['--resolution', '16,16,40', '--chunk-size', '16', '--scales', '1', '--mesh', 'none'];
      const converted = await runCli(['convert', join(folder, 'stack'), ...to, '--create-bucket', ...small]);
      expect([converted.code, converted.stderr]).toEqual([0, '']);
      const volume = await storedObjects(s3, 'cells-bucket', 'made/cells');
      const mesh = ['mesh', ...to, '--mesh-block', '32', '--json'];
      expect((await runCli(mesh, { env: stoppingItself('SIGKILL', 1) })).code).toBe(null);
      const [name = ''] = await namesIn(work);
      const path = join(work, name);

      const { client } = await startStudio(home, folder);
      expect(await client.library.unfinished()).toMatchObject([
        { path, name: 'cells', kind: 'mesh', destination: ADDRESS, isBesideDataset: false },
      ]);
      const elsewhere = { remedy: expect.stringContaining(`mesh ${ADDRESS} --resume`) as string };
      await expect(client.library.resume({ path })).rejects.toMatchObject(elsewhere);
      await client.library.discard({ path, forever: true });
      expect(await namesIn(work)).toEqual([]);
      // Neither meshes nor the claim of the job are left.
      expect(await storedObjects(s3, 'cells-bucket', 'made/cells')).toEqual(volume);
    });

    test('of the command line leaves nothing in the bucket when it is discarded', async () => {
      const { endpoint, client: s3 } = await startS3('versitygw');
      const [home, folder] = [await temporaryFolder(), await temporaryFolder()];
      await writeStack(folder);
      const work = join(home, 'work');
      const to = [ADDRESS, '--endpoint', endpoint, '--work', work, '--create-bucket', '--workers', '1'];
      const small = [
        '--resolution',
        '16,16,40',
        '--chunk-size',
        '16',
        '--mesh',
        'none',
        '--memory',
        '200MiB',
      ];
      const convert = ['convert', join(folder, 'stack'), ...to, ...small, '--json'];
      expect((await runCli(convert, { env: stoppingItself('SIGKILL', 1) })).code).toBe(null);
      expect((await storedObjects(s3, 'cells-bucket', 'made/cells')).size).toBeGreaterThan(2);
      const { client } = await startStudio(home, folder);
      const [{ path, destination } = { path: '' }] = await client.library.unfinished();
      expect(destination).toBe(ADDRESS);
      await client.library.discard({ path, forever: true });
      expect([...(await storedObjects(s3, 'cells-bucket', 'made/cells')).keys()]).toEqual([]);
      expect(await namesIn(work)).toEqual([]);
    });

    test('is not discarded while the command line works on it', async () => {
      const { endpoint, client: s3 } = await startS3('versitygw');
      const parent = await temporaryFolder();
      const home = join(parent, 'home');
      const { client } = await startStudio(home, parent);
      const { address: input, withhold, release } = await startWithheldInput();
      const to = ['--endpoint', endpoint, '--work', join(home, 'work'), '--create-bucket'];
      const waits = withhold();
      const running = runCli(['convert', input, ADDRESS, ...to, '--mesh', 'none', '--workers', '1']);
      await waits;
      const [{ path } = { path: '' }] = await client.library.unfinished();
      await expect(client.library.discard({ path, forever: true })).rejects.toThrow('is writing to');
      release();
      expect((await running).code).toBe(0);
      const keys = [...(await storedObjects(s3, 'cells-bucket', 'made/cells')).keys()];
      expect(keys).toContain('info');
      expect(keys.filter((key) => key.startsWith('precomputed-studio-claims/'))).toEqual([]);
    });

    test('stays when it is discarded while the bucket is out of reach, unless that is to be done here only', async () => {
      const { endpoint, client: s3, stop } = await startS3('versitygw');
      const { home, client, studio } = await startWithStack();
      const work = join(home, 'work');
      const target = 'store';
      const spec = { address: 's3://cells-bucket/x', endpoint };
      await client.publish.saveTarget({ name: target, spec });
      await client.publish.createBucket({ spec });
      const { address: input, withhold } = await startWithheldInput();
      const waits = withhold();
      const job = { kind: 'convert', input, output: ADDRESS, mesh: 'none' };
      const { id } = await client.jobs.add({ spec: job, target, mode: 'new' });
      await waits;
      await client.jobs.cancel({ id });
      await expect.poll(() => studio.jobs.list()[0]?.state).toBe('cancelled');
      const [claim = ''] = (await storedObjects(s3, 'cells-bucket', 'made/cells')).keys();
      expect(claim).toContain('precomputed-studio-claims/');
      const [{ path } = { path: '' }] = await client.library.unfinished();
      const containing = (text: string): unknown => expect.stringContaining(text);

      useCredentials({});
      await expect(client.library.discard({ path, forever: true })).rejects.toMatchObject({
        message: containing(`sent to ${ADDRESS} could not be removed`),
        remedy: containing('AWS_ACCESS_KEY_ID'),
        fields: { code: 'not-withdrawn' },
      });
      useCredentials({ AWS_ACCESS_KEY_ID: 'test-access', AWS_SECRET_ACCESS_KEY: SECRET_KEY });
      await stop();
      await expect(client.library.discard({ path, forever: true })).rejects.toMatchObject({
        message: containing('nothing answers at that address and port'),
        remedy: containing(`leaves all that begins with ${ADDRESS}/ there`),
        fields: { code: 'not-withdrawn' },
      });
      // Nothing is lost that tells what is to be removed.
      expect(await client.library.unfinished()).toMatchObject([{ path, destination: ADDRESS }]);
      expect(studio.jobs.list()).toMatchObject([{ id, state: 'cancelled' }]);

      await client.library.discard({ path, forever: true, onlyHere: true });
      expect(await namesIn(work)).toEqual([]);
      expect(studio.jobs.list()).toEqual([]);
    });

    test('gets its meshes in a job of its own, with the credentials of a target, also after an interruption', async () => {
      const { endpoint, client: s3 } = await startS3('versitygw');
      const { home, folder, client, studio } = await startWithStack();
      const small = ['--resolution', '16,16,40', '--chunk-size', '16', '--scales', '2', '--mesh', 'none'];
      const to = ['--endpoint', endpoint, '--work', join(folder, 'work')];
      const wanted = 's3://cells-bucket/wanted';
      for (const place of [ADDRESS, wanted]) {
        const made = await runCli([
          'convert',
          join(folder, 'stack'),
          place,
          ...to,
          '--create-bucket',
          ...small,
        ]);
        expect([made.code, made.stderr]).toEqual([0, '']);
      }
      expect((await runCli(['mesh', wanted, ...to])).code).toBe(0);

      // From now on only the credentials that are typed in are valid.
      useCredentials({});
      const target = 'store';
      const spec = { address: 's3://cells-bucket/made/{name}', endpoint };
      await client.publish.saveTarget({ name: target, spec });
      const request = { spec: { kind: 'mesh', dataset: ADDRESS }, target };
      await expect(client.jobs.mesh(request)).rejects.toMatchObject({
        fields: { code: 'CredentialsProviderError' },
      });
      await client.publish.saveSecret({ name: target, secret, keep: false });
      const missing = { ...request, spec: { kind: 'mesh', dataset: `${ADDRESS}/none` } };
      await expect(client.jobs.mesh(missing)).rejects.toThrow('There is no precomputed volume');
      const { id } = await client.jobs.mesh(request);
      await studio.close();
      const again = await startStudio(home, folder);
      await again.client.publish.saveSecret({ name: target, secret, keep: false });
      await again.client.jobs.resume({ id });
      expect(await again.ended(id)).toMatchObject({
        state: 'done',
        name: 'Meshes of cells',
        output: ADDRESS,
        bucket: { target, url: `${endpoint}/cells-bucket/made/cells` },
      });
      const made = await storedObjects(s3, 'cells-bucket', 'made/cells');
      expect([...made.keys()]).toContain('mesh/info');
      expect(made).toEqual(await storedObjects(s3, 'cells-bucket', 'wanted'));
      expect(await namesIn(join(home, 'work'))).toEqual([]);
      expect(await textsBelow(home, folder)).not.toContain(SECRET_KEY);
    });

    test('is planned for several machines in a folder that they share, and completed when they have done it', async () => {
      const { endpoint, client: s3 } = await startS3('versitygw');
      const { home, folder, client, ended } = await startWithStack();
      const target = 'store';
      const spec = { address: 's3://cells-bucket/made/{name}', endpoint };
      await client.publish.saveTarget({ name: target, spec });
      await client.publish.createBucket({ spec, name: target });
      const work = join(folder, 'shared');
      const request = { spec: specOf(folder), target, scheduler: 'shell' } as const;
      await expect(client.cluster.plan(request)).rejects.toMatchObject({ fields: { options: ['work'] } });
      const { folder: path, command } = await client.cluster.plan({ ...request, work });
      expect(command).toContain(join(path, '.precomputed-studio', 'job', 'submit.sh'));
      expect(await client.cluster.plan({ ...request, work })).toEqual({ folder: path, command });
      expect(await client.library.unfinished()).toMatchObject([
        { path, name: 'cells', destination: ADDRESS, stages: [{ done: 0 }] },
      ]);
      expect(await namesIn(join(home, 'work'))).toEqual([]);
      expect((await runCli(['work', path, '--any'])).code).toBe(0);
      const { id } = await client.cluster.finish({ path });
      expect(await ended(id)).toMatchObject({ state: 'done', output: ADDRESS, bucket: { target } });
      expect([...(await storedObjects(s3, 'cells-bucket', 'made/cells')).keys()]).toContain('info');
    });

    test.each([
      ['the target', true],
      ['the environment', false],
    ])('of several machines is completed, on a server that %s names', async (_, isOfTarget) => {
      const { endpoint, client: s3 } = await startS3('versitygw');
      const { folder, client, ended } = await startWithStack();
      if (!isOfTarget) vi.stubEnv('AWS_ENDPOINT_URL', endpoint);
      const spec = { address: 's3://cells-bucket/made/{name}', ...(isOfTarget ? { endpoint } : {}) };
      await client.publish.saveTarget({ name: 'store', spec });
      await client.publish.createBucket({ spec, name: 'store' });
      const options = ['--resolution', '16,16,40', '--chunk-size', '16', '--scales', '2', '--mesh', 'none'];
      const place = [ADDRESS, '--endpoint', endpoint, '--work', join(folder, 'shared')];
      const planned = await runCli(['plan', join(folder, 'stack'), ...place, ...options, '--json']);
      const { output: path } = JSON.parse(planned.stdout) as { output: string };
      useCredentials({});
      await expect(client.cluster.finish({ path })).rejects.toThrow('there are no credentials');
      await client.publish.saveSecret({ name: 'store', secret, keep: false });
      const early = await client.cluster.finish({ path });
      expect(await ended(early.id)).toMatchObject({
        state: 'failed',
        error: { fields: { code: 'parts-missing' } },
      });
      await client.jobs.remove({ id: early.id });
      useCredentials({ AWS_ACCESS_KEY_ID: 'test-access', AWS_SECRET_ACCESS_KEY: SECRET_KEY });
      expect((await runCli(['work', path, '--any'])).code).toBe(0);
      // From now on only the credentials that were typed in are valid.
      useCredentials({});
      const { id } = await client.cluster.finish({ path });
      expect(await ended(id)).toMatchObject({
        state: 'done',
        name: 'cells',
        output: ADDRESS,
        bucket: { target: 'store', url: `${endpoint}/cells-bucket/made/cells` },
      });
      expect([...(await storedObjects(s3, 'cells-bucket', 'made/cells')).keys()]).toContain('info');
    });

    test('refuses what is there unless it may be replaced, and settings that buckets do not have', async () => {
      const { endpoint, client: s3 } = await startS3('versitygw');
      const { folder, client, ended, studio } = await startWithStack();
      const target = 'store';
      await client.publish.saveTarget({ name: target, spec: { address: 's3://cells-bucket/x', endpoint } });
      await client.publish.createBucket({ spec: { address: 's3://cells-bucket/x', endpoint } });
      const request = { spec: specOf(folder), target };
      const { id } = await client.jobs.add({ ...request, mode: 'new' });
      expect(await ended(id)).toMatchObject({ state: 'done' });
      expect(await client.plan(request)).toMatchObject({
        outputState: 'dataset',
        present: {
          name: 'cells',
          type: 'segmentation',
          input: specOf(folder).input,
          modifiedMs: expect.closeTo(Date.now(), -6) as number,
        },
      });
      const taken = { fields: { code: 'output-taken', state: 'dataset' } };
      await expect(client.jobs.add({ ...request, mode: 'new' })).rejects.toMatchObject(taken);
      const coarse = { spec: { ...specOf(folder), scales: '1' }, target };
      const { id: second } = await client.jobs.add({ ...coarse, mode: 'overwrite' });
      expect(await ended(second)).toMatchObject({ state: 'done' });
      const keys = [...(await storedObjects(s3, 'cells-bucket', 'made/cells')).keys()];
      expect(new Set(keys.filter((key) => key.includes('/')).map((key) => key.split('/')[0]))).toEqual(
        new Set(['16_16_40', 'segment_properties']),
      );

      await expect(
        client.plan({ ...request, spec: { ...specOf(folder), layout: 'plain' } }),
      ).rejects.toMatchObject({
        fields: { options: ['layout'] },
      });
      await expect(client.plan({ spec: specOf(folder, 'sftp://host/cells') })).rejects.toThrow(
        /can't be written to/,
      );
      const later = { ...specOf(folder, 's3://cells-bucket/made/other'), mesh: 'multilod' };
      await client.jobs.add({ spec: later, target, mode: 'new', meshLater: true });
      // The meshing is added once the conversion is done.
      await expect.poll(() => studio.jobs.list().at(-1)).toMatchObject({ kind: 'mesh', state: 'done' });
      expect(studio.jobs.list().slice(-2)).toMatchObject([
        { kind: 'convert', output: later.output, bucket: { target } },
        { kind: 'mesh', output: later.output, bucket: { target } },
      ]);
      expect([...(await storedObjects(s3, 'cells-bucket', 'made/other')).keys()]).toContain('mesh/info');
    });
  },
  true,
);
