import { copyFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { namesIn } from '../../../src/main/base/names-in';
import { startDatasetServer } from '../../../src/main/server/dataset-server';
import type { SecretCipher } from '../../../src/main/studio/secret-store';
import { writeSmallDataset } from '../../fixtures/small-dataset';
import { describeWith } from '../../real-tool';
import { SECRET_KEY, startS3, useCredentials } from '../../s3-server';
import { startSshd, startTwoFactorServer } from '../../ssh-server';
import { temporaryFolder } from '../../temporary-folder';
import { textsBelow } from '../../texts-below';
import { startStudio } from './start-studio';

const NO_CONSENT = { deleteStale: false, overwrite: false };

async function startWithDataset(cipher?: SecretCipher) {
  const [home, folder] = [await temporaryFolder(), await temporaryFolder()];
  const dataset = join(folder, 'cells');
  await writeSmallDataset(dataset, [70, 64, 40], (x) => BigInt(1 + (x >> 4)));
  return { home, folder, dataset, ...(await startStudio(home, folder, cipher)) };
}

describe('a folder that a web server shows', () => {
  test('is looked at, published to by a job, checked, and remembered over a restart', async () => {
    const { client, ended, dataset, folder, home, studio } = await startWithDataset();
    const server = await startDatasetServer({ root: folder });
    const spec = { address: `file:${folder}/www/{name}`, url: `${server.url}/www/{name}` };
    await client.publish.saveTarget({ name: 'web', spec });
    const before = await client.publish.inspect({ spec, name: 'web', dataset });
    expect(before).toMatchObject({
      setup: [],
      url: `${server.url}/www/cells`,
      plan: { files: 13, unchangedFiles: 0, staleFiles: 0, foreign: false },
    });
    // One configuration for all datasets of the target.
    expect(before.nginx).toContain(`location ^~ /www/ {\n  alias ${folder}/www/;`);
    expect(before.common).toBe(`${server.url}/www`);
    const { id } = await client.publish.start({ dataset, target: 'web', consent: NO_CONSENT });
    expect(await ended(id)).toMatchObject({
      state: 'done',
      summary: { files: 13, url: `${server.url}/www/cells` },
      check: { ok: true, findings: [] },
    });
    expect((await client.publish.inspect({ spec, name: 'web', dataset })).plan).toMatchObject({
      files: 0,
      unchangedFiles: 13,
    });
    expect(await client.publish.history()).toHaveLength(1);
    await server.close();
    await client.publish.check({ url: `${server.url}/www/cells`, job: id });
    expect(await client.publish.history()).toMatchObject([{ checked: false }]);
    expect(studio.jobs.list()).toMatchObject([{ check: { ok: false } }]);
    await studio.close();

    const again = await startStudio(home, folder);
    expect(again.studio.jobs.list()).toMatchObject([{ id, state: 'done' }]);
    expect(await again.client.publish.history()).toMatchObject([
      { target: 'web', dataset, result: 'done', files: 13, checked: false, url: `${server.url}/www/cells` },
    ]);
    expect((await again.client.publish.targets()).targets).toMatchObject([{ name: 'web', secret: 'none' }]);

    // What is published stays known, and can be removed, when the dataset has another name.
    const { path: renamed } = await again.client.library.rename({ path: dataset, name: 'renamed' });
    expect(await again.client.publish.history()).toMatchObject([
      { dataset: renamed, url: `${server.url}/www/cells` },
    ]);
    const request = { dataset: renamed, target: 'web', isConsented: true };
    expect(await again.client.publish.unpublish(request)).toMatchObject({ files: 13 });
    expect(await namesIn(join(folder, 'www', 'cells'))).not.toContain('info');
  });

  test('that holds another dataset is written over with consent only', async () => {
    const { client, ended, dataset, folder } = await startWithDataset();
    await writeSmallDataset(join(folder, 'www'), [8, 8, 8], () => 3n);
    const spec = { address: `file:${folder}/www` };
    await client.publish.saveTarget({ name: 'web', spec });
    const { plan } = await client.publish.inspect({ spec, dataset });
    expect(plan.foreign).toBe(true);
    const first = await client.publish.start({ dataset, target: 'web', consent: NO_CONSENT });
    expect(await ended(first.id)).toMatchObject({
      state: 'failed',
      error: { tag: 'invalid-input', fields: { code: 'foreign-dataset' } },
    });
    const second = await client.publish.start({
      dataset,
      target: 'web',
      consent: { deleteStale: false, overwrite: true },
    });
    expect(await ended(second.id)).toMatchObject({ state: 'done' });
    expect(await client.publish.history()).toMatchObject([{ result: 'done' }, { result: 'failed' }]);
  });

  test('outside of the allowed folders, or under a name that is none, is refused', async () => {
    const { client, dataset } = await startWithDataset();
    const outside = { address: 'file:/etc/www' };
    const refused = { tag: 'invalid-input', fields: { code: 'not-allowed' } };
    await expect(client.publish.saveTarget({ name: 'x', spec: outside })).rejects.toMatchObject(refused);
    await expect(client.publish.inspect({ spec: outside, dataset })).rejects.toMatchObject(refused);
    const key = { address: 'sftp://h/www', identity: '/etc/shadow' };
    await expect(client.publish.inspect({ spec: key, dataset })).rejects.toMatchObject(refused);
    await expect(client.publish.saveTarget({ name: ' x', spec: outside })).rejects.toThrow();
    await expect(
      client.publish.start({ dataset, target: 'none', consent: NO_CONSENT }),
    ).rejects.toMatchObject({ tag: 'invalid-input' });
  });
});

describeWith(
  'versitygw',
  'a bucket',
  () => {
    test('is made, set up with consent and published to with typed-in credentials, which are written nowhere', async () => {
      const { endpoint } = await startS3('versitygw');
      // Only the credentials that are typed in are valid.
      useCredentials({});
      const { client, ended, dataset, folder, home } = await startWithDataset();
      const spec = { address: 's3://cells-bucket/datasets/{name}', endpoint, region: 'eu-test-1' };
      await client.publish.saveTarget({ name: 'store', spec });
      const connection = { spec, name: 'store' };
      await expect(client.publish.inspect({ ...connection, dataset })).rejects.toMatchObject({
        fields: { code: 'CredentialsProviderError' },
      });
      const secret = { kind: 's3', accessKeyId: 'test-access', secretAccessKey: SECRET_KEY } as const;
      await client.publish.saveSecret({ name: 'store', secret, keep: true });
      await expect(client.publish.inspect({ ...connection, dataset })).rejects.toMatchObject({
        fields: { code: 'NoSuchBucket' },
      });
      await client.publish.createBucket(connection);
      expect(await client.publish.buckets(connection)).toEqual(['cells-bucket']);

      const { setup } = await client.publish.inspect({ ...connection, dataset });
      const open = setup.filter(({ state }) => state === 'to-change').map(({ name }) => name);
      expect(open).toContain('policy');
      await client.publish.setUp({ ...connection, dataset, items: open });
      const after = await client.publish.inspect({ ...connection, dataset });
      expect(after.setup.filter(({ state }) => state === 'to-change')).toEqual([]);
      // Nothing more has to be set up for the next dataset.
      const next = join(folder, 'more-cells');
      await writeSmallDataset(next, [8, 8, 8], () => 3n);
      const { setup: ofNext } = await client.publish.inspect({ ...connection, dataset: next });
      expect(ofNext.filter(({ state }) => state === 'to-change')).toEqual([]);

      const { id } = await client.publish.start({ dataset, target: 'store', consent: NO_CONSENT });
      expect(await ended(id)).toMatchObject({ state: 'done', summary: { files: 13 } });
      expect((await client.publish.targets()).targets).toMatchObject([{ secret: 'session' }]);
      expect(await textsBelow(home, folder)).not.toContain(SECRET_KEY);
    });
  },
  true,
);

describeWith('sshd', 'a host by SSH', () => {
  test('is trusted once its key was confirmed; another key is refused', async () => {
    const server = await startSshd();
    // The user's own file of known hosts must not be used.
    vi.stubEnv('HOME', await temporaryFolder());
    onTestFinished(() => {
      vi.unstubAllEnvs();
    });
    const { client, dataset, folder } = await startWithDataset();
    const identity = join(folder, 'key');
    await copyFile(server.key, identity);
    const address = `sftp://${server.user}@127.0.0.1:${server.port}${folder}/www`;
    const spec = { address, identity };
    const error = await client.publish.inspect({ spec, dataset }).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ fields: { code: 'host-key-unknown' } });
    const { fingerprint } = (error as { fields: { fingerprint: string } }).fields;
    expect(fingerprint).toMatch(/^SHA256:/);
    await client.publish.confirmHost({ spec, fingerprint: 'SHA256:another' });
    await expect(client.publish.inspect({ spec, dataset })).rejects.toMatchObject({
      fields: { code: 'host-key-changed' },
    });
    await client.publish.confirmHost({ spec, fingerprint });
    expect((await client.publish.inspect({ spec, dataset })).plan).toMatchObject({ files: 13 });
  });
});

test.each(['cancel', 'pause'] as const)('an upload whose host asks a question ends on %s', async (stop) => {
  const { port, key } = await startTwoFactorServer('open sesame', '271828');
  vi.stubEnv('HOME', await temporaryFolder());
  onTestFinished(() => {
    vi.unstubAllEnvs();
  });
  const { client, dataset, folder, job, studio } = await startWithDataset();
  const identity = join(folder, 'key');
  await copyFile(key, identity);
  const spec = { address: `sftp://somebody@127.0.0.1:${port}${folder}/www`, identity };
  await client.publish.saveTarget({ name: 'host', spec });
  const secret = { kind: 'ssh', password: 'open sesame' } as const;
  await client.publish.saveSecret({ name: 'host', secret, keep: false });
  const error = await client.publish.inspect({ spec, dataset }).catch((thrown: unknown) => thrown);
  const { fingerprint } = (error as { fields: { fingerprint: string } }).fields;
  await client.publish.confirmHost({ spec, fingerprint });

  const { id } = await client.publish.start({ dataset, target: 'host', consent: NO_CONSENT });
  await expect.poll(() => studio.prompts.list()).toMatchObject([{ text: 'Verification code:' }]);
  await client.jobs[stop]({ id });
  expect(studio.prompts.list()).toEqual([]);
  await expect.poll(() => job(id)?.state).toBe(stop === 'cancel' ? 'cancelled' : 'paused');
  expect(job(id)?.error).toBeUndefined();
  expect(studio.prompts.list()).toEqual([]);
});

describe('credentials', () => {
  const secret = { kind: 'ssh', password: 'typed-in-by-hand' } as const;
  const cipher: SecretCipher = {
    encrypt: (text) => Promise.resolve(Buffer.from(text).reverse().toString('base64')),
    decrypt: (encrypted) => Promise.resolve(Buffer.from(encrypted, 'base64').reverse().toString()),
  };

  test.each([
    ['without a keychain, end with the program', undefined, 'none'],
    ['with one, outlive it, encrypted', cipher, 'keychain'],
  ] as const)('%s', async (_, keychain, afterwards) => {
    const { client, home, folder, studio } = await startWithDataset(keychain);
    await client.publish.saveTarget({ name: 'host', spec: { address: 'sftp://host/www' } });
    await client.publish.saveSecret({ name: 'host', secret, keep: true });
    const { targets, keychain: lasting } = await client.publish.targets();
    expect([targets[0]?.secret, lasting]).toEqual(
      keychain === undefined ? ['session', false] : ['keychain', true],
    );
    expect(await textsBelow(home)).not.toContain(secret.password);
    await studio.close();
    const again = await startStudio(home, folder, keychain);
    expect((await again.client.publish.targets()).targets[0]?.secret).toBe(afterwards);
    await again.client.publish.removeTarget({ name: 'host' });
    await again.client.publish.saveTarget({ name: 'host', spec: { address: 'sftp://host/www' } });
    expect((await again.client.publish.targets()).targets[0]?.secret).toBe('none');
  });
});
