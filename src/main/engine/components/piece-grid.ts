import type { Box } from '../../../shared/base/box';
import { min3, product3, vec3, type Vec3 } from '../../../shared/base/vec3';

/**
 * The largest piece in which one step finds components. It is large enough that few runs touch its faces, and small
 * enough that a block has work for every thread.
 */
export const PIECE: Vec3 = [128, 128, 64];

/**
 * A volume that is cut into pieces. Each block is cut into pieces of its own. The pieces are numbered with x fastest.
 */
export class PieceGrid {
  /** Pieces on each axis. */
  readonly counts: Vec3;
  readonly length: number;
  /** The first positions of the pieces on each axis, and the end of the last piece. */
  private readonly cuts: readonly [readonly number[], readonly number[], readonly number[]];

  /** @param block the shape of the blocks; the last ones may be shorter */
  constructor(size: Vec3, block: Vec3) {
    const cuts = ([0, 1, 2] as const).map((axis) => cutsOf(size[axis], block[axis], PIECE[axis]));
    this.cuts = [cuts[0] ?? [], cuts[1] ?? [], cuts[2] ?? []];
    this.counts = vec3((axis) => this.cuts[axis].length - 1);
    this.length = product3(this.counts);
  }

  boxOf(piece: number): Box {
    const position = this.positionOf(piece);
    return {
      min: vec3((axis) => this.cuts[axis][position[axis]] ?? 0),
      max: vec3((axis) => this.cuts[axis][position[axis] + 1] ?? 0),
    };
  }

  /** Yields the pieces of a block. */
  *within(block: Box): Generator<number> {
    const first = vec3((axis) => this.cuts[axis].indexOf(block.min[axis]));
    const last = vec3((axis) => this.cuts[axis].indexOf(block.max[axis]));
    for (let z = first[2]; z < last[2]; z++) {
      for (let y = first[1]; y < last[1]; y++) {
        for (let x = first[0]; x < last[0]; x++) yield this.at([x, y, z]);
      }
    }
  }

  /** Returns the piece that is `step` pieces away; undefined if there is none. */
  neighbour(piece: number, step: Vec3): number | undefined {
    const position = this.positionOf(piece);
    const next = vec3((axis) => position[axis] + step[axis]);
    const isInside = ([0, 1, 2] as const).every((axis) => next[axis] >= 0 && next[axis] < this.counts[axis]);
    return isInside ? this.at(next) : undefined;
  }

  private at([x, y, z]: Vec3): number {
    return (z * this.counts[1] + y) * this.counts[0] + x;
  }

  private positionOf(piece: number): Vec3 {
    const [columns, rows] = this.counts;
    return [piece % columns, Math.floor(piece / columns) % rows, Math.floor(piece / (columns * rows))];
  }
}

function cutsOf(size: number, block: number, piece: number): number[] {
  const cuts: number[] = [];
  for (let start = 0; start < size; start += block) {
    for (let cut = start; cut < Math.min(start + block, size); cut += piece) cuts.push(cut);
  }
  return [...cuts, size];
}

/** Returns the most voxels that a piece of a volume can have. */
export function largestPieceVoxels(size: Vec3): number {
  return product3(min3(PIECE, size));
}
