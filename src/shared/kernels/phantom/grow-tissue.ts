import { seededRandom } from '../../base/random';
import type { Vec3 } from '../../base/vec3';
import { Occupancy } from './occupancy';
import { SphereList } from './sphere-list';

/**
 * An artificial piece of nervous tissue: cell bodies and neurites as spheres strung along their axes. All lengths are
 * in units of the voxel's edge on x and y. On z, a slice is {@link SLICE_THICKNESS} units thick.
 */
export interface Tissue {
  /** The number of voxels in x, y, z. */
  readonly size: Vec3;
  /**
   * The number of neurons. They are numbered from 1, those with a body first. Nuclei follow, from `neurons + 1` on.
   */
  readonly neurons: number;
  /** The bodies in the order of their neurons. */
  readonly bodies: readonly CellBody[];
  /** The numbers of the spheres of all neurons (sphere-list.ts), ordered by z. */
  readonly spheres: Float32Array;
}

interface CellBody {
  readonly center: Vec3;
  readonly radius: number;
  readonly neuron: number;
  readonly nucleus: number;
}

/** Slices of electron microscopy are often 40 nm thick, with voxels of 16 nm. The sample imitates that. */
export const SLICE_THICKNESS = 2.5;

/** Neurites start and end this far outside of the volume, so that its faces look like its inside. */
const MARGIN = 40;

interface NeuriteKind {
  /** The number of neurites that start in a cube of 100 edges. */
  readonly density: number;
  readonly radius: readonly [thinnest: number, thickest: number];
  /** How much the direction changes over a distance of one radius; 0 is straight. */
  readonly bend: number;
  /** How much swellings add to the radius. */
  readonly swelling: number;
}

const AXON: NeuriteKind = { density: 7, radius: [4, 9], bend: 0.16, swelling: 1.1 };
const DENDRITE: NeuriteKind = { density: 0.5, radius: [12, 24], bend: 0.1, swelling: 0.25 };
const GLIA: NeuriteKind = { density: 0.6, radius: [6, 13], bend: 0.5, swelling: 0.9 };

/** There is one cell body per cube with this edge. */
const BODY_SPACING = 290;
const DENDRITES_OF_A_BODY = 5;

/** Grows tissue for a volume of `size` voxels. The same seed gives the same tissue on any machine. */
export function growTissue(size: Vec3, seed: number): Tissue {
  const random = seededRandom(seed);
  const extent: Vec3 = [size[0], size[1], size[2] * SLICE_THICKNESS];
  const grower = new Grower(extent, random);
  grower.placeBodies();
  for (const kind of [DENDRITE, GLIA, AXON]) grower.growNeurites(kind);
  return grower.tissue(size);
}

class Grower {
  private readonly bodies: CellBody[] = [];
  private readonly spheres = new SphereList();
  private readonly occupancy: Occupancy;
  private neurons = 0;

  constructor(
    private readonly extent: Vec3,
    private readonly random: () => number,
  ) {
    const [x, y, z] = extent;
    this.occupancy = new Occupancy([-MARGIN, -MARGIN, -MARGIN], [x + MARGIN, y + MARGIN, z + MARGIN]);
  }

  /** Places cell bodies at random without overlaps, each with some dendrites. */
  placeBodies(): void {
    const volume = this.extent[0] * this.extent[1] * this.extent[2];
    const wanted = Math.max(1, Math.round(volume / BODY_SPACING ** 3));
    const largest = Math.min(...this.extent) * 0.4;
    for (let tries = 0; this.bodies.length < wanted && tries < 20 * wanted; tries++) {
      const radius = Math.min(this.between(62, 88), largest);
      const center = this.pointInside(-largest / 2);
      const isFree = this.bodies.every(
        (other) => distance(center, other.center) > radius + other.radius + 40,
      );
      if (isFree) this.bodies.push({ center, radius, neuron: ++this.neurons, nucleus: 0 });
    }
    for (const { center, radius, neuron } of this.bodies) this.addSphere(center, radius, neuron);
    for (const { center, radius, neuron } of this.bodies) {
      for (let i = 0; i < DENDRITES_OF_A_BODY; i++) {
        const direction = this.direction();
        const start = add(center, direction, radius * 0.8);
        this.walk(DENDRITE, neuron, start, direction, radius * this.between(0.22, 0.34));
      }
    }
  }

  growNeurites(kind: NeuriteKind): void {
    const volume = this.extent.reduce((product, edge) => product * (edge + 2 * MARGIN), 1);
    const count = Math.ceil((volume / 1e6) * kind.density);
    for (let i = 0; i < count; i++) {
      const start = this.pointInside(MARGIN);
      if (this.occupancy.ownerAt(start) !== 0) continue;
      const neuron = ++this.neurons;
      const direction = this.direction();
      // Thin neurites are more frequent.
      const radius = kind.radius[0] + (kind.radius[1] - kind.radius[0]) * this.random() * this.random();
      this.walk(kind, neuron, start, direction, radius);
      this.walk(kind, neuron, start, add([0, 0, 0], direction, -1), radius);
    }
  }

  tissue(size: Vec3): Tissue {
    const bodies = this.bodies.map((body, i) => ({ ...body, nucleus: this.neurons + 1 + i }));
    return { size, neurons: this.neurons, bodies, spheres: this.spheres.sortedByZ() };
  }

  /**
   * Strings spheres along a path whose direction and calibre change slowly, around existing spheres, until it leaves
   * the volume or can't continue.
   */
  private walk(kind: NeuriteKind, neuron: number, start: Vec3, towards: Vec3, calibre: number): void {
    let position = start;
    let direction = towards;
    let swelling = 0;
    const longest = 1.5 * Math.max(...this.extent) + 4 * MARGIN;
    for (let way = 0; way < longest && this.isNear(position);) {
      swelling = 0.9 * swelling + 0.35 * (this.random() - 0.5);
      const radius = calibre * (1 + kind.swelling * Math.max(-0.4, swelling));
      this.addSphere(position, radius, neuron);
      const step = Math.max(3, 0.7 * radius);
      const next = this.wayOn(position, direction, step, kind.bend, neuron);
      if (next === undefined) return;
      direction = next;
      position = add(position, direction, step);
      way += step;
    }
  }

  /** Returns a direction that differs little from the previous one, or more if something is in the way. */
  private wayOn(from: Vec3, direction: Vec3, step: number, bend: number, neuron: number): Vec3 | undefined {
    for (let tries = 0; tries < 12; tries++) {
      const candidate = unit(add(direction, this.direction(), bend + 0.08 * tries));
      const ahead = this.occupancy.ownerAt(add(from, candidate, 1.5 * step));
      if (ahead === 0 || ahead === neuron) return candidate;
    }
    return undefined;
  }

  private addSphere(center: Vec3, radius: number, neuron: number): void {
    this.spheres.add(...center, radius, neuron);
    this.occupancy.claim(center, radius, neuron);
  }

  private isNear(point: Vec3): boolean {
    return point.every((value, axis) => value > -MARGIN - 1 && value < (this.extent[axis] ?? 0) + MARGIN + 1);
  }

  private pointInside(margin: number): Vec3 {
    return [
      this.between(-margin, this.extent[0] + margin),
      this.between(-margin, this.extent[1] + margin),
      this.between(-margin, this.extent[2] + margin),
    ];
  }

  private direction(): Vec3 {
    for (;;) {
      const vector: Vec3 = [this.between(-1, 1), this.between(-1, 1), this.between(-1, 1)];
      const length = distance(vector, [0, 0, 0]);
      if (length > 0.1 && length < 1) return unit(vector);
    }
  }

  private between(low: number, high: number): number {
    return low + (high - low) * this.random();
  }
}

function add(a: Vec3, b: Vec3, factor: number): Vec3 {
  return [a[0] + factor * b[0], a[1] + factor * b[1], a[2] + factor * b[2]];
}

function unit(v: Vec3): Vec3 {
  return add([0, 0, 0], v, 1 / distance(v, [0, 0, 0]));
}

function distance(a: Vec3, b: Vec3): number {
  const [x, y, z] = [a[0] - b[0], a[1] - b[1], a[2] - b[2]];
  return Math.sqrt(x * x + y * y + z * z);
}
