import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Vec3 } from '../../../src/shared/base/vec3';
import { compressedMortonCode } from '../../../src/shared/precomputed/morton';

/** Computes the code with strings of bits, as the specification describes it. */
function twin(position: Vec3, grid: Vec3): bigint {
  const bits = ([0, 1, 2] as const).map((axis) => ({
    used: Math.ceil(Math.log2(grid[axis])),
    text: [...position[axis].toString(2).padStart(32, '0')].reverse(),
  }));
  let code = '';
  for (let i = 0; i < 32; i++) for (const { used, text } of bits) if (i < used) code = `${text[i]}${code}`;
  return BigInt(`0b0${code}`);
}

const side = fc.oneof(fc.integer({ min: 1, max: 9 }), fc.integer({ min: 1, max: 100_000 }));

test('is that of the specification, and no two positions share one', () => {
  const example = fc.tuple(side, side, side).chain((grid) =>
    fc.record({
      grid: fc.constant(grid),
      position: fc.tuple(
        fc.integer({ min: 0, max: grid[0] - 1 }),
        fc.integer({ min: 0, max: grid[1] - 1 }),
        fc.integer({ min: 0, max: grid[2] - 1 }),
      ),
    }),
  );
  fc.assert(
    fc.property(example, ({ grid, position }) => {
      expect(compressedMortonCode(position, grid)).toBe(twin(position, grid));
    }),
  );
  const codes = new Set<bigint>();
  for (let i = 0; i < 5 * 3 * 9; i++) {
    codes.add(compressedMortonCode([i % 5, Math.floor(i / 5) % 3, Math.floor(i / 15)], [5, 3, 9]));
  }
  expect(codes.size).toBe(5 * 3 * 9);
});
