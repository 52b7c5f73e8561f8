import { mkdir, realpath, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { answerAppRequest } from '../../../src/main/electron/app-protocol';
import { temporaryFolder } from '../../temporary-folder';

async function builtInterface(): Promise<string> {
  const folder = await realpath(await temporaryFolder());
  const root = join(folder, 'renderer');
  for (const name of ['viewer', 'assets']) await mkdir(join(root, name), { recursive: true });
  await writeFile(join(folder, 'secret.html'), 'secret');
  await symlink(join(folder, 'secret.html'), join(root, 'link.html'));
  await writeFile(join(root, 'index.html'), '<title>app</title>');
  await writeFile(join(root, 'viewer', 'index.html'), '<title>viewer</title>');
  await writeFile(join(root, 'assets', 'index-1.js'), '1');
  return root;
}

test('the app, the viewer and their scripts are served, each under its policy', async () => {
  const root = await builtInterface();
  const app = await answerAppRequest(root, { url: 'app://studio/', method: 'GET' });
  expect([app.status, await app.text()]).toEqual([200, '<title>app</title>']);
  const policy = app.headers.get('content-security-policy') ?? '';
  expect(policy).toContain('script-src app://studio;');
  expect(policy).toContain("frame-ancestors 'none'");
  expect(policy).not.toContain('unsafe-eval');

  const viewer = await answerAppRequest(root, { url: 'app://studio/viewer/', method: 'GET' });
  expect(await viewer.text()).toBe('<title>viewer</title>');
  const viewerPolicy = viewer.headers.get('content-security-policy') ?? '';
  expect(viewerPolicy).toMatch(/^sandbox allow-scripts allow-downloads;/);
  expect(viewerPolicy).toContain('frame-ancestors app://studio');

  const script = await answerAppRequest(root, { url: 'app://studio/assets/index-1.js', method: 'GET' });
  expect(script.headers.get('content-type')).toContain('javascript');
  expect(script.headers.get('access-control-allow-origin')).toBe('*');
});

test('nothing else is', async () => {
  const root = await builtInterface();
  for (const url of [
    'app://studio/../secret.html',
    'app://studio/%2e%2e/secret.html',
    'app://studio/..%2fsecret.html',
    'app://studio/viewer/..%5c..%5csecret.html',
    'app://studio/link.html',
    'app://studio/assets/',
    'app://studio/none.html',
    'app://studio//etc/passwd',
    'app://other/',
    'app://studio',
    'file:///etc/passwd',
  ]) {
    expect([url, (await answerAppRequest(root, { url, method: 'GET' })).status]).toEqual([url, 404]);
  }
  expect((await answerAppRequest(root, { url: 'app://studio/', method: 'POST' })).status).toBe(405);
});
