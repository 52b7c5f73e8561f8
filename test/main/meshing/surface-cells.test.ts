import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { CELL_TRIANGLES } from '../../../src/main/meshing/mesh-settings';
import { cellsOf } from '../../../src/main/meshing/surface-cells';
import { joined, partOf } from '../../../src/main/meshing/surface-parts';
import { SurfaceSpill } from '../../../src/main/meshing/surface-spill';
import { randomWords } from '../../random';
import { temporaryFolder } from '../../temporary-folder';

const random = randomWords(3);

/** Returns small scattered triangles, most of them in one corner. */
function triangles(count: number): Int32Array {
  const corners = new Int32Array(9 * count);
  for (let t = 0; t < count; t++) {
    const spread = t % 4 === 0 ? 4000 : 300;
    const at = [0, 1, 2].map(() => (random() % spread) - 7);
    for (let i = 0; i < 9; i++) corners[9 * t + i] = (at[i % 3] ?? 0) + (random() % 9);
  }
  return corners;
}

/** Returns the number of triangles and a hash that doesn't depend on their order. */
function sumOf(cells: readonly Int32Array[]): readonly [number, number] {
  let [count, sum] = [0, 0];
  for (const cell of cells) {
    for (let t = 0; t < cell.length; t += 9, count++) {
      let mixed = 1;
      for (let i = 0; i < 9; i++) mixed = Math.imul(mixed ^ (cell[t + i] ?? 0), 0x9e3779b1 + 2 * i);
      sum = (sum + mixed) | 0;
    }
  }
  return [count, sum];
}

function hash(cell: Int32Array): string {
  return createHash('sha256').update(cell).digest('hex');
}

const corners = triangles(3 * CELL_TRIANGLES);
const parts = Array.from({ length: 50 }, (_, i) =>
  partOf(corners.subarray(9 * 3600 * i, 9 * 3600 * (i + 1))),
);

describe.each([false, true])('cells (shifted: %s)', (isShifted) => {
  const cells = [...cellsOf(parts, isShifted)].map((cell) => cell.corners.slice());

  test('hold every triangle once, and not too many', () => {
    expect(sumOf(cells)).toEqual(sumOf([corners]));
    expect(cells.length).toBeGreaterThan(3);
    for (const cell of cells) expect(cell.length / 9).toBeLessThanOrEqual(CELL_TRIANGLES);
  });

  test("don't depend on how the surface comes in parts, nor on where these are kept", async () => {
    const path = join(await temporaryFolder(), 'scratch', 'spill');
    const spill = new SurfaceSpill(path, corners.byteLength / 3);
    const quarter = corners.length / 4;
    const kept = [0, 1, 2, 3].map((i) => spill.keep(corners.subarray(i * quarter, (i + 1) * quarter)));
    expect(existsSync(path)).toBe(true);
    expect([...cellsOf(kept, isShifted)].map((cell) => hash(cell.corners))).toEqual(cells.map(hash));
    spill.close();
    expect(existsSync(path)).toBe(false);
    expect(() => kept[3]?.read()).toThrow('after its end');
  });
});

test('a small surface is one cell', () => {
  const some = parts.slice(0, 3);
  expect([...cellsOf(some, true)].map((cell) => hash(cell.corners))).toEqual([hash(joined(some))]);
  expect(sumOf([...cellsOf([], false)].map((cell) => cell.corners))).toEqual([0, 0]);
});
