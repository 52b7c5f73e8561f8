import { readFileSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { z } from 'zod';
import { openSource } from '../../../src/main/sources/registry';
import { testDescribedFixtures } from '../../conformance/described-fixtures';
import { fixture } from '../../fixtures/voxels';
import { temporaryFolder } from '../../temporary-folder';

testDescribedFixtures('times');

const series = z
  .array(z.object({ file: z.string(), options: z.object({ axes: z.string().optional() }) }))
  .parse(JSON.parse(readFileSync(fixture('times', 'fixtures.json'), 'utf8')));

test.each(series)('$file: a point in time has to be chosen', async ({ file, options: { axes } }) => {
  const open = (time?: number) => openSource(fixture('times', file), { kind: 'image', axes, time });
  await expect(open()).rejects.toMatchObject({
    tag: 'invalid-input',
    message: expect.stringContaining('3 points in time'),
    remedy: expect.stringContaining('--time 0'),
  });
  await expect(open(3)).rejects.toMatchObject({
    tag: 'invalid-input',
    message: expect.stringMatching(/--time: .* no point in time 3/),
    remedy: expect.stringContaining('0 to 2'),
  });
  const first = await open(0);
  await first.close();
  expect(first.metadata.takes).toContain('time');
});

test.each([fixture('images', 'bmp-uint8'), fixture('more-writers', 'group.n5')])(
  '%s has no points in time to choose from',
  async (path) => {
    await expect(openSource(path, { kind: 'image', time: 0 })).rejects.toMatchObject({
      tag: 'invalid-input',
      message: '--time: the input has no points in time to choose from.',
      remedy: 'Leave out --time.',
    });
  },
);

/** Writes the only point in time of a container as BigDataViewer does, of 2 × 2 × 2 voxels. */
async function writeView(container: string, time: number): Promise<void> {
  const array = join(container, 'setup0', `timepoint${time}`, 's0');
  await mkdir(join(array, '0', '0'), { recursive: true });
  const attributes = { dataType: 'uint8', dimensions: [2, 2, 2], blockSize: [2, 2, 2] };
  await writeFile(
    join(array, 'attributes.json'),
    JSON.stringify({ ...attributes, compression: { type: 'raw' } }),
  );
  const header = [0, 0, 0, 3, 0, 0, 0, 2, 0, 0, 0, 2, 0, 0, 0, 2];
  await writeFile(join(array, '0', '0', '0'), Buffer.from([...header, 1, 2, 3, 4, 5, 6, 7, 8]));
}

test('another point in time than the one that a view of BigDataViewer holds is refused', async () => {
  const container = join(await temporaryFolder(), 'views.n5');
  await writeView(container, 4);
  for (const path of [container, join(container, 'setup0', 'timepoint4', 's0')]) {
    const open = (time: number) => openSource(path, { kind: 'image', time });
    await expect(open(0)).rejects.toMatchObject({
      tag: 'invalid-input',
      message: expect.stringMatching(/^--time: .* is the point in time 4, not 0\.$/),
      remedy: 'Leave out --time.',
    });
    await (await open(4)).close();
    await (await openSource(path, { kind: 'image' })).close();
  }
});

test.each([
  ['bdv.h5', 't00001/s00'],
  ['micro-manager', 'time=1'],
])('%s: an array that is named at another point in time is refused', async (file, dataset) => {
  const open = (time: number) => openSource(fixture('times', file), { kind: 'image', dataset, time });
  await expect(open(0)).rejects.toMatchObject({
    tag: 'invalid-input',
    message: `--time: ${dataset} is the point in time 1, not 0.`,
    remedy: 'Leave out --time.',
  });
  await (await open(1)).close();
});
