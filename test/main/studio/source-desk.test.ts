import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { SourceDesk } from '../../../src/main/studio/source-desk';
import { fixture } from '../../fixtures/voxels';
import { temporaryFolder } from '../../temporary-folder';

const GREY = { path: fixture('arrays', 'npy-le-u2.npy'), gaps: 'refuse' } as const;

test('what can be ids is taken for labels, unless the input says that it is an image', async () => {
  const desk = new SourceDesk();
  expect(await desk.inspect(GREY)).toMatchObject({ kind: 'segmentation', dataType: 'uint16' });
  const image = { path: fixture('precomputed', 'png-2'), gaps: 'refuse' } as const;
  expect(await desk.inspect(image)).toMatchObject({ kind: 'image' });
});

test('an image with a window is shown so, and may be taken for labels again', async () => {
  const report = await new SourceDesk().inspect({ ...GREY, window: '0:4095' });
  expect(report).toMatchObject({ kind: 'image', dataType: 'uint8' });
  expect(report).not.toHaveProperty('notLabels');
});

test.each(['npy-le-f4.npy', 'npy-be-f8.npy'])('floats are grey values: %s', async (name) => {
  const desk = new SourceDesk();
  const request = { path: fixture('arrays', name), gaps: 'refuse' } as const;
  const report = await desk.inspect(request);
  const notLabels = { message: expect.stringContaining('not all are whole numbers') };
  expect(report).toMatchObject({ kind: 'image', dataType: 'float32', notLabels });
  expect((await desk.slice(request, 'image', 0, 256)).width).toBe(9);
});

test('floats that are whole numbers are grey values too, but may be taken for labels', async () => {
  const folder = await temporaryFolder();
  await writeFile(join(folder, 'a.raw'), new Uint8Array(Float64Array.of(1, 2, 3, 4, 5, 6).buffer));
  const path = join(folder, 'a.json');
  await writeFile(path, JSON.stringify({ file: 'a.raw', size: [3, 2, 1], dataType: 'float64' }));
  const desk = new SourceDesk();
  const request = { path, gaps: 'refuse' } as const;
  const report = await desk.inspect(request);
  expect(report).toMatchObject({ kind: 'image', dataType: 'float32' });
  expect(report).not.toHaveProperty('notLabels');
  expect((await desk.slice(request, 'segmentation', 0, 256)).height).toBe(2);
});
