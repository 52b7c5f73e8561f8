import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { joinLabels } from '../../../../src/main/engine/segments/counted-labels';
import { BlockLabels, readBlockLabels } from '../../../../src/main/engine/volume/block-labels';
import { openFolder } from '../../../../src/main/places/local-folder';
import { LabelStatistics, type LabelEntry } from '../../../../src/shared/kernels/label-statistics';
import { temporaryFolder } from '../../../temporary-folder';

const LABELS = 5000;
const STEPS = 20;
const MOST = 256;
const LABEL_BYTES = 40;

/** What one step has counted: each label is in the steps of two neighbouring parts. */
function countedBy(step: number): Uint8Array {
  const labels = new LabelStatistics();
  const perStep = LABELS / STEPS;
  for (let i = step * perStep; i < (step + 2) * perStep; i++) {
    const x = step * 10;
    labels.addEntry({
      id: BigInt(((i % LABELS) * 7919) % LABELS) << 40n,
      voxels: 1 + (i % 3),
      box: { min: [x, 0, 0], max: [x + 10, 1, 1] },
    });
  }
  return labels.toBytes();
}

async function* concatenated(folder: string): AsyncGenerator<Uint8Array> {
  yield* readBlockLabels(openFolder(folder), '3');
}

async function write(folder: string, mostInMemory?: number): Promise<void> {
  const labels = new BlockLabels(openFolder(folder), '3', mostInMemory);
  for (let step = 0; step < STEPS; step++) labels.add(countedBy(step));
  const [path, bytes] = labels.finish();
  expect(path).toBe(join(folder, '3'));
  expect((await readFile(path)).length).toBe(bytes);
}

async function read(folder: string): Promise<LabelEntry[]> {
  const found: LabelEntry[] = [];
  for await (const entry of joinLabels(concatenated(folder))) found.push(entry);
  return found;
}

test('a block with many labels is kept in runs of few, which add up to the same counts', async () => {
  const [whole, cut] = [await temporaryFolder(), await temporaryFolder()];
  await write(whole);
  await write(cut, MOST);
  const expected = new LabelStatistics();
  for (let step = 0; step < STEPS; step++) expected.merge(LabelStatistics.fromBytes(countedBy(step)));
  const entries = [...expected].filter(({ id }) => id !== 0n);
  expect(entries.length).toBe(LABELS - 1);
  expect(await read(whole)).toEqual(entries);
  expect(await read(cut)).toEqual(entries);
  let runs = 0;
  for await (const run of concatenated(cut)) {
    // One step's labels may come on top.
    expect(run.length / LABEL_BYTES).toBeLessThan(MOST + (2 * LABELS) / STEPS);
    runs++;
  }
  expect(runs).toBeGreaterThan(10);
});

test('a block without labels has no runs, and a block that is missing or cut off is reported', async () => {
  const folder = await temporaryFolder();
  new BlockLabels(openFolder(folder), '3').finish();
  expect(await read(folder)).toEqual([]);
  await write(folder, MOST);
  const bytes = await readFile(join(folder, '3'));
  await writeFile(join(folder, '3'), bytes.subarray(0, bytes.length - 1));
  await expect(read(folder)).rejects.toThrow('cut off');
  await expect(read(await temporaryFolder())).rejects.toThrow('missing');
});
