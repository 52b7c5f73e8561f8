import { SLICE_THICKNESS, type Tissue } from './grow-tissue';
import { NearSpheres } from './near-spheres';
import { smoothNoise } from './smooth-noise';

/** A voxel is membrane unless it is nearer to its neuron than to the next one by at least this distance. */
const MEMBRANE = 1.5;
/** Beyond this distance from its surface a sphere has no effect. Voxels far from all spheres are 0. */
const REACH = 30;
/** The bend is calculated at the corners of squares with this number of voxels, and interpolated between them. */
const SQUARE = 4;
/** The number of squares along a tile. The spheres of a tile are looked up together. */
const TILE_SQUARES = 8;
const TILE = TILE_SQUARES * SQUARE;
/** The waves that bend the neurons. */
const WAVES = [
  { length: 60, height: 9 },
  { length: 17, height: 2.8 },
] as const;
const MOST_BEND = WAVES.reduce((sum, wave) => sum + wave.height, 0);
/** The radius of a nucleus as a share of its cell body's radius. */
const NUCLEUS = 0.62;

/**
 * Draws a tissue slice by slice. A voxel belongs to the neuron whose surface is nearest (an additively weighted
 * Voronoi diagram of the spheres, bent by smooth noise). Where a second neuron is about as near, there is membrane:
 * 0.
 */
export class TissueRenderer {
  private readonly largestRadius: number;
  private readonly tilesAcross: number;
  private readonly tilesDown: number;
  /** The indices of the spheres that may affect each tile. */
  private readonly tiles: number[][];
  private readonly nodesAcross: number;
  /** The bent positions of the squares' corners, x and y in turn. */
  private readonly bent: Float64Array;
  /** The spheres of a tile, and those that matter in the whole tile, in a quarter of it, and so on. */
  private readonly near = Array.from({ length: Math.log2(TILE_SQUARES) + 2 }, () => new NearSpheres());

  constructor(
    private readonly tissue: Tissue,
    private readonly seed: number,
  ) {
    const [width, height] = tissue.size;
    this.largestRadius = tissue.spheres.radius.reduce((most, radius) => Math.max(most, radius), 0);
    this.tilesAcross = Math.ceil(width / TILE);
    this.tilesDown = Math.ceil(height / TILE);
    this.tiles = Array.from({ length: this.tilesAcross * this.tilesDown }, () => []);
    this.nodesAcross = this.tilesAcross * TILE_SQUARES + 1;
    this.bent = new Float64Array(2 * this.nodesAcross * (this.tilesDown * TILE_SQUARES + 1));
  }

  /** Writes the neuron of each voxel of slice `z` to `output`, x fastest. 0 is membrane. */
  render(z: number, output: Uint32Array): void {
    const depth = z * SLICE_THICKNESS;
    this.bend(depth);
    this.assign(depth);
    const { spheres } = this.tissue;
    for (let row = 0; row < this.tilesDown; row++) {
      for (let column = 0; column < this.tilesAcross; column++) {
        this.near[0]?.take(spheres, this.tiles[row * this.tilesAcross + column] ?? [], depth);
        this.draw(column * TILE_SQUARES, row * TILE_SQUARES, TILE_SQUARES, 0, depth, output);
      }
    }
  }

  private bend(depth: number): void {
    let node = 0;
    for (let y = 0; node < this.bent.length; y += SQUARE) {
      for (let i = 0; i < this.nodesAcross; i++) {
        const x = i * SQUARE;
        let toX = x;
        let toY = y;
        for (const { length, height } of WAVES) {
          toX += height * smoothNoise(this.seed, x / length, y / length, depth / length);
          toY += height * smoothNoise(this.seed + 1, x / length, y / length, depth / length);
        }
        this.bent[node++] = toX;
        this.bent[node++] = toY;
      }
    }
  }

  /** Lists the spheres for each tile. */
  private assign(depth: number): void {
    for (const tile of this.tiles) tile.length = 0;
    const { x, y, z, radius } = this.tissue.spheres;
    const far = REACH + this.largestRadius;
    for (let i = firstAbove(z, depth - far); i < z.length; i++) {
      const away = Math.abs((z[i] ?? 0) - depth);
      if ((z[i] ?? 0) > depth + far) break;
      const reach = REACH + (radius[i] ?? 0);
      if (away >= reach) continue;
      const spread = Math.sqrt(reach * reach - away * away) + MOST_BEND;
      const left = Math.max(0, Math.floor(((x[i] ?? 0) - spread) / TILE));
      const right = Math.min(this.tilesAcross - 1, Math.floor(((x[i] ?? 0) + spread) / TILE));
      const top = Math.max(0, Math.floor(((y[i] ?? 0) - spread) / TILE));
      const bottom = Math.min(this.tilesDown - 1, Math.floor(((y[i] ?? 0) + spread) / TILE));
      for (let row = top; row <= bottom; row++) {
        for (let column = left; column <= right; column++) {
          this.tiles[row * this.tilesAcross + column]?.push(i);
        }
      }
    }
  }

  /**
   * Draws `squares` × `squares` squares from `column` and `row` on, by quarters. Each quarter only keeps those
   * spheres of the whole that matter in it. `level` is the number of times that the tile has been divided.
   */
  private draw(
    column: number,
    row: number,
    squares: number,
    level: number,
    depth: number,
    output: Uint32Array,
  ): void {
    const [width, height] = this.tissue.size;
    const [from, to] = [this.near[level], this.near[level + 1]];
    if (from === undefined || to === undefined || column * SQUARE >= width || row * SQUARE >= height) return;
    this.keepNear(from, to, column, row, squares);
    if (squares === 1) return this.drawSquare(to, column, row, depth, output);
    const half = squares / 2;
    for (let quarter = 0; quarter < 4; quarter++) {
      const [i, j] = [column + (quarter % 2) * half, row + Math.floor(quarter / 2) * half];
      this.draw(i, j, half, level + 1, depth, output);
    }
  }

  /** Keeps the spheres that affect the `squares` × `squares` squares from `column` and `row` on. */
  private keepNear(from: NearSpheres, to: NearSpheres, column: number, row: number, squares: number): void {
    const { bent } = this;
    let left = Infinity;
    let right = -Infinity;
    let top = Infinity;
    let bottom = -Infinity;
    for (let j = row; j <= row + squares; j++) {
      for (let i = column; i <= column + squares; i++) {
        const node = 2 * (j * this.nodesAcross + i);
        const x = bent[node] ?? 0;
        const y = bent[node + 1] ?? 0;
        left = Math.min(left, x);
        right = Math.max(right, x);
        top = Math.min(top, y);
        bottom = Math.max(bottom, y);
      }
    }
    const [across, down] = [right - left, bottom - top];
    const circleRadius = Math.sqrt(across * across + down * down) / 2;
    to.takeNear(from, (left + right) / 2, (top + bottom) / 2, circleRadius, MEMBRANE);
  }

  private drawSquare(
    near: NearSpheres,
    column: number,
    row: number,
    depth: number,
    output: Uint32Array,
  ): void {
    const [width, height] = this.tissue.size;
    const { bent } = this;
    const { count, x: xs, y: ys, zz, radius: radii, neuron: neurons } = near;
    const endX = Math.min(width, (column + 1) * SQUARE);
    const endY = Math.min(height, (row + 1) * SQUARE);
    const bodyCount = this.tissue.bodies.length;
    const only = near.onlyNeuron();
    if (only > bodyCount) {
      for (let y = row * SQUARE; y < endY; y++)
        output.fill(only, y * width + column * SQUARE, y * width + endX);
      return;
    }
    const above = 2 * (row * this.nodesAcross + column);
    const below = above + 2 * this.nodesAcross;
    for (let y = row * SQUARE; y < endY; y++) {
      const v = (y - row * SQUARE) / SQUARE;
      const leftX = blend(bent, above, below, v);
      const leftY = blend(bent, above + 1, below + 1, v);
      const stepX = (blend(bent, above + 2, below + 2, v) - leftX) / SQUARE;
      const stepY = (blend(bent, above + 3, below + 3, v) - leftY) / SQUARE;
      for (let x = column * SQUARE; x < endX; x++) {
        const px = leftX + (x - column * SQUARE) * stepX;
        const py = leftY + (x - column * SQUARE) * stepY;
        let nearest = REACH;
        let second = REACH;
        let winner = 0;
        let nearestIndex = -1;
        let secondIndex = -1;
        for (let i = 0; i < count; i++) {
          const dx = (xs[i] ?? 0) - px;
          const dy = (ys[i] ?? 0) - py;
          const radius = radii[i] ?? 0;
          const squared = dx * dx + dy * dy + (zz[i] ?? 0);
          // Most spheres are too far away, which the square shows without taking the root.
          const limit = second + radius;
          if (limit <= 0 || squared >= limit * limit) continue;
          const distance = Math.sqrt(squared) - radius;
          const neuron = neurons[i] ?? 0;
          if (distance < nearest) {
            if (neuron !== winner) {
              second = nearest;
              secondIndex = nearestIndex;
            }
            nearest = distance;
            nearestIndex = i;
            winner = neuron;
          } else if (neuron !== winner) {
            second = distance;
            secondIndex = i;
          }
        }
        const isMembrane =
          second - nearest < MEMBRANE &&
          second - nearest < MEMBRANE * steepness(near, nearestIndex, secondIndex, px, py);
        if (isMembrane) winner = 0;
        else if (winner <= bodyCount) winner = this.partOfBody(winner, px, py, depth);
        output[y * width + x] = winner;
      }
    }
  }

  /** Returns the number of a body's neuron or of its nucleus, or 0 for the membrane between them. */
  private partOfBody(neuron: number, x: number, y: number, depth: number): number {
    const body = this.tissue.bodies[neuron - 1];
    if (body === undefined) return 0;
    const dx = x - body.center[0];
    const dy = y - body.center[1];
    const dz = depth - body.center[2];
    const beyond = Math.sqrt(dx * dx + dy * dy + dz * dz) - NUCLEUS * body.radius;
    if (beyond > MEMBRANE / 2) return neuron;
    return beyond < -MEMBRANE / 2 ? body.nucleus : 0;
  }
}

/**
 * How fast the difference of a point's distances to two spheres grows away from their common border, relative to a
 * point exactly between them: from 0, if both are in the same direction, to 1.
 */
function steepness(near: NearSpheres, a: number, b: number, px: number, py: number): number {
  const { x, y, zz } = near;
  if (a < 0 || b < 0) return 1;
  const ax = (x[a] ?? 0) - px;
  const ay = (y[a] ?? 0) - py;
  const bx = (x[b] ?? 0) - px;
  const by = (y[b] ?? 0) - py;
  const toA = Math.sqrt(ax * ax + ay * ay + (zz[a] ?? 0));
  const toB = Math.sqrt(bx * bx + by * by + (zz[b] ?? 0));
  const dx = ax / toA - bx / toB;
  const dy = ay / toA - by / toB;
  return Math.max(0.35, Math.sqrt(dx * dx + dy * dy) / 2);
}

function blend(values: Float64Array, from: number, to: number, part: number): number {
  return (values[from] ?? 0) * (1 - part) + (values[to] ?? 0) * part;
}

/** The index of the first of the ascending `values` that is above `limit`. */
function firstAbove(values: Float32Array, limit: number): number {
  let [low, high] = [0, values.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((values[middle] ?? 0) > limit) high = middle;
    else low = middle + 1;
  }
  return low;
}
