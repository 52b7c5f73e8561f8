import { execFile } from 'node:child_process';
import { readdir, copyFile, mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import type { PublishEvent } from '../../../src/shared/api/publish-events';
import { startDatasetServer } from '../../../src/main/server/dataset-server';
import { writeSmallDataset } from '../../fixtures/small-dataset';
import { startNginx } from '../../nginx';
import { describeWith } from '../../real-tool';
import { runCli, startCli } from '../../run-cli';
import { lacksNssWrapper, withNames } from '../../nss-wrapper';
import { SECRET_KEY, startS3, VIRTUAL_DOMAIN } from '../../s3-server';
import { PASSPHRASE, startSshd } from '../../ssh-server';
import { temporaryFolder } from '../../temporary-folder';
import { textsBelow } from '../../texts-below';
import { nginxLocation } from '../../../src/main/publish/nginx-config';

async function dataset(): Promise<string> {
  const folder = await temporaryFolder();
  await writeSmallDataset(folder, [70, 64, 40], (x) => BigInt(1 + (x >> 4)));
  return folder;
}

/** Runs a command, and records what the list of processes shows of it and of its children. */
async function runWatched(args: readonly string[], env: NodeJS.ProcessEnv) {
  const { child, finished } = startCli(args, { env });
  let processes = '';
  while (child.exitCode === null && child.signalCode === null) {
    processes += (await promisify(execFile)('ps', ['-eo', 'args'], { maxBuffer: 2 ** 26 })).stdout;
    await sleep(50);
  }
  return { ...(await finished), processes };
}

function eventsIn(stdout: string): PublishEvent[] {
  return stdout
    .split('\n')
    .filter((line) => line.startsWith('{'))
    .map((line) => JSON.parse(line) as PublishEvent);
}

test('a folder that is served is published, checked, linked; its target is kept by name', async () => {
  const home = await temporaryFolder();
  const env = { ...process.env, PRECOMPUTED_STUDIO_HOME: home };
  const from = await dataset();
  const to = join(await temporaryFolder(), 'set');
  const first = await runCli(['publish', from, `file:${to}`, '--target', 'here', '--json'], { env });
  expect([first.code, eventsIn(first.stdout).at(-1)]).toMatchObject([0, { event: 'done' }]);
  const again = await runCli(['publish', from, '--target', 'here', '--json'], { env });
  expect(eventsIn(again.stdout).at(-1)).toMatchObject({ summary: { files: 0, unchangedFiles: 13 } });
  for (const command of ['publish', 'unpublish']) {
    const missing = await runCli([command, from, '--target', 'there'], { env });
    expect([missing.code, missing.stderr]).toEqual([2, expect.stringContaining('These are saved: here.')]);
  }

  for (const command of ['publish', 'unpublish']) {
    const name = await runCli([command, from, 'here'], { env });
    expect([name.code, name.stderr]).toEqual([2, expect.stringContaining('Use --target here.')]);
  }

  const unpublish = (...flags: string[]) =>
    runCli(['unpublish', from, '--target', 'here', ...flags], { env });
  const shown = await unpublish('--dry-run');
  expect([shown.code, shown.stdout]).toEqual([0, expect.stringContaining('13 files')]);
  const double = await unpublish(`file:${to}`, '--yes');
  expect([double.code, double.stderr]).toEqual([2, expect.stringContaining('--target here')]);
  const unasked = await unpublish();
  expect([unasked.code, unasked.stderr]).toEqual([2, expect.stringContaining('--yes')]);
  expect(await readdir(to)).toContain('info');
  const removed = await unpublish('--yes');
  expect([removed.code, removed.stdout]).toEqual([0, expect.stringContaining('Removed 13 files')]);
  expect(await readdir(to)).not.toContain('info');
});

test('a target is not saved whose web address is the same for all datasets, while their folders differ', async () => {
  const env = { ...process.env, PRECOMPUTED_STUDIO_HOME: await temporaryFolder() };
  const from = await dataset();
  const folder = await temporaryFolder();
  const words = ['publish', from, `file:${folder}/{name}`, '--url', 'https://a.example/data', '--no-check'];
  const { code, stderr } = await runCli([...words, '--target', 'lab'], { env });
  expect([code, stderr]).toEqual([2, expect.stringContaining('https://a.example/data/{name}')]);
  expect(await readdir(folder)).toEqual([]);
  // Without a name to save it under, the address is that of this dataset.
  expect((await runCli(words, { env })).code).toBe(0);
});

test('a target is saved when its files are there, unless the check failed, and that is said', async () => {
  const env = { ...process.env, PRECOMPUTED_STUDIO_HOME: await temporaryFolder() };
  const from = await dataset();
  const to = `file:${join(await temporaryFolder(), 'set')}`;
  const unread = ['--url', 'http://127.0.0.1:1/set'];
  const publish = async (...flags: readonly string[]) =>
    (await runCli(['publish', from, to, '--target', 'lab', ...flags], { env })).stderr;
  const saved = async () =>
    (await runCli(['publish', from, '--target', 'lab', '--dry-run'], { env })).code === 0;
  for (const flags of [['--dry-run'], ['--nginx', '--url', 'http://127.0.0.1:1/set']]) {
    const said = await publish(...flags);
    expect([said, await saved()]).toEqual([
      expect.stringContaining('Not saved as lab: nothing was sent.'),
      false,
    ]);
  }
  expect([await publish(...unread), await saved()]).toEqual([
    expect.stringContaining('Not saved as lab'),
    false,
  ]);
  expect([await publish(), await saved()]).toEqual([expect.stringContaining('Saved as lab'), true]);
});

test('a folder without a dataset is refused before the target is looked at', async () => {
  const options = ['--endpoint', 'http://127.0.0.1:1', '--create-bucket', '--configure'];
  const { code, stderr } = await runCli([
    'publish',
    await temporaryFolder(),
    's3://test-bucket/set',
    ...options,
  ]);
  expect([code, stderr]).toEqual([1, expect.stringContaining('holds no dataset')]);
});

test.each([
  ['pubx', 'file:pubx'],
  ['root@lab.example:/srv/data', 'sftp://root@lab.example/srv/data'],
  ['lab.example:data', 'sftp://lab.example/~/data'],
  ['https://lab.example/data', '--url'],
])('a target given as %s is refused with what was meant', async (address, meant) => {
  const { code, stderr } = await runCli(['publish', 'dataset', address]);
  expect([code, stderr]).toEqual([2, expect.stringContaining(meant)]);
});

test('a check that has read every chunk calls nothing a sample', async () => {
  const root = await dataset();
  const server = await startDatasetServer({ root });
  const { code, stdout } = await runCli(['check', server.url, '--viewer', 'http://127.0.0.1:1']);
  await server.close();
  expect([code, stdout]).toEqual([0, expect.stringContaining(' read')]);
  expect(stdout).not.toContain('sample');
});

test('the state file of a link within the dataset has an address of its own', async () => {
  const from = await dataset();
  const file = join(from, 'views', 'first.json');
  const options = ['--segments', '1,18446744073709551615', '--position', '1,2,3', '--zoom', '0.5'];
  const link = ['link', from, '--url', 'https://data.example/set', '--viewer', 'https://viewer.example/'];
  const { code, stdout } = await runCli([...link, ...options, '--view', 'xy', '--state-file', file]);
  expect([code, stdout]).toEqual([0, 'https://viewer.example/#!https://data.example/set/views/first.json\n']);
  expect(JSON.parse(await readFile(file, 'utf8'))).toMatchObject({
    position: [1, 2, 3],
    crossSectionScale: 0.5,
    layout: 'xy',
    layers: [{ segments: ['1', '18446744073709551615'] }],
  });
  const plain = await runCli([...link, ...options]);
  expect(decodeURIComponent(plain.stdout)).toContain('"segments":["1","18446744073709551615"]');
  expect((await runCli([...link, '--position', '1,2'])).code).toBe(2);
});

describeWith('sshd', 'secrets of SSH', () => {
  test('are in no file, no output and no process argument', async () => {
    const server = await startSshd();
    const home = await temporaryFolder();
    const from = await dataset();
    const folder = join(await temporaryFolder(), 'www', 'set');
    const origin = await startNginx(nginxLocation({ path: '/set', folder, naming: 'gz-suffix' }));
    await mkdir(join(home, '.ssh'));
    await copyFile(server.knownHosts, join(home, '.ssh', 'known_hosts'));
    const env = {
      ...process.env,
      HOME: home,
      SSH_AUTH_SOCK: '',
      PRECOMPUTED_STUDIO_HOME: join(home, 'settings'),
      PRECOMPUTED_STUDIO_SSH_SECRET: PASSPHRASE,
    };
    const address = `sftp://${server.user}@127.0.0.1:${server.port}${folder}`;
    const options = ['--identity', server.lockedKey, '--url', `${origin}/set`, '--target', 'host', '--json'];
    const { code, stdout, stderr, processes } = await runWatched(['publish', from, address, ...options], env);
    expect([code, stderr]).toEqual([0, '']);
    expect(processes).toContain(address);
    const written = await textsBelow(join(from, '.precomputed-studio'), join(home, 'settings'));
    expect(written).toContain(`127.0.0.1:${server.port}`);
    for (const text of [stdout, stderr, processes, written]) expect(text).not.toContain(PASSPHRASE);
  });
});

describeWith(
  'versitygw',
  'secrets of S3',
  () => {
    test('are in no file, no output and no process argument', async () => {
      const { endpoint } = await startS3('versitygw');
      const home = await temporaryFolder();
      const from = await dataset();
      const env = { ...process.env, HOME: home, PRECOMPUTED_STUDIO_HOME: join(home, 'settings') };
      const options = ['--endpoint', endpoint, '--create-bucket', '--configure', '--target', 's3', '--json'];
      const publish = ['publish', from, 's3://test-bucket/set', ...options];
      const { code, stdout, stderr, processes } = await runWatched(publish, env);
      expect([code, stderr]).toEqual([0, '']);
      expect(stdout).toContain("Set: the bucket's policy.");
      expect(stdout).not.toMatch(/an administrator|does not support/);
      const written = await textsBelow(join(from, '.precomputed-studio'), home);
      expect(written).toContain('test-bucket');
      for (const text of [stdout, stderr, processes, written]) expect(text).not.toContain(SECRET_KEY);
    });
  },
  true,
);

describeWith(
  'versitygw',
  'a store that wants the name of the bucket in the name of the host',
  () => {
    test.skipIf(lacksNssWrapper)('gets all, and shows it at that address', async () => {
      const { endpoint } = await startS3('versitygw');
      const server = endpoint.replace('127.0.0.1', VIRTUAL_DOMAIN);
      const env = {
        ...(await withNames([`cells.${VIRTUAL_DOMAIN}`])),
        PRECOMPUTED_STUDIO_HOME: await temporaryFolder(),
      };
      const options = ['--endpoint', server, '--no-path-style', '--create-bucket', '--configure', '--json'];
      const viewer = ['--viewer', 'http://127.0.0.1:1'];
      const { stdout } = await runCli(
        ['publish', await dataset(), 's3://cells/of/one', ...options, ...viewer],
        { env },
      );
      expect(eventsIn(stdout).slice(-2)).toMatchObject([
        { event: 'done', summary: { files: 13, url: `${server.replace('://', '://cells.')}/of/one` } },
        { event: 'check', report: { ok: true } },
      ]);
    });
  },
  true,
);
