import { expect, test } from 'vitest';
import { blockBytes, type SharedBlock } from '../../../src/main/engine/blocks/shared-block';
import { shareSource } from '../../../src/main/engine/blocks/shared-source';
import type { LoadRegionRequest } from '../../../src/main/engine/blocks/load-region';
import handle from '../../../src/main/engine/worker';
import { openSource } from '../../../src/main/sources/registry';
import { boxOfShape } from '../../../src/shared/base/box';
import { allocateKernelMemory, idOfMemory } from '../../../src/shared/base/kernel-memory';
import { writeTiffStack } from '../../fixtures/tiff-stack';
import { labelVolume } from '../../fixtures/volumes';
import { temporaryFolder } from '../../temporary-folder';

test('a step waits in its thread for the one before it, which reads files', async () => {
  const folder = await temporaryFolder();
  await writeTiffStack(folder, labelVolume('uint64', [40, 30, 20]));
  const source = await openSource(folder);
  const box = boxOfShape(source.metadata.size);
  const memory = allocateKernelMemory(blockBytes(box, 1, 'uint64'));
  const block: SharedBlock = { memory, offsetBytes: 0, box, channels: 1, dataType: 'uint64' };
  const ended: object[] = [];
  const steps = [{ source: shareSource(source.handle), box, block }, {} as LoadRegionRequest].map(
    async (request) => {
      ended.push(await handle({ name: 'load-region', request }));
    },
  );
  await Promise.all(steps);
  expect(ended).toMatchObject([{ result: { voxels: 24_000 } }, { error: { tag: 'bug' } }]);
  await source.close();
});

test('a step in a memory that the thread does not know does nothing, until the memory is sent', async () => {
  const folder = await temporaryFolder();
  await writeTiffStack(folder, labelVolume('uint64', [40, 30, 20]));
  const source = await openSource(folder);
  const box = boxOfShape(source.metadata.size);
  const memory = allocateKernelMemory(blockBytes(box, 1, 'uint64'));
  const shared = shareSource(source.handle);
  const outcomes: object[] = [];
  for (const sent of [idOfMemory(memory) ?? memory, memory, idOfMemory(memory) ?? memory]) {
    const block: SharedBlock = { memory: sent, offsetBytes: 0, box, channels: 1, dataType: 'uint64' };
    outcomes.push(await handle({ name: 'load-region', request: { source: shared, box, block } }));
  }
  const done = { result: { voxels: 24_000 } };
  expect(outcomes).toMatchObject([{ lacksMemory: true }, done, done]);
  await source.close();
});
