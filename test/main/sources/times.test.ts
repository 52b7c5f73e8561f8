import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { z } from 'zod';
import { openSource } from '../../../src/main/sources/registry';
import { testDescribedFixtures } from '../../conformance/described-fixtures';
import { fixture } from '../../fixtures/voxels';

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
