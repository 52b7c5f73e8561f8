import { execFileSync, spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { cp, mkdir, readdir, readFile, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import type { StudioError } from '../../../src/shared/base/errors';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { Journal } from '../../../src/main/engine/run/journal';
import { openTarget, folderTarget } from '../../../src/main/publish/open-target';
import { nginxLocation } from '../../../src/main/publish/nginx-config';
import { CancelledError } from '../../../src/shared/base/errors';
import { unpublishDataset } from '../../../src/main/publish/unpublish';
import { findHostKey } from '../../../src/main/places/ssh/known-hosts';
import { connectSsh } from '../../../src/main/places/ssh/ssh-connection';
import { writeSmallDataset } from '../../fixtures/small-dataset';
import { startNginx } from '../../nginx';
import { describeWith, requireProgram } from '../../real-tool';
import { PASSPHRASE, startPasswordServer, startSshd } from '../../ssh-server';
import { temporaryFolder } from '../../temporary-folder';
import { addToInfo, expectSame, filesOf, publish, sshTarget } from './publish-folder';

const SCALE = '10_10_20';

async function dataset(): Promise<string> {
  const folder = await temporaryFolder();
  await writeSmallDataset(folder, [70, 64, 40], (x) => BigInt(1 + (x >> 4)));
  await mkdir(join(folder, 'large'));
  await addToInfo(folder, { skeletons: 'large' });
  await writeFile(join(folder, 'large', '0.shard'), randomBytes(20 << 20));
  return folder;
}

async function empty(folder: string): Promise<void> {
  await rm(folder, { recursive: true });
  await mkdir(folder);
}

describe('a folder', () => {
  test('gets all, then nothing, then what changed; what is stale goes when asked to', async () => {
    const from = await dataset();
    const folder = join(await temporaryFolder(), 'www', 'set');
    const target = () => folderTarget(folder, { naming: 'gz-suffix', publicUrl: undefined });
    expect((await publish(from, target())).summary).toMatchObject({ files: 14, staleFiles: 0 });
    await expectSame(from, folder);
    expect((await publish(from, target())).summary).toMatchObject({ files: 0, unchangedFiles: 14 });
    await writeFile(join(folder, 'large', '0.shard'), 'damaged');
    await empty(join(from, SCALE));
    const { summary } = await publish(from, target(), { deleteStale: true });
    expect(summary).toMatchObject({ files: 1, deletedFiles: 12 });
    await expectSame(from, folder);
  });

  test('loses what was sent from here when that is unpublished, with consent, and nothing else', async () => {
    const from = await dataset();
    const folder = await temporaryFolder();
    const target = () => folderTarget(folder, { naming: 'gz-suffix', publicUrl: undefined });
    const dataFolder = await temporaryFolder();
    const unpublish = (isConsented: boolean) =>
      unpublishDataset({
        dataset: from,
        target: target(),
        dataFolder,
        signal: new AbortController().signal,
        consent: () => Promise.resolve(isConsented),
      });
    await expect(unpublish(true)).rejects.toMatchObject({ fields: { code: 'not-published' } });
    await publish(from, target(), { dataFolder });
    await writeFile(join(folder, 'large', '0.shard'), 'changed by somebody');
    await writeFile(join(folder, 'notes.txt'), 'of somebody');
    const all = [...(await filesOf(folder)).keys()].sort();
    expect(await unpublish(false)).toBeUndefined();
    expect([...(await filesOf(folder)).keys()].sort()).toEqual(all);
    expect(await unpublish(true)).toMatchObject({ files: 13, changedFiles: 1, otherFiles: 1 });
    expect([...(await filesOf(folder)).keys()].sort()).toEqual(['large/0.shard', 'notes.txt']);
    expect((await filesOf(from)).size).toBe(14);
    // It can be published again.
    expect((await publish(from, target(), { dataFolder })).summary).toMatchObject({ files: 14 });
    expect(await unpublish(true)).toMatchObject({ files: 14, changedFiles: 0 });
    await expect(unpublish(true)).rejects.toMatchObject({ fields: { code: 'not-published' } });
  });

  test('that no longer answers does not block a cancelled unpublish', async () => {
    const from = await dataset();
    const [folder, dataFolder] = [await temporaryFolder(), await temporaryFolder()];
    const target = folderTarget(folder, { naming: 'gz-suffix', publicUrl: undefined });
    await publish(from, target, { dataFolder });
    const controller = new AbortController();
    const { signal } = controller;
    vi.spyOn(target, 'list').mockImplementation(() => {
      controller.abort();
      return new Promise((_, reject) => {
        vi.spyOn(target, 'close').mockImplementation(async () => reject(new CancelledError()));
      });
    });
    const consent = () => expect.fail('nobody is asked');
    await expect(
      unpublishDataset({ dataset: from, target, dataFolder, signal, consent }),
    ).rejects.toMatchObject({ tag: 'cancelled' });
    expect(await filesOf(folder)).toHaveProperty('size', 14);
  });

  test('is unpublished though the dataset can only be read now', async ({ skip }) => {
    const from = await temporaryFolder();
    const mount = (options: string) =>
      spawnSync('mount', ['-t', 'tmpfs', '-o', options, 'tmpfs', from]).status === 0;
    skip(!mount('size=8m'), 'mounting a small disk takes root');
    onTestFinished(() => void spawnSync('umount', ['--lazy', from]));
    await writeSmallDataset(from, [70, 64, 40], (x) => BigInt(1 + (x >> 4)));
    const folder = await temporaryFolder();
    const target = folderTarget(folder, { naming: 'gz-suffix', publicUrl: undefined });
    const dataFolder = await temporaryFolder();
    const unpublish = () => {
      const { signal } = new AbortController();
      const consent = () => Promise.resolve(true);
      return unpublishDataset({ dataset: from, target, dataFolder, signal, consent });
    };
    await publish(from, target, { dataFolder });
    expect(mount('remount,ro')).toBe(true);
    expect(await unpublish()).toMatchObject({ files: 13 });
    await expect(unpublish()).rejects.toMatchObject({ fields: { code: 'not-published' } });
  });

  test('is not unpublished after another dataset has replaced it, whose files may be equal', async () => {
    const from = await dataset();
    const other = await temporaryFolder();
    await cp(from, other, { recursive: true, preserveTimestamps: true });
    await addToInfo(other, { note: 'another dataset' });
    const folder = await temporaryFolder();
    const target = () => folderTarget(folder, { naming: 'gz-suffix', publicUrl: undefined });
    const dataFolder = await temporaryFolder();
    const unpublish = (dataset: string) => {
      const { signal } = new AbortController();
      const consent = () => Promise.resolve(true);
      return unpublishDataset({ dataset, target: target(), dataFolder, signal, consent });
    };
    await publish(from, target(), { dataFolder });
    await publish(other, target(), { dataFolder, overwrite: true });
    await expect(unpublish(from)).rejects.toMatchObject({ fields: { code: 'replaced-dataset' } });
    await expectSame(other, folder);
    expect(await unpublish(other)).toMatchObject({ files: 14, changedFiles: 0 });
  });

  test('what is not of the dataset stays: nested datasets, files of others, even without a manifest', async () => {
    const from = await dataset();
    const folder = await temporaryFolder();
    const target = () => folderTarget(folder, { naming: 'gz-suffix', publicUrl: undefined });
    await publish(from, target());
    const chunk = '0-32_0-32_0-32.gz';
    const others = [join('nested', 'info'), join('nested', SCALE, chunk), join(SCALE, 'notes.txt'), 'readme'];
    for (const other of others) {
      await mkdir(dirname(join(folder, other)), { recursive: true });
      await writeFile(join(folder, other), 'of somebody else');
    }
    await rm(join(from, SCALE, chunk));
    await rm(join(from, '.precomputed-studio'), { recursive: true });
    const dry = await publish(from, target(), { dryRun: true, overwrite: true });
    expect(dry.plan).toMatchObject({ staleExamples: [`${SCALE}/${chunk}`], otherFiles: 4 });
    const { summary } = await publish(from, target(), { deleteStale: true, overwrite: true });
    expect(summary).toMatchObject({ deletedFiles: 1 });
    const left = [...(await filesOf(folder)).keys()];
    expect(left).toEqual(expect.arrayContaining(others));
    expect(left).not.toContain(`${SCALE}/${chunk}`);
  });

  test.each([
    ['changes', (from: string) => writeFile(join(from, SCALE, '0-32_0-32_0-32.gz'), 'other')],
    ['goes', (from: string) => rm(join(from, SCALE, '0-32_0-32_0-32.gz'))],
    ['is added', (from: string) => writeFile(join(from, SCALE, '96-128_0-32_0-32'), 'other')],
  ])('a file that %s while the dataset is sent keeps info from going up', async (_, change) => {
    const from = await dataset();
    const folder = await temporaryFolder();
    const target = folderTarget(folder, { naming: 'gz-suffix', publicUrl: undefined });
    const put = target.put.bind(target);
    vi.spyOn(target, 'put').mockImplementation(async (object, signal) => {
      if (object.key.endsWith('.shard')) await change(from);
      return put(object, signal);
    });
    await expect(publish(from, target)).rejects.toMatchObject({
      tag: 'invalid-input',
      message: expect.stringContaining('changed') as string,
    });
    expect([...(await filesOf(folder)).keys()]).not.toContain('info');
    await publish(from, folderTarget(folder, { naming: 'gz-suffix', publicUrl: undefined }), {
      deleteStale: true,
    });
    await expectSame(from, folder);
  });

  test('only files of the format are uploaded, also through links within the dataset and from its moved folders', async () => {
    const from = await dataset();
    const [elsewhere, folder] = [await temporaryFolder(), await temporaryFolder()];
    // On another disk, as if the first one had been full.
    await rename(join(from, 'large'), join(elsewhere, 'large'));
    await writeFile(join(elsewhere, 'large', 'diary.txt'), 'private');
    await symlink(join(elsewhere, 'large'), join(from, 'large'));
    await rename(join(from, 'info'), join(from, SCALE, 'info-of-today'));
    await symlink(join(SCALE, 'info-of-today'), join(from, 'info'));
    await mkdir(join(from, 'views'));
    await writeFile(join(from, 'views', 'first.json'), '{"layers":[]}');
    await writeFile(join(from, 'credentials.json'), '{"key":"private"}');
    await writeFile(join(from, 'notes.txt'), 'private');
    await symlink('/etc/hostname', join(from, SCALE, 'hostname'));
    const messages: string[] = [];
    await publish(from, folderTarget(folder, { naming: 'gz-suffix', publicUrl: undefined }), {
      emit: (event) => {
        if (event.event === 'log') messages.push(event.message);
      },
    });
    const sent = [...(await filesOf(folder)).keys()];
    expect(sent).toHaveLength(12 + 3);
    expect(sent).toEqual(expect.arrayContaining(['info', 'large/0.shard', 'views/first.json']));
    expect(messages).toEqual([expect.stringMatching(/^Publishing leaves out 5 items .*notes\.txt/)]);
  });

  test('a chunk that is a link to outside of the dataset is refused by name', async () => {
    const from = await dataset();
    const secret = join(await temporaryFolder(), 'secret');
    await writeFile(secret, 'private');
    await symlink(secret, join(from, SCALE, '96-128_0-32_0-32'));
    const folder = await temporaryFolder();
    const target = folderTarget(folder, { naming: 'gz-suffix', publicUrl: undefined });
    await expect(publish(from, target)).rejects.toMatchObject({
      fields: { code: 'link-outside' },
      details: [`${SCALE}/96-128_0-32_0-32`],
    });
    expect(await readdir(folder)).toEqual([]);
  });

  test.each([
    ['is not there', (path: string) => rm(path, { recursive: true })],
    ['is a broken link', (path: string) => rename(path, `${path}-moved`).then(() => symlink('/gone', path))],
  ])('a folder that info names and that %s ends it before anything is removed', async (how, change) => {
    const from = await dataset();
    const folder = await temporaryFolder();
    const target = () => folderTarget(folder, { naming: 'gz-suffix', publicUrl: undefined });
    await publish(from, target());
    const before = [...(await filesOf(folder)).keys()];
    for (const name of ['large', SCALE]) {
      await change(join(from, name));
      await expect(publish(from, target(), { deleteStale: true })).rejects.toMatchObject({
        fields: { code: 'missing-folder' },
        details: expect.arrayContaining([expect.stringMatching(`^${name} .*${how}`)]) as string[],
      });
    }
    expect([...(await filesOf(folder)).keys()]).toEqual(before);
  });

  test('files of another layout that would be served in place of new ones are refused, or removed', async () => {
    const from = await dataset();
    const folder = await temporaryFolder();
    const target = (naming: 'gz-suffix' | 'unzipped') =>
      folderTarget(folder, { naming, publicUrl: undefined });
    await publish(from, target('unzipped'));
    await expect(publish(from, target('gz-suffix'))).rejects.toMatchObject({
      fields: { code: 'shadowed' },
      message: expect.stringContaining(`such as ${SCALE}/0-32_0-32_0-32. `) as string,
    });
    const { summary } = await publish(from, target('gz-suffix'), { deleteStale: true });
    expect(summary).toMatchObject({ files: 12, deletedFiles: 12 });
    await expectSame(from, folder);
  });

  test('of a dataset that can only be read, the record is in the data folder', async () => {
    const from = await dataset();
    const [folder, dataFolder] = [await temporaryFolder(), await temporaryFolder()];
    // This also prevents root from writing.
    await writeFile(join(from, '.precomputed-studio'), '');
    const target = () => folderTarget(folder, { naming: 'gz-suffix', publicUrl: undefined });
    await publish(from, target(), { dataFolder });
    expect(await readdir(join(dataFolder, 'uploads'))).toHaveLength(1);
    expect((await publish(from, target(), { dataFolder })).summary).toMatchObject({ files: 0 });
  });

  test('a job that was in the dataset meanwhile leaves the record of what was sent', async () => {
    const from = await dataset();
    const folder = await temporaryFolder();
    const target = () => folderTarget(folder, { naming: 'gz-suffix', publicUrl: undefined });
    await publish(from, target());
    await (await Journal.create(from, {} as never)).remove();
    expect((await publish(from, target())).summary).toMatchObject({ files: 0, unchangedFiles: 14 });
  });

  test('unzipped for servers without gzip_static', async () => {
    const from = await dataset();
    const folder = await temporaryFolder();
    await publish(from, folderTarget(folder, { naming: 'unzipped', publicUrl: undefined }));
    const arrived = await filesOf(folder);
    for (const [name, bytes] of await filesOf(from)) {
      const expected = name.endsWith('.gz') ? gunzipSync(bytes) : bytes;
      expect(arrived.get(name.replace(/\.gz$/, ''))?.equals(expected)).toBe(true);
    }
  });

  test('that is a file, or the dataset itself', async () => {
    const from = await dataset();
    const folder = join(await temporaryFolder(), 'file');
    await writeFile(folder, '');
    const target = folderTarget(folder, { naming: 'gz-suffix', publicUrl: undefined });
    await expect(publish(from, target)).rejects.toMatchObject({ tag: 'invalid-input' });
    const options = {
      createBucket: false,
      askSecret: () => Promise.resolve(undefined),
      confirmHost: () => Promise.resolve(false),
    };
    for (const address of [`file:${from}`, `file:${from}/inner`]) {
      await expect(openTarget({ ...options, spec: { address }, dataset: from })).rejects.toMatchObject({
        tag: 'invalid-input',
      });
    }
  });
});

describeWith('nginx', 'nginx by the configuration that we make', () => {
  test.each([['gz-suffix'], ['unzipped']] as const)('%s passes the check', async (naming) => {
    const from = await dataset();
    const folder = join(await temporaryFolder(), 'a folder', 'set');
    const origin = await startNginx(nginxLocation({ path: '/data/my set', folder, naming }));
    const publicUrl = `${origin}/data/my%20set`;
    const { check } = await publish(from, folderTarget(folder, { naming, publicUrl }), { check: true });
    expect(check).toMatchObject({ ok: true, findings: [] });
    const hidden = await fetch(`${publicUrl}/.precomputed-studio-part`);
    expect(hidden.status).toBe(404);
    const range = await fetch(`${publicUrl}/large/0.shard`, { headers: { Range: 'bytes=5-9' } });
    expect([range.status, range.headers.get('content-encoding')]).toEqual([206, null]);
  });
});

describeWith('sshd', 'a host by SSH', () => {
  test('gets all, then nothing, then what changed; what is stale goes when asked to', async () => {
    const server = await startSshd();
    const from = await dataset();
    const www = await temporaryFolder();
    const folder = join(www, 'www', 'set');
    const dry = await publish(from, sshTarget(server, folder), { dryRun: true });
    expect([dry.plan.files, await readdir(www)]).toEqual([14, []]);
    expect((await publish(from, sshTarget(server, folder))).summary).toMatchObject({ files: 14 });
    await expectSame(from, folder);
    expect((await publish(from, sshTarget(server, folder))).summary).toMatchObject({
      files: 0,
      unchangedFiles: 14,
    });
    await writeFile(join(folder, 'large', '0.shard'), 'damaged');
    const again = await publish(from, sshTarget(server, folder), { checksum: true });
    expect(again.summary).toMatchObject({ files: 1 });
    await empty(join(from, SCALE));
    expect((await publish(from, sshTarget(server, folder), { deleteStale: true })).summary).toMatchObject({
      deletedFiles: 12,
    });
    await expectSame(from, folder);
  });

  test('goes on when the connection breaks', async () => {
    const server = await startSshd();
    const from = await dataset();
    const folder = await temporaryFolder();
    const to = sshTarget(server, folder);
    const put = to.put.bind(to);
    let count = 0;
    vi.spyOn(to, 'put').mockImplementation((object, signal) => {
      if (++count === 6) server.hangUp();
      return put(object, signal);
    });
    const { summary } = await publish(from, to);
    expect(summary?.retries).toBeGreaterThan(0);
    await expectSame(from, folder);
  });

  test('a full disk is reported, no info is uploaded, and the upload continues when there is room', async ({
    skip,
  }) => {
    const folder = await temporaryFolder();
    const run = (command: string) => spawnSync('sh', ['-c', `${command} '${folder}'`]).status === 0;
    const mount = (options: string) => run(`mount -t tmpfs -o ${options} tmpfs`);
    skip(!mount('size=12m'), 'mounting a small disk takes root');
    onTestFinished(() => {
      run('umount --lazy');
    });
    const server = await startSshd();
    const from = await dataset();
    await expect(publish(from, sshTarget(server, join(folder, 'set')))).rejects.toMatchObject({
      tag: 'io',
      message: expect.stringContaining('disk is full') as string,
    });
    await expect(
      publish(from, folderTarget(join(folder, 'other'), { naming: 'gz-suffix', publicUrl: undefined })),
    ).rejects.toMatchObject({
      tag: 'io',
      message: expect.stringContaining('disk is full') as string,
    });
    expect([...(await filesOf(folder)).keys()].filter((name) => name.endsWith('info'))).toEqual([]);
    expect(mount('remount,size=64m')).toBe(true);
    await publish(from, sshTarget(server, join(folder, 'set')));
    await expectSame(from, join(folder, 'set'));
  });

  test('a large file goes on where it stopped', async () => {
    const server = await startSshd();
    const from = await dataset();
    const folder = await temporaryFolder();
    const stopping = sshTarget(server, folder);
    const put = stopping.put.bind(stopping);
    vi.spyOn(stopping, 'put').mockImplementation((object, signal) => {
      const read = (offset: number, length: number): Promise<Buffer> => {
        if (offset >= 15 << 20) throw new Error('power cut');
        return object.read(offset, length);
      };
      return put({ ...object, read }, signal);
    });
    await expect(publish(from, stopping)).rejects.toThrow('power cut');
    const going = sshTarget(server, folder);
    const putAll = going.put.bind(going);
    const offsets: number[] = [];
    vi.spyOn(going, 'put').mockImplementation((object, signal) => {
      const read = (offset: number, length: number): Promise<Buffer> => {
        if (object.key.endsWith('.shard')) offsets.push(offset);
        return object.read(offset, length);
      };
      return putAll({ ...object, read }, signal);
    });
    await publish(from, going);
    expect(Math.min(...offsets)).toBeGreaterThan(10 << 20);
    await expectSame(from, folder);
    expect((await readdir(join(folder, 'large'))).sort()).toEqual(['0.shard']);
  });

  test('of a large file that has changed since, nothing is left', async () => {
    const server = await startSshd();
    const from = await dataset();
    const folder = await temporaryFolder();
    const shard = join(from, 'large', '0.shard');
    const stopping = sshTarget(server, folder);
    const put = stopping.put.bind(stopping);
    vi.spyOn(stopping, 'put').mockImplementation((object, signal) => {
      const read = (offset: number, length: number): Promise<Buffer> => {
        if (offset >= 15 << 20) throw new Error('power cut');
        return object.read(offset, length);
      };
      return put({ ...object, read }, signal);
    });
    await expect(publish(from, stopping)).rejects.toThrow('power cut');
    expect(await readdir(join(folder, 'large'))).toHaveLength(1);
    await writeFile(shard, randomBytes(20 << 20));
    await publish(from, sshTarget(server, folder));
    await expectSame(from, folder);
    expect(await readdir(join(folder, 'large'))).toEqual(['0.shard']);
  });

  test('a host is asked for the key that is known of it, not for another that it has', async () => {
    const server = await startSshd({ hostKeys: ['ed25519', 'rsa'] });
    const lines = (await readFile(server.knownHosts, 'utf8')).split('\n');
    await writeFile(server.knownHosts, `${lines.filter((line) => line.includes('ssh-rsa')).join('\n')}\n`);
    const empty = join(await temporaryFolder(), 'known_hosts');
    const more = { knownHostsFiles: [empty, server.knownHosts] };
    const from = await dataset();
    const folder = await temporaryFolder();
    await publish(from, sshTarget(server, folder, more));
    await expectSame(from, folder);
  });

  test.each([['password'], ['keyboard-interactive']] as const)(
    'a password is asked for and taken, by the method %s',
    async (method) => {
      const { port, knownHosts } = await startPasswordServer(method, 'open sesame');
      vi.stubEnv('SSH_AUTH_SOCK', undefined);
      vi.stubEnv('HOME', await temporaryFolder());
      onTestFinished(() => {
        vi.unstubAllEnvs();
      });
      const settings = {
        host: '127.0.0.1',
        port,
        user: 'somebody',
        identity: undefined,
        knownHostsFiles: [knownHosts],
        confirmHost: () => Promise.resolve(false),
      };
      const questions: string[] = [];
      const ask = (answer: string) => (question: string) => {
        questions.push(question);
        return Promise.resolve(answer);
      };
      const client = await connectSsh({ ...settings, askSecret: ask('open sesame') });
      client.end();
      expect(questions).toEqual(['Password of somebody@127.0.0.1: ']);
      await expect(connectSsh({ ...settings, askSecret: ask('geheim') })).rejects.toMatchObject({
        fields: { code: 'login-refused' },
      });
    },
  );

  test('a key with a passphrase is opened, and a wrong passphrase is reported without showing it', async () => {
    const server = await startSshd();
    const from = await dataset();
    const folder = await temporaryFolder();
    const locked = { identity: server.lockedKey };
    await publish(
      from,
      sshTarget(server, folder, { ...locked, askSecret: () => Promise.resolve(PASSPHRASE) }),
    );
    await expectSame(from, folder);
    const wrong: unknown = await publish(
      from,
      sshTarget(server, folder, { ...locked, askSecret: () => Promise.resolve('geheim') }),
    ).catch((error: unknown) => error);
    expect(wrong).toMatchObject({ tag: 'invalid-input' });
    expect(String(wrong)).not.toContain('geheim');
  });

  test('hosts whose key is unknown or changed are not trusted silently', async () => {
    const server = await startSshd();
    const from = await dataset();
    const folder = await temporaryFolder();
    const text = await readFile(server.knownHosts, 'utf8');
    await writeFile(server.knownHosts, '');
    await expect(publish(from, sshTarget(server, folder))).rejects.toMatchObject({
      fields: { code: 'host-key-unknown' },
      remedy: expect.stringContaining(`\`ssh -p ${server.port} ${server.user}@127.0.0.1\``) as string,
    });
    const confirmHost = vi.fn(() => Promise.resolve(true));
    await publish(from, sshTarget(server, folder, { confirmHost }));
    expect(confirmHost).toHaveBeenCalledWith('127.0.0.1', expect.stringMatching(/^SHA256:/), 'ssh-ed25519');
    await writeFile(server.knownHosts, text);
    execFileSync(requireProgram('ssh-keygen'), ['-H', '-f', server.knownHosts], { stdio: 'ignore' });
    expect(await readFile(server.knownHosts, 'utf8')).toContain('|1|');
    await publish(from, sshTarget(server, folder));
    const other = Buffer.from(text.split(' ')[2] ?? '', 'base64');
    other.writeUInt8(other.readUInt8(40) ^ 1, 40);
    await writeFile(
      server.knownHosts,
      `[127.0.0.1]:${server.port} ssh-ed25519 ${other.toString('base64')}\n`,
    );
    await expect(publish(from, sshTarget(server, folder, { confirmHost }))).rejects.toMatchObject({
      fields: { code: 'host-key-changed' },
    });
  });

  test('a password that nobody takes, a missing key, nothing that listens, the top folder', async () => {
    const server = await startSshd();
    const from = await dataset();
    const folder = await temporaryFolder();
    vi.stubEnv('SSH_AUTH_SOCK', undefined);
    vi.stubEnv('HOME', folder);
    const refused: unknown = await publish(
      from,
      sshTarget(server, folder, { identity: undefined, askSecret: () => Promise.resolve('geheim') }),
    ).catch((error: unknown) => error);
    vi.unstubAllEnvs();
    expect(refused).toMatchObject({ tag: 'invalid-input', fields: { code: 'login-refused' } });
    expect((refused as StudioError).details.join()).not.toContain('authentication methods failed');
    expect(String(refused)).not.toContain('geheim');
    await expect(
      publish(from, sshTarget(server, folder, { identity: join(folder, 'none') })),
    ).rejects.toMatchObject({ tag: 'invalid-input' });
    await expect(publish(from, sshTarget({ ...server, port: 1 }, folder))).rejects.toMatchObject({
      tag: 'io',
      message: expect.stringContaining('nothing answers at that address and port') as string,
      fields: { code: 'ECONNREFUSED' },
    });
    expect(() => sshTarget(server, '/')).toThrow(/root folder/);
  });

  test('a file where the folder should be', async () => {
    const server = await startSshd();
    const folder = join(await temporaryFolder(), 'file');
    await writeFile(folder, '');
    await expect(publish(await dataset(), sshTarget(server, folder))).rejects.toMatchObject({
      tag: 'invalid-input',
    });
  });
});

describe('known_hosts', () => {
  const key = (type: string, rest: string) => {
    const length = Buffer.alloc(4);
    length.writeUInt32BE(type.length);
    return Buffer.concat([length, Buffer.from(type), Buffer.from(rest)]);
  };
  const mine = key('ssh-ed25519', 'mine');
  const line = (names: string, of = mine) => `${names} ssh-ed25519 ${of.toString('base64')}`;

  test.each([
    ['plain', line('host.example'), 'host.example', 22, 'known'],
    ['several names', line('a.example,host.example'), 'host.example', 22, 'known'],
    ['another port', line('[host.example]:2222'), 'host.example', 2222, 'known'],
    ['the port matters', line('host.example'), 'host.example', 2222, 'unknown'],
    ['a pattern', line('*.example'), 'host.example', 22, 'known'],
    ['negated', line('*.example,!host.example'), 'host.example', 22, 'unknown'],
    ['another key', line('host.example', key('ssh-ed25519', 'other')), 'host.example', 22, 'changed'],
    [
      'a key of another type only',
      line('host.example', mine).replace('ssh-ed25519', 'ssh-rsa').replace(/ \S+$/, ' AAAA'),
      'host.example',
      22,
      'unknown',
    ],
    ['revoked', `@revoked ${line('*')}`, 'host.example', 22, 'revoked'],
    ['a comment', `# ${line('host.example')}`, 'host.example', 22, 'unknown'],
    ['empty', '', 'host.example', 22, 'unknown'],
  ])('%s', (_, text, host, port, expected) => {
    expect(findHostKey(text, host, port, mine)).toBe(expected);
  });
});
