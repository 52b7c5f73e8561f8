import { request } from 'node:http';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { findInstance } from '../../../src/main/studio/instance';
import { writeSampleStack } from '../../../src/main/sources/sample';
import { temporaryFolder } from '../../temporary-folder';
import { StudioThread } from './studio-host';

async function start() {
  const [folder, home] = [await temporaryFolder(), await temporaryFolder()];
  const shown: unknown[] = [];
  const fractions: (number | undefined)[] = [];
  const desktop = {
    choosePath: () => Promise.resolve(folder),
    reveal: (path: string) => void shown.push(path),
    keychain: () => undefined,
    showProgress: (fraction: number | undefined) => void fractions.push(fraction),
    notify: (notice: object) => void shown.push(notice),
  };
  return { folder, home, shown, fractions, desktop, studio: new StudioThread(home, desktop) };
}

function statusOf(url: string, headers: Record<string, string> = {}): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    request(url, { headers }, (response) => {
      response.resume();
      resolve(response.statusCode);
    })
      .on('error', reject)
      .end();
  });
}

test('a page converts through its port, the desktop is notified, and only the viewer can read the dataset', async () => {
  const { folder, shown, fractions, studio } = await start();
  const client = studio.connect();
  expect(await client.session()).toMatchObject({
    host: 'electron',
    can: { choosePaths: true, reveal: true, keepSecrets: false },
  });
  const [input, output] = [join(folder, 'stack'), join(folder, 'dataset')];
  await writeSampleStack(input, { size: [64, 64, 16], dataType: 'uint64', seed: 5 });
  const spec = { kind: 'convert', input, output, resolution: [16, 16, 40] };
  const { id } = await client.jobs.add({ spec, mode: 'new' });
  for await (const event of await client.events()) {
    if (event.type !== 'jobs' && event.type !== 'snapshot') continue;
    const [job] = event.jobs;
    expect(job?.error).toBeUndefined();
    if (job?.state === 'done') break;
  }
  await expect
    .poll(() => shown)
    .toEqual([
      {
        title: 'dataset: converted',
        body: expect.stringContaining('ended after'),
        address: `#/queue?job=${id}`,
      },
    ]);
  expect(fractions.at(-1)).toBeUndefined();
  expect(fractions).toContain(0);

  const { url } = await client.preview.open({ path: output });
  expect(url).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/data\/[\w-]{24}$/);
  expect(await statusOf(`${url}/info`)).toBe(200);
  expect(await statusOf(`${url}/info`, { Host: 'evil.example' })).toBe(404);
  expect(await statusOf(new URL('/data/guess/info', url).href)).toBe(404);
  expect(await statusOf(new URL('/', url).href)).toBe(404);
});

test('a second program of the same user explains why it does not start; the first leaves no trace when it is closed', async () => {
  const { home, studio, desktop } = await start();
  await expect.poll(() => studio.messages).toEqual([{ type: 'ready' }]);
  expect(await findInstance(home)).toMatchObject({ host: 'electron' });
  const second = new StudioThread(home, desktop);
  await expect
    .poll(() => second.messages)
    .toMatchObject([{ type: 'failed', error: { tag: 'invalid-input', fields: { code: 'in-use' } } }]);
  expect(await second.close()).toBe(0);
  expect(await studio.close()).toBe(0);
  expect(await findInstance(home)).toBeUndefined();
});
