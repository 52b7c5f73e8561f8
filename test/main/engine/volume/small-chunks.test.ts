import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { DoneBoxes } from '../../../../src/main/engine/run/stage';
import { boxVolume } from '../../../../src/shared/base/box';
import { convertVolume } from '../../../convert-volume';
import { writeTiffStack } from '../../../fixtures/tiff-stack';
import { imageVolume } from '../../../fixtures/volumes';
import { temporaryFolder } from '../../../temporary-folder';

test('progress is reported after at most 64 chunks, however small they are', async () => {
  const folder = await temporaryFolder();
  await writeTiffStack(join(folder, 'em'), imageVolume('uint8', [160, 160, 32]));
  const parts: DoneBoxes[] = [];
  const flags = { type: 'image', chunkSize: '16', workers: 1, sharding: 'none' };
  await convertVolume(join(folder, 'em'), join(folder, 'dataset'), flags, {
    onPartDone: (part) => parts.push(part),
  });
  const finest = parts.filter(({ scale }) => scale === 0).map(({ boxes }) => boxes);
  expect(finest.flat()).toHaveLength(10 * 10 * 2);
  expect(finest.flat().reduce((sum, box) => sum + boxVolume(box), 0)).toBe(160 * 160 * 32);
  expect(Math.max(...finest.map((boxes) => boxes.length))).toBe(64);
});
