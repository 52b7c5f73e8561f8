import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { checkUrl } from '../../../src/main/check/check-url';
import { runLocalScript, shellWord, type RunScript } from '../../../src/main/base/run-script';
import { installNginx, planNginxInstall } from '../../../src/main/publish/nginx-install';
import { openTarget } from '../../../src/main/publish/open-target';
import { publishDataset } from '../../../src/main/publish/publish-job';
import type { TargetSpec } from '../../../src/shared/api/publish-spec';
import { writeSmallDataset } from '../../fixtures/small-dataset';
import { startNginxHost, type NginxHost } from '../../nginx';
import { freePort } from '../../free-port';
import { describeWith } from '../../real-tool';
import { startSshd } from '../../ssh-server';
import { temporaryFolder } from '../../temporary-folder';
import { sshTarget } from './publish-folder';

/** Other users may need a password to become root, which nobody can type here. */
const describeAsRoot = (program: string, name: string, body: () => void): void => {
  if (process.getuid?.() === 0) describeWith(program, name, body);
  else describe.skip(`${name} (skipped: not root)`, body);
};

const signal = new AbortController().signal;
const INCLUDE = 'include FOLDER/precomputed-studio/*.conf;';

async function dataset(): Promise<string> {
  const folder = await temporaryFolder();
  await writeSmallDataset(folder, [70, 64, 40], (x) => BigInt(1 + (x >> 4)));
  return folder;
}

async function install(run: RunScript, spec: TargetSpec, { command }: NginxHost): Promise<readonly string[]> {
  const plan = await planNginxInstall({ run, spec, command });
  await installNginx(run, plan);
  return plan.files.map(({ path }) => path);
}

const REQUEST = { dryRun: false, checksum: false, deleteStale: false, overwrite: false, check: false };

async function publishTo(from: string, spec: TargetSpec): Promise<void> {
  const options = { createBucket: false, askSecret: () => Promise.resolve(undefined) };
  const target = await openTarget({
    ...options,
    spec,
    dataset: from,
    confirmHost: () => Promise.resolve(false),
  });
  const request = { ...REQUEST, dataFolder: await temporaryFolder() };
  await publishDataset({ ...request, dataset: from, target, signal, emit: () => undefined });
  await target.close();
}

/** Returns the configuration's files with their texts, without those of nginx's own process. */
async function configuration({ folder }: NginxHost): Promise<Record<string, string>> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile() && /\.conf(\.previous)?$/.test(entry.name));
  const paths = files.map((entry) => join(entry.parentPath, entry.name));
  return Object.fromEntries(
    await Promise.all(
      paths.map(async (path) => [path.slice(folder.length + 1), await readFile(path, 'utf8')] as const),
    ),
  );
}

describeAsRoot('nginx', 'the nginx of a host', () => {
  test('serves after the files are in the folder that its server block includes', async () => {
    const host = await startNginxHost(INCLUDE);
    const from = await dataset();
    const url = `${host.url}/data/my-set`;
    const spec = { address: `file:${await temporaryFolder()}/set`, url };
    const files = await install(runLocalScript, spec, host);
    expect(files).toEqual([expect.stringMatching(/precomputed-studio\/127\.0\.0\.1-\d+-data-my-set\.conf$/)]);
    await publishTo(from, spec);
    // New workers take over a moment after nginx received the signal to reload.
    await expect.poll(() => checkUrl({ url, signal })).toMatchObject({ ok: true, findings: [] });
    const first = await configuration(host);
    await install(runLocalScript, { ...spec, compression: 'none' }, host);
    const name = (files[0] ?? '').slice(host.folder.length + 1);
    expect(await configuration(host)).toMatchObject({ [`${name}.previous`]: first[name] });
  });

  test('gets a server block of its own for a site that has none', async () => {
    const host = await startNginxHost('', 'include FOLDER/conf.d/*.conf;');
    const from = await dataset();
    const url = `http://localhost:${await freePort()}/set`;
    const spec = { address: `file:${await temporaryFolder()}/it's a "set"`, url };
    expect(await install(runLocalScript, spec, host)).toHaveLength(2);
    await publishTo(from, spec);
    const reached = url.replace('localhost', '127.0.0.1');
    await expect.poll(() => checkUrl({ url: reached, signal })).toMatchObject({ ok: true, findings: [] });
  });

  test('has its configuration back when it refuses the new one', async () => {
    const host = await startNginxHost(`${INCLUDE} location ^~ /data/set/ { return 418; }`);
    const before = await configuration(host);
    const spec = { address: 'file:/srv/set', url: `${host.url}/data/set` };
    await expect(install(runLocalScript, spec, host)).rejects.toMatchObject({
      tag: 'io',
      fields: { code: 'nginx-refused' },
      details: expect.arrayContaining([expect.stringContaining('duplicate location')]) as string[],
    });
    expect(await configuration(host)).toEqual(before);
    await install(runLocalScript, { ...spec, url: `${host.url}/data/other` }, host);
    const good = await configuration(host);
    await expect(install(runLocalScript, spec, host)).rejects.toThrow();
    expect(await configuration(host)).toEqual(good);
    expect((await fetch(`${host.url}/data/set/info`)).status).toBe(418);
  });

  test.each([
    ['https', '', 'https://data.example/set'],
    ['a site that is there already', 'server { listen 127.0.0.1:PORT; server_name a.example data.example; }'],
    ['no folder for more files', ''],
  ])('%s: the missing line is named', async (name, block, url = 'http://data.example/set') => {
    const more = name === 'https' ? 'include FOLDER/conf.d/*.conf;' : '';
    const host = await startNginxHost('', block.replace('PORT', String(await freePort())) + more);
    const spec = { address: 'file:/srv/set', url };
    await expect(planNginxInstall({ run: runLocalScript, spec, ...host })).rejects.toMatchObject({
      tag: 'invalid-input',
      fields: { code: 'no-include' },
      remedy: expect.stringContaining(`include ${host.folder}/precomputed-studio/*.conf;`) as string,
    });
  });

  test('is reported as not running, and nothing is left behind', async () => {
    const host = await startNginxHost(INCLUDE);
    await writeFile(join(host.folder, 'pid'), '');
    const before = await readdir(host.folder);
    const spec = { address: 'file:/srv/set', url: `${host.url}/data/set` };
    await expect(install(runLocalScript, spec, host)).rejects.toMatchObject({
      tag: 'invalid-input',
      fields: { code: 'nginx-not-running' },
    });
    expect(await readdir(host.folder)).toEqual(before);
  });

  test('no rights, no nginx, no shell', async () => {
    const host = await startNginxHost(INCLUDE);
    const spec = { address: 'file:/srv/set', url: `${host.url}/set` };
    const asNobody: RunScript = (script) =>
      runLocalScript(`setpriv --reuid=65534 --regid=65534 --clear-groups sh -c ${shellWord(script)}`);
    await expect(planNginxInstall({ run: asNobody, spec, ...host })).rejects.toMatchObject({
      fields: { code: 'no-root' },
    });
    await expect(
      planNginxInstall({ run: runLocalScript, spec, command: 'no-such-nginx' }),
    ).rejects.toMatchObject({
      tag: 'invalid-input',
      message: expect.stringContaining('is not installed on the host') as string,
    });
    const noShell: RunScript = () => runLocalScript('exit 1');
    await expect(planNginxInstall({ run: noShell, spec, ...host })).rejects.toMatchObject({
      fields: { code: 'no-shell' },
    });
  });
});

describeAsRoot('sshd', 'nginx of a host by SSH', () => {
  test('is set up from here alone, and what is published can be read', async () => {
    const server = await startSshd();
    const host = await startNginxHost(INCLUDE);
    const folder = join(await temporaryFolder(), 'www', 'set');
    const url = `${host.url}/set`;
    const target = sshTarget(server, folder, { publicUrl: url });
    onTestFinished(() => target.close());
    await install(target.runScript, { address: `sftp://127.0.0.1${folder}`, url }, host);
    const request = { ...REQUEST, dataFolder: await temporaryFolder() };
    const from = await dataset();
    await publishDataset({ ...request, dataset: from, target, signal, emit: () => undefined });
    await expect.poll(() => checkUrl({ url, signal })).toMatchObject({ ok: true, findings: [] });
  });
});
