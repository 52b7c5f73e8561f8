import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { DataType } from '../../../src/shared/base/data-type';
import { writeTiffStack } from '../../fixtures/tiff-stack';
import { labelVolume } from '../../fixtures/volumes';
import { eventsOf, runCli } from '../../run-cli';
import { temporaryFolder } from '../../temporary-folder';

async function smallStack(dataType: DataType = 'uint32'): Promise<{ stack: string; output: string }> {
  const folder = await temporaryFolder();
  const stack = join(folder, 'stack');
  await writeTiffStack(stack, labelVolume(dataType, [40, 30, 12]));
  return { stack, output: join(folder, 'dataset') };
}

const OPTIONS = ['--resolution', '8,8,8', '--json'];

test('the events of a whole job have the order and the kinds that are documented', async () => {
  const { stack, output } = await smallStack();
  const result = await runCli(['convert', stack, output, ...OPTIONS]);
  expect(result).toMatchObject({ code: 0, stderr: '' });
  const events = eventsOf(result);
  const started = events.find(({ event }) => event === 'started');
  expect(started).toMatchObject({ job: 'convert', resumedTasks: 0 });
  expect(events.at(-1)).toMatchObject({ event: 'done', summary: { output, voxels: 14_400 } });
  expect(events.filter(({ event }) => event === 'done')).toHaveLength(1);
  const documented = await readFile('docs/job-events.md', 'utf8');
  for (const event of events) {
    expect(documented).toContain(`| \`${event.event}\``);
    for (const field of Object.keys(event)) expect(documented).toContain(`\`${field}\``);
  }
});

test('a job that is resumed when it is complete says so', async () => {
  const { stack, output } = await smallStack();
  const convert = () =>
    runCli(['convert', stack, output, '--resolution', '8,8,8', '--mesh', 'none', '--resume']);
  expect((await convert()).stdout).toMatch(/ in 1 scale, .* in 1 file, /);
  const again = await convert();
  expect([again.code, again.stdout]).toEqual([
    0,
    expect.stringMatching(/in 1 scale\. It was already complete\.\n$/),
  ]);
});

test('a failure is an event, with the tag and the remedy', async () => {
  const { stack, output } = await smallStack();
  await rm(join(stack, 'slice-004.tif'));
  const result = await runCli(['convert', stack, output, ...OPTIONS]);
  expect(result.code).toBe(1);
  expect(eventsOf(result)).toMatchObject([
    { event: 'failed', error: { tag: 'invalid-input', details: [expect.stringContaining('slice-004.tif')] } },
  ]);
});
