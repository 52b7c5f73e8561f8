import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { endWithTest } from '../../end-with-test';
import { writeSmallDataset } from '../../fixtures/small-dataset';
import { temporaryFolder } from '../../temporary-folder';

test('serve --viewer serves Neuroglancer beside the dataset, and links lead there', async () => {
  const folder = join(await temporaryFolder(), 'cells');
  await writeSmallDataset(folder, [32, 32, 32], () => 7n);
  const child = spawn(process.execPath, ['out/main/cli.js', 'serve', folder, '--viewer'], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  endWithTest(child, 'SIGKILL');
  const link = await new Promise<string>((resolve, reject) => {
    let printed = '';
    child.stdout?.on('data', (text: Buffer) => {
      printed += text.toString();
      const found = /Open in Neuroglancer: (\S+)/.exec(printed)?.[1];
      if (found !== undefined) resolve(found);
    });
    child.on('exit', () => reject(new RangeError(`serve ended after "${printed}"`)));
  });
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
  // The app isn't served, as nobody has a session with it.
  expect((await fetch(`${origin}/`)).status).toBe(404);
});
