import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  BoxGrid,
  boxOfShape,
  boxShape,
  boxVolume,
  containsBox,
  formatBox,
  intersectBoxes,
  isEmptyBox,
  translateBox,
  type Box,
} from '../../../src/shared/base/box';
import { add3, product3, subtract3, type Vec3 } from '../../../src/shared/base/vec3';
import { integerVectors } from '../../arbitrary-vectors';

const box: fc.Arbitrary<Box> = fc
  .tuple(integerVectors(-9, 9), integerVectors(1, 9))
  .map(([min, shape]) => ({ min, max: add3(min, shape) }));

const grid = fc
  .record({ box, cell: integerVectors(1, 5), origin: integerVectors(-12, 12) })
  .map((made) => new BoxGrid(made.box, made.cell, made.origin));

/** Returns the voxels of a box as texts, for comparison as sets. */
function voxelsOf({ min, max }: Box): string[] {
  const voxels: string[] = [];
  for (let z = min[2]; z < max[2]; z++) {
    for (let y = min[1]; y < max[1]; y++) {
      for (let x = min[0]; x < max[0]; x++) voxels.push(`${x},${y},${z}`);
    }
  }
  return voxels;
}

describe('boxes', () => {
  test('meet in the voxels that both have', () => {
    fc.assert(
      fc.property(box, box, (a, b) => {
        const common = intersectBoxes(a, b);
        const expected = voxelsOf(a).filter((voxel) => voxelsOf(b).includes(voxel));
        expect(voxelsOf(common)).toEqual(expected);
        expect(boxVolume(common)).toBe(expected.length);
        expect(isEmptyBox(common)).toBe(expected.length === 0);
        expect(containsBox(a, b)).toBe(expected.length === boxVolume(b));
      }),
    );
  });

  test('move, and say where they are', () => {
    const moved = translateBox(boxOfShape([2, 3, 4]), [10, -20, 0]);
    expect(moved).toEqual({ min: [10, -20, 0], max: [12, -17, 4] });
    expect(boxShape(moved)).toEqual([2, 3, 4]);
    expect(formatBox(moved)).toBe('[10, 12) × [-20, -17) × [0, 4)');
  });
});

describe('a grid', () => {
  test('cuts its box into cells that cover each voxel once', () => {
    fc.assert(
      fc.property(grid, (made) => {
        const cells = [...made];
        expect(cells).toHaveLength(made.length);
        expect(made.length).toBe(product3(made.counts));
        expect(cells.flatMap(voxelsOf).sort()).toEqual(voxelsOf(made.box).sort());
      }),
    );
  });

  test('has no empty cells, and all on the lines from its origin', () => {
    fc.assert(
      fc.property(grid, (made) => {
        for (const cell of made) {
          expect(isEmptyBox(cell)).toBe(false);
          for (const axis of [0, 1, 2] as const) {
            const first = Math.floor((cell.min[axis] - made.origin[axis]) / made.cell[axis]);
            const last = Math.floor((cell.max[axis] - 1 - made.origin[axis]) / made.cell[axis]);
            expect(first).toBe(last);
          }
        }
      }),
    );
  });

  test('lists exactly the cells that a box touches, in order', () => {
    fc.assert(
      fc.property(grid, box, (made, touched) => {
        const expected = [...made].filter((cell) => !isEmptyBox(intersectBoxes(cell, touched)));
        expect([...made.touching(touched)]).toEqual(expected);
      }),
    );
  });

  test('numbers its cells x fastest', () => {
    const made = new BoxGrid(boxOfShape([5, 3, 2]), [2, 2, 1]);
    expect(made.counts).toEqual([3, 2, 2]);
    expect(made.at(0)).toEqual({ min: [0, 0, 0], max: [2, 2, 1] });
    expect(made.at(2)).toEqual({ min: [4, 0, 0], max: [5, 2, 1] });
    expect(made.at(3)).toEqual({ min: [0, 2, 0], max: [2, 3, 1] });
    expect(made.at(11)).toEqual({ min: [4, 2, 1], max: [5, 3, 2] });
  });

  test('of an empty box has no cells', () => {
    const empty = { min: [3, 3, 3], max: [3, 9, 9] } as const;
    expect(new BoxGrid(empty, [2, 2, 2]).length).toBe(0);
    expect([...new BoxGrid(empty, [2, 2, 2]).touching(boxOfShape([9, 9, 9]))]).toEqual([]);
    expect([...new BoxGrid(boxOfShape([9, 9, 9]), [2, 2, 2]).touching(empty)]).toEqual([]);
  });

  test('reaches as far as coordinates do', () => {
    const far: Vec3 = [2 ** 31 - 1, 2 ** 31 - 1, 2 ** 31 - 1];
    const made = new BoxGrid({ min: subtract3(far, [3, 3, 3]), max: far }, [64, 64, 64], [0, 0, 0]);
    expect(made.length).toBe(1);
    expect(made.at(0)).toEqual(made.box);
  });
});
