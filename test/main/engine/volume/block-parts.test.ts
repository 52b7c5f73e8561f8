import fc from 'fast-check';
import { expect, test } from 'vitest';
import { chooseBlockShape, partShapes } from '../../../../src/main/engine/blocks/block-plan';
import { BlockParts, type BlockPart } from '../../../../src/main/engine/volume/block-parts';
import { boxOfShape, boxVolume, intersectBoxes, translateBox } from '../../../../src/shared/base/box';
import { ceilDivide3, multiply3, ONE3, type Vec3 } from '../../../../src/shared/base/vec3';
import { integerVectors } from '../../../arbitrary-vectors';

const FORMAT = { channels: 1, dataType: 'uint32' } as const;
const MEMORY = { buffer: new SharedArrayBuffer(0) };

/** A block that is cut as the engine cuts it, with all of its coarser scales; the first one of a volume or a later one. */
const cutBlock = fc
  .record({
    size: integerVectors(1, 800),
    chunkSize: integerVectors(8, 96),
    storageShape: integerVectors(1, 100),
    factors: fc.array(integerVectors(1, 4), { maxLength: 4 }),
    inSlabs: fc.boolean(),
    isFirst: fc.boolean(),
  })
  .map(({ isFirst, ...asked }) => {
    const plan = chooseBlockShape({ ...asked, bytesPerVoxel: 4, maxBytes: 2 ** 40, minCoarserScales: 0 });
    const factors = asked.factors.slice(0, plan.coarserScales);
    let shape = plan.shape;
    const levels = partShapes(plan, asked.chunkSize, factors).map((partShape, level) => {
      const step = factors[level - 1] ?? ONE3;
      shape = ceilDivide3(shape, step);
      const unit = factors.slice(level).reduce<Vec3>(multiply3, asked.chunkSize);
      const box = translateBox(boxOfShape(shape), isFirst ? [0, 0, 0] : unit);
      return { box, factors: step, partShape };
    });
    return { plan, levels, chunkSize: asked.chunkSize };
  });

/**
 * Goes through the slabs of a block as its task does. `isFirst` tells which of two slabs under way is done first.
 * @param begun is called with all parts that are in memory
 * @param complete is called with each part that is complete
 */
function goThrough(
  parts: BlockParts,
  slabs: number,
  isFirst: () => boolean,
  begun: (inMemory: ReadonlySet<BlockPart>) => void,
  complete: (part: BlockPart) => void,
): void {
  const inMemory = new Set<BlockPart>();
  const underWay: BlockPart[] = [];
  const endOne = (): void => {
    const [slab] = underWay.splice(isFirst() ? 0 : -1, 1);
    for (let part = slab; part !== undefined; part = parts.completedBy(part)) {
      complete(part);
      inMemory.delete(part);
    }
  };
  for (const slab of parts.slabs(MEMORY)) {
    for (let part: BlockPart | undefined = slab; part !== undefined; part = part.coarser) inMemory.add(part);
    begun(inMemory);
    underWay.push(slab);
    if (underWay.length === slabs) endOne();
  }
  while (underWay.length > 0) endOne();
}

test('no two parts of a block have memory in common while both are needed', () => {
  fc.assert(
    fc.property(cutBlock, fc.infiniteStream(fc.boolean()), ({ plan, levels }, turns) => {
      const parts = new BlockParts(levels, plan.slabs, FORMAT);
      const check = (inMemory: ReadonlySet<BlockPart>): void => {
        const places = [...inMemory].map(({ block: { offsetBytes, box } }) => ({
          start: offsetBytes,
          end: offsetBytes + boxVolume(box) * 4,
        }));
        places.sort((a, b) => a.start - b.start);
        for (const [i, { end }] of places.entries()) {
          expect(end).toBeLessThanOrEqual(places[i + 1]?.start ?? parts.bytes);
        }
      };
      goThrough(
        parts,
        plan.slabs,
        () => turns.next().value,
        check,
        () => undefined,
      );
    }),
    { numRuns: 200 },
  );
});

test('each part consists of whole chunks, and is complete once, when all that it is made of is', () => {
  fc.assert(
    fc.property(cutBlock, fc.infiniteStream(fc.boolean()), ({ plan, levels, chunkSize }, turns) => {
      const parts = new BlockParts(levels, plan.slabs, FORMAT);
      const complete: BlockPart[] = [];
      const check = (part: BlockPart): void => {
        const { level, block } = part;
        for (const axis of [0, 1, 2] as const) expect(block.box.min[axis] % chunkSize[axis]).toBe(0);
        const finer = levels[level - 1];
        if (finer !== undefined) {
          const { factors = ONE3 } = levels[level] ?? {};
          const { min, max } = block.box;
          const covered = intersectBoxes(
            { min: multiply3(min, factors), max: multiply3(max, factors) },
            finer.box,
          );
          const own = complete.filter(({ coarser }) => coarser === part);
          expect(volumeOf(own)).toBe(boxVolume(covered));
        }
        complete.push(part);
      };
      goThrough(
        parts,
        plan.slabs,
        () => turns.next().value,
        () => undefined,
        check,
      );
      expect(new Set(complete).size).toBe(complete.length);
      for (const [level, { box }] of levels.entries()) {
        const own = complete.filter((part) => part.level === level);
        expect(volumeOf(own)).toBe(boxVolume(box));
        expect(new Set(own.map(({ block }) => block.box.min.join())).size).toBe(own.length);
      }
    }),
    { numRuns: 200 },
  );
});

function volumeOf(parts: readonly BlockPart[]): number {
  return parts.reduce((sum, { block }) => sum + boxVolume(block.box), 0);
}
