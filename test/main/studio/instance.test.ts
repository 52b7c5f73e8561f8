import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdir } from 'node:fs/promises';
import { createServer, type Socket } from 'node:net';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { claimDataFolder, findInstance } from '../../../src/main/studio/instance';
import { temporaryFolder } from '../../temporary-folder';

test('a data folder belongs to one program, which can be asked how to reach it', async () => {
  const folder = join(await temporaryFolder(), 'home');
  expect(await findInstance(folder)).toBeUndefined();
  let asked = 0;
  const release = await claimDataFolder(folder, () => ({ host: 'browser', url: `http://x/${++asked}` }));
  expect(await findInstance(folder)).toEqual({ pid: process.pid, host: 'browser', url: 'http://x/1' });
  expect(await findInstance(folder)).toMatchObject({ url: 'http://x/2' });
  await expect(claimDataFolder(folder, () => ({ host: 'browser' }))).rejects.toMatchObject({
    tag: 'invalid-input',
    fields: { code: 'in-use' },
  });
  await release();
  expect(await findInstance(folder)).toBeUndefined();
  onTestFinished(await claimDataFolder(folder, () => ({ host: 'electron' })));
  expect(await findInstance(folder)).toEqual({ pid: process.pid, host: 'electron' });
});

test('what a killed program left keeps nobody out', async () => {
  const folder = await temporaryFolder();
  const script = `require('net').createServer().listen(${JSON.stringify(join(folder, 'instance.sock'))}, () => console.log('listening'))`;
  const child = spawn(process.execPath, ['-e', script], { stdio: ['ignore', 'pipe', 'inherit'] });
  await once(child.stdout, 'data');
  child.kill('SIGKILL');
  await once(child, 'exit');
  expect(await readdir(folder)).toEqual(['instance.sock']);
  onTestFinished(await claimDataFolder(folder, () => ({ host: 'browser' })));
  expect(await findInstance(folder)).toMatchObject({ pid: process.pid });
});

test.each([
  ['does not answer, as it was stopped,', () => undefined],
  ['answers as another version may', (socket: Socket) => void socket.end('{"process": 1}')],
])('a program that %s keeps its data folder', async (_, answer) => {
  const folder = await temporaryFolder();
  const other = createServer(answer).listen(join(folder, 'instance.sock'));
  onTestFinished(() => void other.close());
  await once(other, 'listening');
  const inUse = {
    fields: { code: 'in-use' },
    message: expect.stringContaining("doesn't answer") as string,
  };
  await expect(claimDataFolder(folder, () => ({ host: 'browser' }), 50)).rejects.toMatchObject(inUse);
  await expect(findInstance(folder, 50)).rejects.toMatchObject(inUse);
});

test('a path that is too long for a socket is refused with a way out', async () => {
  const folder = join(await temporaryFolder(), 'x'.repeat(100));
  await expect(claimDataFolder(folder, () => ({ host: 'browser' }))).rejects.toThrow(/too long/);
});
