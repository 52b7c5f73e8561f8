import fc from 'fast-check';
import { expect, test } from 'vitest';
import { filterRows, filterRowsPlainly } from '../../../../../src/main/codecs/images/png/filter';
import { randomWords } from '../../../../random';

const plainRows = fc
  .record({
    rows: fc.integer({ min: 0, max: 7 }),
    width: fc.integer({ min: 1, max: 80 }),
    voxelBytes: fc.constantFrom(1, 2, 3, 4, 6, 8),
    roughness: fc.constantFrom(0, 3, 40, 255),
    seed: fc.nat(),
  })
  .map(({ rows, width, voxelBytes, roughness, seed }) => {
    const next = randomWords(seed);
    const rowBytes = width * voxelBytes;
    const bytes = Uint8Array.from(
      { length: rows * rowBytes },
      (_, i) => 128 + 100 * Math.sin(i / 30) + (next() % (roughness + 1)),
    );
    return { bytes, rows, rowBytes, voxelBytes };
  });

test('the kernel writes what the plain filters do', () => {
  fc.assert(
    fc.property(plainRows, (rows) => {
      expect(Buffer.from(filterRows(rows)).equals(filterRowsPlainly(rows))).toBe(true);
    }),
    { seed: 5, numRuns: 1000 },
  );
});
