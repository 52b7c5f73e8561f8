import { describe, expect, test } from 'vitest';
import { openSource } from '../../../../src/main/sources/registry';
import { highestLabels } from '../../../../src/main/sources/n5/label-multisets';
import { testSourceConformance } from '../../../conformance/source-conformance';
import { fixture, fixtureVoxels } from '../../../fixtures/voxels';

const PATH = fixture('label-multisets', 'paintera.n5');
const labels = (fixtureVoxels('uint64', [9, 7, 5], 1) as BigUint64Array).map((value) => value >> 1n);

describe('of label multisets the label with the largest count is read', () => {
  for (const dataset of ['labels/data', 'coarse/s1']) {
    testSourceConformance(dataset, {
      path: PATH,
      options: { dataset },
      dataType: 'uint64',
      channels: 1,
      content: labels,
    });
  }
});

test('lists of labels beside multisets are no volumes, and it is said what is read', async () => {
  const source = await openSource(PATH);
  await source.close();
  expect(source.metadata).toMatchObject({ size: [9, 7, 5], dataType: 'uint64' });
  expect(source.metadata.passedOver[0]).toContain('the label with the largest count');
  expect(source.metadata.passedOver).toContain('labels/unique-labels/s0: another dataset');
});

/** A block of one voxel, whose list begins at `offset` and has `entries` entries. */
function block(
  offset: number,
  entries: number,
  ...counts: readonly (readonly [bigint, number])[]
): Uint8Array {
  const view = new DataView(new ArrayBuffer(20 + 12 * counts.length));
  view.setInt32(0, 1);
  view.setBigInt64(4, -1n);
  view.setInt32(12, offset);
  view.setInt32(16, entries, true);
  counts.forEach(([label, count], i) => {
    view.setBigUint64(20 + 12 * i, label, true);
    view.setInt32(28 + 12 * i, count, true);
  });
  return new Uint8Array(view.buffer);
}

test('of equal counts the first label is taken', () => {
  const top = 2n ** 64n - 5n;
  expect([...highestLabels(block(0, 3, [7n, 1], [top, 4], [9n, 4]), 1)]).toEqual([top]);
});

test.each([
  [new Uint8Array(3), 'bytes, '],
  [new Uint8Array(10), 'a list of labels lies outside'],
  [block(40, 1, [7n, 1]), 'a list of labels lies outside'],
  [block(-8, 1, [7n, 1]), 'a list of labels lies outside'],
  [block(0, 2, [7n, 1]), 'a list of labels lies outside'],
  [block(0, 0), 'a list of labels lies outside'],
])('a damaged block is refused (%#)', (bytes, why) => {
  expect(() => highestLabels(bytes, 1)).toThrow(why);
});
