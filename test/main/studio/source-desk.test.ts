import { expect, test } from 'vitest';
import { SourceDesk } from '../../../src/main/studio/source-desk';
import { fixture } from '../../fixtures/voxels';

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
