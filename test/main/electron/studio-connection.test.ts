import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { MessageChannel } from 'node:worker_threads';
import { createORPCClient } from '@orpc/client';
import { RPCLink } from '@orpc/client/message-port';
import type { ContractRouterClient } from '@orpc/contract';
import { RPCHandler } from '@orpc/server/message-port';
import { expect, onTestFinished, test } from 'vitest';
import type { desktopContract } from '../../../src/main/electron/desktop-contract';
import { createDesktopRouter } from '../../../src/main/electron/desktop-router';
import { createStudioServer } from '../../../src/main/electron/studio-connection';
import { DatasetMounts } from '../../../src/main/studio/dataset-mounts';
import type { Desktop } from '../../../src/main/studio/session';
import { Studio } from '../../../src/main/studio/studio';
import type { StudioContract } from '../../../src/shared/api/contract';
import { writeSampleStack } from '../../../src/main/sources/sample';
import { temporaryFolder } from '../../temporary-folder';

async function startStudio(desktop?: Desktop) {
  const folder = await temporaryFolder();
  const studio = await Studio.start({
    host: 'electron',
    dataFolder: join(folder, 'home'),
    allowed: 'all',
    jobFile: join(folder, 'job.js'),
    workerFile: join(folder, 'worker.js'),
    mounts: new DatasetMounts('http://127.0.0.1:1'),
    ...(desktop === undefined ? {} : { desktop }),
  });
  onTestFinished(() => studio.close());
  const serve = createStudioServer(studio);
  const connect = () => {
    const { port1, port2 } = new MessageChannel();
    serve(port1);
    onTestFinished(() => port2.close());
    const client: ContractRouterClient<StudioContract> = createORPCClient(new RPCLink({ port: port2 }));
    return { client, port: port2 };
  };
  return { folder, studio, connect };
}

test('a port carries calls, voxels, and errors with their tag', async () => {
  const { folder, connect } = await startStudio();
  const { client } = connect();
  expect(await client.session()).toMatchObject({
    host: 'electron',
    can: { choosePaths: false, reveal: false, keepSecrets: false, sleep: false },
  });
  const path = join(folder, 'stack');
  await writeSampleStack(path, { size: [40, 30, 4], dataType: 'uint64', seed: 3 });
  const slice = await client.source.slice({ path, gaps: 'refuse', kind: 'segmentation', z: 1, maxSide: 64 });
  expect([slice.width, slice.height, (await slice.voxels.arrayBuffer()).byteLength]).toEqual([
    40,
    30,
    40 * 30 * 8,
  ]);
  await mkdir(join(folder, 'empty'));
  await expect(client.source.inspect({ path: join(folder, 'empty'), gaps: 'refuse' })).rejects.toMatchObject({
    code: 'STUDIO',
    data: { tag: 'invalid-input' },
  });
  await writeFile(join(folder, 'file'), '');
  await expect(client.files.choose({ what: 'folder', title: 'x' })).rejects.toMatchObject({
    data: { tag: 'unsupported' },
  });
});

test('two pages see the same state, and one that went away is forgotten', async () => {
  const { connect, studio } = await startStudio();
  const [one, two] = [connect(), connect()];
  const seen = await Promise.all(
    [one, two].map(async ({ client }) => {
      const events = await client.events();
      expect((await events.next()).value).toMatchObject({ type: 'snapshot' });
      return events;
    }),
  );
  await one.client.settings.update({ favouriteFolders: ['/data'] });
  for (const events of seen) {
    expect((await events.next()).value).toMatchObject({
      type: 'settings',
      settings: { favouriteFolders: ['/data'] },
    });
  }
  const waiting = seen[0]?.next();
  one.port.close();
  await expect(waiting).rejects.toThrow();
  studio.libraryChanged();
  expect((await seen[1]?.next())?.value).toEqual({ type: 'library' });
});

/** Replaces the keychain, which only Electron has. */
const reversingCipher = {
  encrypt: (text: string) => Promise.resolve(Buffer.from(text).reverse().toString('base64')),
  decrypt: (encrypted: string) => Promise.resolve(Buffer.from(encrypted, 'base64').reverse().toString()),
};

test("the studio's process asks the main process for dialogs, through a port of their own", async () => {
  const asked: unknown[] = [];
  const { port1, port2 } = new MessageChannel();
  onTestFinished(() => port1.close());
  const router = createDesktopRouter({
    choosePath: (choice) => {
      asked.push(choice);
      return Promise.resolve(choice.what === 'folder' ? '/chosen' : undefined);
    },
    reveal: (path) => void asked.push(path),
    keychain: () => reversingCipher,
    showProgress: (fraction) => void asked.push(fraction),
    notify: (notice) => void asked.push(notice),
  });
  new RPCHandler(router).upgrade(port1);
  const main: ContractRouterClient<typeof desktopContract> = createORPCClient(new RPCLink({ port: port2 }));

  const { folder, connect } = await startStudio({
    choosePath: async (choice) => (await main.choosePath(choice)).path,
    reveal: async (path) => void (await main.reveal({ path })),
  });
  const { client } = connect();
  expect((await client.session()).can).toEqual({
    choosePaths: true,
    reveal: true,
    keepSecrets: false,
    sleep: false,
  });
  expect(await client.files.choose({ what: 'folder', title: 'Input' })).toEqual({ path: '/chosen' });
  expect(await client.files.choose({ what: 'file', title: 'Input', start: '/data' })).toEqual({});
  await client.files.reveal({ path: folder });
  await main.showProgress({});
  await main.notify({ title: 'a', body: 'b', address: '#/queue' });
  expect(asked).toEqual([
    { what: 'folder', title: 'Input' },
    { what: 'file', title: 'Input', start: '/data' },
    folder,
    undefined,
    { title: 'a', body: 'b', address: '#/queue' },
  ]);
  await expect(main.showProgress({ fraction: 2 })).rejects.toThrow();
  expect(await main.hasKeychain()).toBe(true);
  const { encrypted } = await main.encrypt({ text: 'a secret' });
  expect(encrypted).not.toContain('secret');
  expect(await main.decrypt({ encrypted })).toEqual({ text: 'a secret' });
});
