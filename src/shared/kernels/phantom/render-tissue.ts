import { SLICE_THICKNESS, type Tissue } from './grow-tissue';
import { smoothNoise } from './smooth-noise';
import { SPHERE_NUMBERS } from './sphere-list';

/** A voxel is membrane if it is less than this much nearer to its neuron than to the next one. */
const MEMBRANE = 1.5;
/** Voxels that are farther than this from the surfaces of all spheres are 0. */
const REACH = 30;
/** The bend is computed at the corners of squares of this edge, in voxels, and interpolated between them. */
const SQUARE = 4;
/** The edge of a tile in squares. The spheres of a tile are looked up together. */
const TILE_SQUARES = 8;
const TILE = TILE_SQUARES * SQUARE;
/** The waves that bend the neurons. */
const WAVES = [
  { length: 60, height: 9 },
  { length: 17, height: 2.8 },
] as const;
const MOST_BEND = WAVES.reduce((sum, wave) => sum + wave.height, 0);
/** The radius of a nucleus, as a part of its cell body's radius. */
const NUCLEUS = 0.62;

/**
 * Spheres as one slice sees them, five numbers each: x, y, the square of the distance between center and slice, radius,
 * neuron.
 */
type NearSpheres = readonly number[];

/**
 * Draws a tissue slice by slice. A voxel belongs to the neuron whose surface is nearest (an additively weighted
 * Voronoi diagram of the spheres, bent by smooth noise). A voxel to which a second neuron
 * is about as near belongs to the membrane, which is 0.
 */
export class TissueRenderer {
  private readonly tilesAcross: number;
  private readonly tilesDown: number;
  private readonly nodesAcross: number;
  /** The points in the unbent tissue that the corners of squares show, x and y alternating. */
  private readonly bent: Float64Array;

  constructor(
    private readonly tissue: Tissue,
    private readonly seed: number,
  ) {
    const [width, height] = tissue.size;
    this.tilesAcross = Math.ceil(width / TILE);
    this.tilesDown = Math.ceil(height / TILE);
    this.nodesAcross = this.tilesAcross * TILE_SQUARES + 1;
    this.bent = new Float64Array(2 * this.nodesAcross * (this.tilesDown * TILE_SQUARES + 1));
  }

  /** Writes the neuron of each voxel of slice `z`, x fastest, to `output`; 0 is membrane. */
  render(z: number, output: Uint32Array): void {
    const depth = z * SLICE_THICKNESS;
    this.bend(depth);
    for (const [tile, spheres] of this.spheresOfTiles(depth).entries()) {
      const [column, row] = [tile % this.tilesAcross, Math.floor(tile / this.tilesAcross)];
      this.draw(spheres, column * TILE_SQUARES, row * TILE_SQUARES, TILE_SQUARES, depth, output);
    }
  }

  private bend(depth: number): void {
    for (let node = 0; 2 * node < this.bent.length; node++) {
      const x = (node % this.nodesAcross) * SQUARE;
      const y = Math.floor(node / this.nodesAcross) * SQUARE;
      let [toX, toY] = [x, y];
      for (const { length, height } of WAVES) {
        toX += height * smoothNoise(this.seed, x / length, y / length, depth / length);
        toY += height * smoothNoise(this.seed + 1, x / length, y / length, depth / length);
      }
      this.bent[2 * node] = toX;
      this.bent[2 * node + 1] = toY;
    }
  }

  /** Returns for each tile the spheres that may be nearest to one of its voxels. */
  private spheresOfTiles(depth: number): NearSpheres[] {
    const { spheres } = this.tissue;
    const tiles = Array.from({ length: this.tilesAcross * this.tilesDown }, (): number[] => []);
    for (let i = 0; i < spheres.length; i += SPHERE_NUMBERS) {
      const dz = (spheres[i + 2] ?? 0) - depth;
      const radius = spheres[i + 3] ?? 0;
      const reach = REACH + radius;
      if (Math.abs(dz) >= reach) continue;
      const [x = 0, y = 0] = [spheres[i], spheres[i + 1]];
      const spread = Math.sqrt(reach * reach - dz * dz) + MOST_BEND;
      const [left, right] = tilesWithin(x - spread, x + spread, this.tilesAcross);
      const [top, bottom] = tilesWithin(y - spread, y + spread, this.tilesDown);
      for (let row = top; row <= bottom; row++) {
        for (let column = left; column <= right; column++) {
          tiles[row * this.tilesAcross + column]?.push(x, y, dz * dz, radius, spheres[i + 4] ?? 0);
        }
      }
    }
    return tiles;
  }

  /**
   * Draws `squares` × `squares` squares from column and row on, by quarters. Each quarter keeps only those spheres of
   * the whole that are near to it.
   */
  private draw(
    spheres: NearSpheres,
    column: number,
    row: number,
    squares: number,
    depth: number,
    output: Uint32Array,
  ): void {
    const [width, height] = this.tissue.size;
    if (column * SQUARE >= width || row * SQUARE >= height) return;
    const near = this.spheresNear(spheres, column, row, squares);
    if (squares === 1) return this.drawSquare(near, column, row, depth, output);
    const half = squares / 2;
    for (let quarter = 0; quarter < 4; quarter++) {
      const [i, j] = [column + (quarter % 2) * half, row + Math.floor(quarter / 2) * half];
      this.draw(near, i, j, half, depth, output);
    }
  }

  /**
   * Returns the spheres whose surface may, for a point in the squares from column and row on, be the nearest or a
   * membrane's thickness farther.
   */
  private spheresNear(spheres: NearSpheres, column: number, row: number, squares: number): NearSpheres {
    const { bent } = this;
    let [left, right, top, bottom] = [Infinity, -Infinity, Infinity, -Infinity];
    for (let j = row; j <= row + squares; j++) {
      const start = 2 * (j * this.nodesAcross + column);
      for (let node = start; node <= start + 2 * squares; node += 2) {
        const x = bent[node] ?? 0;
        const y = bent[node + 1] ?? 0;
        left = Math.min(left, x);
        right = Math.max(right, x);
        top = Math.min(top, y);
        bottom = Math.max(bottom, y);
      }
    }
    const [x, y] = [(left + right) / 2, (top + bottom) / 2];
    const distances: number[] = [];
    let nearest = Infinity;
    for (let i = 0; i < spheres.length; i += SPHERE_NUMBERS) {
      const distance = Math.sqrt(squaredDistance(spheres, i, x, y)) - (spheres[i + 3] ?? 0);
      distances.push(distance);
      if (distance < nearest) nearest = distance;
    }
    const [across, down] = [right - left, bottom - top];
    const limit = nearest + Math.sqrt(across * across + down * down) + MEMBRANE;
    const near: number[] = [];
    for (let i = 0; i < spheres.length; i += SPHERE_NUMBERS) {
      if ((distances[i / SPHERE_NUMBERS] ?? 0) > limit) continue;
      for (let number = i; number < i + SPHERE_NUMBERS; number++) near.push(spheres[number] ?? 0);
    }
    return near;
  }

  private drawSquare(
    near: NearSpheres,
    column: number,
    row: number,
    depth: number,
    output: Uint32Array,
  ): void {
    const { bent, tissue } = this;
    const [width, height] = tissue.size;
    const [startX, startY] = [column * SQUARE, row * SQUARE];
    const [endX, endY] = [Math.min(width, startX + SQUARE), Math.min(height, startY + SQUARE)];
    const only = onlyNeuron(near);
    if (only > tissue.bodies.length) {
      for (let y = startY; y < endY; y++) output.fill(only, y * width + startX, y * width + endX);
      return;
    }
    const above = 2 * (row * this.nodesAcross + column);
    const below = above + 2 * this.nodesAcross;
    for (let y = startY; y < endY; y++) {
      const v = (y - startY) / SQUARE;
      const leftX = blend(bent, above, below, v);
      const leftY = blend(bent, above + 1, below + 1, v);
      const stepX = (blend(bent, above + 2, below + 2, v) - leftX) / SQUARE;
      const stepY = (blend(bent, above + 3, below + 3, v) - leftY) / SQUARE;
      for (let x = startX; x < endX; x++) {
        const fromX = leftX + (x - startX) * stepX;
        const fromY = leftY + (x - startX) * stepY;
        const neuron = neuronAt(near, fromX, fromY);
        const isOfBody = neuron !== 0 && neuron <= tissue.bodies.length;
        output[y * width + x] = isOfBody ? this.partOfBody(neuron, fromX, fromY, depth) : neuron;
      }
    }
  }

  /** Returns the number of a body's neuron or of its nucleus; 0 for the membrane between the two. */
  private partOfBody(neuron: number, x: number, y: number, depth: number): number {
    const body = this.tissue.bodies[neuron - 1];
    if (body === undefined) return 0;
    const [centerX, centerY, centerZ] = body.center;
    const dz = depth - centerZ;
    const center = [centerX, centerY, dz * dz];
    const beyond = Math.sqrt(squaredDistance(center, 0, x, y)) - NUCLEUS * body.radius;
    if (beyond > MEMBRANE / 2) return neuron;
    return beyond < -MEMBRANE / 2 ? body.nucleus : 0;
  }
}

/** Returns the first and the last tile of an axis that has `count` of them which a range of voxels touches. */
function tilesWithin(from: number, to: number, count: number): [first: number, last: number] {
  return [Math.max(0, Math.floor(from / TILE)), Math.min(count - 1, Math.floor(to / TILE))];
}

function squaredDistance(spheres: NearSpheres, at: number, x: number, y: number): number {
  const dx = (spheres[at] ?? 0) - x;
  const dy = (spheres[at + 1] ?? 0) - y;
  return dx * dx + dy * dy + (spheres[at + 2] ?? 0);
}

/** Returns the neuron of all spheres; 0 if they are of several neurons, or if there are none. */
function onlyNeuron(spheres: NearSpheres): number {
  const first = spheres[4] ?? 0;
  for (let i = 4; i < spheres.length; i += SPHERE_NUMBERS) if (spheres[i] !== first) return 0;
  return first;
}

/** Returns the neuron whose surface is nearest to a point; 0 for membrane, and far from all. */
function neuronAt(spheres: NearSpheres, x: number, y: number): number {
  let [nearest, second] = [REACH, REACH];
  let [neuron, first, other] = [0, -1, -1];
  for (let i = 0; i < spheres.length; i += SPHERE_NUMBERS) {
    const squared = squaredDistance(spheres, i, x, y);
    const radius = spheres[i + 3] ?? 0;
    // Most spheres are too far, and no root is needed to see that.
    const limit = second + radius;
    if (limit <= 0 || squared >= limit * limit) continue;
    const distance = Math.sqrt(squared) - radius;
    const isOther = spheres[i + 4] !== neuron;
    if (distance < nearest) {
      if (isOther) {
        second = nearest;
        other = first;
      }
      nearest = distance;
      first = i;
      neuron = spheres[i + 4] ?? 0;
    } else if (isOther) {
      second = distance;
      other = i;
    }
  }
  const gap = second - nearest;
  if (gap >= MEMBRANE) return neuron;
  return other >= 0 && gap >= MEMBRANE * steepness(spheres, first, other, x, y) ? neuron : 0;
}

/**
 * Returns how fast the difference of a point's distances to two spheres grows away from their common border, compared
 * to a point right between them: from 0, where both are in the same direction, to 1.
 */
function steepness(spheres: NearSpheres, a: number, b: number, x: number, y: number): number {
  const toA = Math.sqrt(squaredDistance(spheres, a, x, y));
  const toB = Math.sqrt(squaredDistance(spheres, b, x, y));
  const dx = ((spheres[a] ?? 0) - x) / toA - ((spheres[b] ?? 0) - x) / toB;
  const dy = ((spheres[a + 1] ?? 0) - y) / toA - ((spheres[b + 1] ?? 0) - y) / toB;
  return Math.max(0.35, Math.sqrt(dx * dx + dy * dy) / 2);
}

function blend(values: Float64Array, from: number, to: number, part: number): number {
  return (values[from] ?? 0) * (1 - part) + (values[to] ?? 0) * part;
}
