import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  chooseBlockShape,
  loadBoxes,
  partShapes,
  smallestBlockBytes,
  type BlockRequest,
} from '../../../../src/main/engine/blocks/block-plan';
import { BoxGrid, boxOfShape, boxVolume, containsBox } from '../../../../src/shared/base/box';
import { ceilDivide3, min3, multiply3, ONE3, product3 } from '../../../../src/shared/base/vec3';
import { integerVectors } from '../../../arbitrary-vectors';

const AXES = [0, 1, 2] as const;

const request: fc.Arbitrary<BlockRequest> = fc
  .record({
    size: integerVectors(1, 3000),
    chunkSize: integerVectors(1, 96),
    storageShape: integerVectors(1, 3000),
    factors: fc.array(integerVectors(1, 4), { maxLength: 5 }),
    bytesPerVoxel: fc.constantFrom(1, 2, 4, 8),
    minCoarserScales: fc.constantFrom(0 as const, 1 as const),
    inSlabs: fc.boolean(),
    spare: fc.double({ min: 0, max: 14, noNaN: true }),
  })
  .map(({ spare, ...rest }) => {
    const storageShape = min3(rest.storageShape, rest.size);
    const maxBytes = Math.floor(smallestBlockBytes(rest) * 2 ** spare);
    return { ...rest, storageShape, maxBytes };
  });

describe('chooseBlockShape', () => {
  test('gives blocks of whole chunks at all of their scales, that fit', () => {
    fc.assert(
      fc.property(request, (asked) => {
        const { shape, coarserScales, bytes } = chooseBlockShape(asked);
        expect(bytes).toBeLessThanOrEqual(asked.maxBytes);
        expect(coarserScales).toBeGreaterThanOrEqual(Math.min(asked.minCoarserScales, asked.factors.length));
        expect(coarserScales).toBeLessThanOrEqual(asked.factors.length);
        const reduction = asked.factors.slice(0, coarserScales).reduce(multiply3, ONE3);
        const unit = multiply3(asked.chunkSize, reduction);
        for (const axis of AXES) {
          expect(shape[axis] === asked.size[axis] || shape[axis] % unit[axis] === 0).toBe(true);
          expect(shape[axis]).toBeGreaterThan(0);
          expect(shape[axis]).toBeLessThanOrEqual(asked.size[axis]);
        }
      }),
      { numRuns: 300 },
    );
  });

  test('counts what the block takes in memory: its slabs and the parts of its coarser scales', () => {
    fc.assert(
      fc.property(request, (asked) => {
        const { shape, slabShape, slabs, coarserScales, bytes } = chooseBlockShape(asked);
        const factors = asked.factors.slice(0, coarserScales);
        const [slab, ...parts] = partShapes({ shape, slabShape }, asked.chunkSize, factors);
        expect(slab).toEqual(slabShape);
        let voxels = slabs * product3(slabShape);
        let last = shape;
        for (const [i, part] of parts.entries()) {
          last = ceilDivide3(last, factors[i] ?? ONE3);
          voxels += Math.min(slabs, product3(ceilDivide3(last, part))) * product3(part);
        }
        expect(bytes).toBe(voxels * asked.bytesPerVoxel);
        if (!asked.inSlabs) expect({ slabShape, slabs }).toEqual({ slabShape: shape, slabs: 1 });
      }),
    );
  });

  test('cuts no chunk, no window of the next scale, and no storage unit that the block has whole into two slabs', () => {
    fc.assert(
      fc.property(request, (asked) => {
        const { shape, slabShape } = chooseBlockShape({ ...asked, inSlabs: true });
        for (const axis of AXES) {
          if (slabShape[axis] === shape[axis]) continue;
          expect(slabShape[axis] % asked.chunkSize[axis]).toBe(0);
          expect(slabShape[axis] % (asked.factors[0]?.[axis] ?? 1)).toBe(0);
          expect(slabShape[axis] % asked.storageShape[axis]).toBe(0);
        }
      }),
      { numRuns: 300 },
    );
  });

  test('gives the same for the same request', () => {
    fc.assert(
      fc.property(request, (asked) => {
        expect(chooseBlockShape(asked)).toEqual(chooseBlockShape({ ...asked }));
      }),
      { numRuns: 20 },
    );
  });

  test('gives no less than what it must, however little there is', () => {
    const asked: BlockRequest = {
      size: [1000, 1000, 1000],
      chunkSize: [64, 64, 64],
      storageShape: [64, 64, 64],
      factors: [[8, 8, 8]],
      bytesPerVoxel: 8,
      maxBytes: 1,
      minCoarserScales: 1,
      inSlabs: false,
    };
    expect(chooseBlockShape(asked)).toMatchObject({ shape: [512, 512, 512], coarserScales: 1 });
  });

  test('takes all scales from one block where the volume fits', () => {
    const asked: BlockRequest = {
      size: [200, 200, 200],
      chunkSize: [64, 64, 64],
      storageShape: [200, 10, 1],
      factors: [
        [2, 2, 2],
        [2, 2, 2],
      ],
      bytesPerVoxel: 8,
      maxBytes: 2 ** 30,
      minCoarserScales: 0,
      inSlabs: true,
    };
    expect(chooseBlockShape(asked)).toMatchObject({ shape: [200, 200, 200], coarserScales: 2 });
  });

  test('keeps strips whole where memory allows it', () => {
    const asked: BlockRequest = {
      size: [30_000, 30_000, 500],
      chunkSize: [64, 64, 64],
      storageShape: [30_000, 16, 1],
      factors: [[2, 2, 1]],
      bytesPerVoxel: 8,
      maxBytes: 4 * 2 ** 30,
      minCoarserScales: 0,
      inSlabs: true,
    };
    const { shape } = chooseBlockShape(asked);
    expect(shape[0]).toBe(30_000);
    expect(shape[1] % 16).toBe(0);
    expect(shape[1]).toBeLessThan(30_000);
  });
});

describe('loadBoxes', () => {
  test('take tiles that are neighbours along x together, since these lie side by side in the file', () => {
    const boxes = loadBoxes(boxOfShape([512, 512, 64]), 2 ** 19, [256, 256, 1]);
    for (const { min, max } of boxes) expect([min[0], max[0]]).toEqual([0, 512]);
  });

  test('cover a block once, each made of whole stored units of the volume', () => {
    const cases = fc.record({
      size: integerVectors(1, 200),
      shape: integerVectors(1, 200),
      storageShape: integerVectors(1, 200),
      index: fc.nat(),
      voxels: fc.integer({ min: 1, max: 2 ** 21 }),
    });
    fc.assert(
      fc.property(cases, ({ size, shape, storageShape, index, voxels }) => {
        const grid = new BoxGrid(boxOfShape(size), shape);
        const block = grid.at(index % grid.length);
        const boxes = [...loadBoxes(block, voxels, storageShape)];
        expect(boxes.reduce((sum, box) => sum + boxVolume(box), 0)).toBe(boxVolume(block));
        for (const box of boxes) {
          expect(containsBox(block, box)).toBe(true);
          for (const axis of AXES) {
            const inner = box.min[axis] > block.min[axis] ? box.min[axis] : 0;
            expect(inner % storageShape[axis]).toBe(0);
          }
        }
      }),
    );
  });
});
