import { BoxGrid, boxOfShape, boxShape, intersectBoxes, type Box } from '../../../shared/base/box';
import { BugError } from '../../../shared/base/errors';
import type { KernelMemory } from '../../../shared/base/kernel-memory';
import { min3, multiply3, type Vec3 } from '../../../shared/base/vec3';
import { blockBytes, type SharedBlock } from '../blocks/shared-block';

/** What a block covers of one scale. */
export interface BlockLevel {
  readonly box: Box;
  /** The factors from the level before to this one; all 1 for the finest. */
  readonly factors: Vec3;
  /** The shape of the parts that are in memory at a time (see `partShapes`). */
  readonly partShape: Vec3;
}

/** A part of one level of a block in memory: a slab of the finest one, or what is made from parts of the level before. */
export interface BlockPart {
  readonly level: number;
  readonly block: SharedBlock;
  /** The part of the next level that is made from this one and others. */
  readonly coarser: BlockPart | undefined;
  /** The number of parts of the level before that aren't done yet. */
  finerLeft: number;
}

/**
 * The parts of a block, and their places in its memory. A part of a coarser level is complete as soon as the last of
 * its slabs is done, and leaves its place to the next one, as memory that is used again costs less than fresh memory.
 */
export class BlockParts {
  /** The memory for all levels. */
  readonly bytes: number;
  /** Byte offsets of the places for parts of each level that nothing uses. */
  private readonly free: readonly number[][];

  /** @param slabs the most slabs that are under way at the same time, and so the most parts of each level in memory */
  constructor(
    private readonly levels: readonly BlockLevel[],
    slabs: number,
    private readonly format: Pick<SharedBlock, 'channels' | 'dataType'>,
  ) {
    let bytes = 0;
    this.free = levels.map(({ box, partShape }) => {
      const part = boxOfShape(min3(partShape, boxShape(box)));
      const partBytes = blockBytes(part, format.channels, format.dataType);
      const count = Math.min(slabs, new BoxGrid(box, partShape).length);
      const start = bytes;
      bytes += count * partBytes;
      return Array.from({ length: count }, (_, i) => start + i * partBytes);
    });
    this.bytes = bytes;
  }

  /**
   * Yields the slabs, those of one coarser part after the other, at all levels. The next one may be taken when one of
   * those under way is done, and what {@link completedBy} gives for it.
   */
  *slabs(memory: KernelMemory): Generator<BlockPart> {
    const top = this.levels.length - 1;
    for (const box of boxesOf(this.levelAt(top))) yield* this.slabsOf(this.begin(memory, top, box), memory);
  }

  private *slabsOf(part: BlockPart, memory: KernelMemory): Generator<BlockPart> {
    if (part.level === 0) {
      yield part;
      return;
    }
    const { factors } = this.levelAt(part.level);
    const finer = this.levelAt(part.level - 1);
    const { min, max } = part.block.box;
    const covered = { min: multiply3(min, factors), max: multiply3(max, factors) };
    const boxes = [...boxesOf({ ...finer, box: intersectBoxes(covered, finer.box) })];
    part.finerLeft = boxes.length;
    for (const box of boxes) yield* this.slabsOf(this.begin(memory, part.level - 1, box, part), memory);
  }

  /** Frees the place of a part that is done. Returns the part that is complete by it, if there is one. */
  completedBy({ level, block, coarser }: BlockPart): BlockPart | undefined {
    this.free[level]?.push(block.offsetBytes);
    if (coarser === undefined) return undefined;
    coarser.finerLeft--;
    return coarser.finerLeft === 0 ? coarser : undefined;
  }

  private begin(memory: KernelMemory, level: number, box: Box, coarser?: BlockPart): BlockPart {
    const offsetBytes = this.free[level]?.pop();
    if (offsetBytes === undefined)
      throw new BugError(`more parts of level ${level} than there is memory for`);
    return { level, block: { ...this.format, memory, offsetBytes, box }, coarser, finerLeft: 0 };
  }

  private levelAt(level: number): BlockLevel {
    const found = this.levels[level];
    if (found === undefined) throw new BugError(`a block has no level ${level}`);
    return found;
  }
}

function* boxesOf({ box, partShape }: Pick<BlockLevel, 'box' | 'partShape'>): Generator<Box> {
  const grid = new BoxGrid(box, partShape);
  for (let i = 0; i < grid.length; i++) yield grid.at(i);
}
