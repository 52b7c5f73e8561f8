import { expect, test } from 'vitest';
import { joinLabels } from '../../../../src/main/engine/segments/counted-labels';
import { LabelStatistics, type LabelEntry } from '../../../../src/shared/kernels/label-statistics';
import { randomWords } from '../../../random';

const random = randomWords(9);
const blocks = Array.from({ length: 6 }, () => {
  const labels = new LabelStatistics();
  for (let i = 0; i < 300; i++) {
    const id = BigInt(random() % 500) << (random() % 2 === 0 ? 0n : 50n);
    const min = [random() % 90, random() % 90, random() % 90] as const;
    labels.addEntry({
      id,
      voxels: 1 + (random() % 7),
      box: { min, max: [min[0] + 1, min[1] + 2, min[2] + 3] },
    });
  }
  return labels.toBytes();
});

async function* asRead(): AsyncGenerator<Uint8Array> {
  yield* blocks;
}

test.each([0, 400, 1000, undefined])('labels are added up with %s of them in memory', async (most) => {
  const whole = new LabelStatistics();
  for (const bytes of blocks) whole.merge(LabelStatistics.fromBytes(bytes));
  const found: LabelEntry[] = [];
  for await (const entry of joinLabels(asRead(), most)) found.push(entry);
  expect(found).toEqual([...whole].filter(({ id }) => id !== 0n));
  expect(found.length).toBeGreaterThan(500);
});
