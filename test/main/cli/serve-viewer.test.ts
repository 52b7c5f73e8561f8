import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { endWithTest } from '../../end-with-test';
import { writeSmallDataset } from '../../fixtures/small-dataset';
import { startCli } from '../../run-cli';
import { temporaryFolder } from '../../temporary-folder';

/** Serves a folder with Neuroglancer until the test ends. Returns what is printed that matches `expected`. */
function served(folder: string, expected: RegExp): Promise<string> {
  const child = spawn(process.execPath, ['out/main/cli.js', 'serve', folder, '--viewer'], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  endWithTest(child, 'SIGKILL');
  return new Promise((resolve, reject) => {
    let printed = '';
    child.stdout?.on('data', (text: Buffer) => {
      printed += text.toString();
      const found = expected.exec(printed)?.[1];
      if (found !== undefined) resolve(found);
    });
    child.on('exit', () => reject(new RangeError(`serve ended after "${printed}"`)));
  });
}

test('serve --viewer serves Neuroglancer beside the dataset, and links lead there', async () => {
  const folder = join(await temporaryFolder(), 'cells');
  await writeSmallDataset(folder, [32, 32, 32], () => 7n);
  const link = await served(folder, /Open in Neuroglancer: (\S+)/);
  const { origin, pathname, hash } = new URL(link);
  expect(pathname).toBe('/viewer/');
  expect(decodeURIComponent(hash)).toContain(`precomputed://${origin}`);
  const page = await fetch(`${origin}/viewer/`);
  const html = await page.text();
  const policy = page.headers.get('content-security-policy') ?? '';
  expect(policy).toContain(`script-src 'self' ${origin} `);
  const [, script = ''] = /src="([^"]+\.js)"/.exec(html) ?? [];
  expect((await fetch(new URL(script, `${origin}/viewer/`))).ok).toBe(true);
  expect((await fetch(`${origin}/info`)).ok).toBe(true);
  // An address without the last slash leads there too, with what is to be shown.
  const redirected = await fetch(`${origin}/viewer`);
  expect([redirected.url, redirected.ok]).toEqual([`${origin}/viewer/`, true]);
  // The app isn't served, as nobody has a session with it.
  expect((await fetch(`${origin}/`)).status).toBe(404);
});

test('serve says that a folder holds no dataset', async () => {
  const folder = await temporaryFolder();
  await mkdir(join(folder, 'slices'));
  const { child, finished } = startCli(['serve', folder]);
  if (child.stderr !== null) await once(child.stderr, 'data');
  child.kill('SIGINT');
  const { stderr, stdout } = await finished;
  expect(stderr).toContain(`${folder} holds no dataset`);
  expect(stdout).not.toContain('link');
});

test('serve prints how to make a link where a folder holds several datasets', async () => {
  const folder = await temporaryFolder();
  await writeSmallDataset(join(folder, 'cells'), [32, 32, 32], () => 7n);
  const command = await served(folder, /(link DATASET --url \S+ --viewer \S+)/);
  const [, , , url = '', , viewer = ''] = command.split(' ');
  expect(viewer).toBe(url.replace('{name}', 'viewer'));
  expect((await fetch(url.replace('{name}', 'cells/info'))).ok).toBe(true);
});
