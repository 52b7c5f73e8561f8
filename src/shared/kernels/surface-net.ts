/**
 * Finds the surfaces of labels with the WebAssembly kernel of assembly/surface-net.ts, which has one instance in each
 * thread.
 */
import { startAssembly, unsigned, type AssemblyMemory } from '../base/assembly';
import { boxShape, type Box } from '../base/box';
import { UnsupportedError } from '../base/errors';
import { product3, subtract3, vec3, type Vec3 } from '../base/vec3';
import type { LatticeMesh } from './triangle-soup';
import netModule from './assembly/surface-net.ts?assembly';

/** The exports of assembly/surface-net.ts. */
interface NetExports {
  readonly memory: AssemblyMemory;
  reserveNet(x: number, y: number, z: number, vertices: number): number;
  reserveLabels(count: number): number;
  labelsPointer(): number;
  ranksPointer(): number;
  setVolume(...faces: [...low: Vec3, ...high: Vec3]): void;
  findNet(isSmooth: boolean, error: number, ...nmOfStep: Vec3): number;
  findTile(...corners: [...from: Vec3, ...to: Vec3]): number;
  nextMesh(): number;
  hadRoom(): number;
  meshLabel(): number;
  meshVertices(): number;
  meshTriangles(): number;
  meshPositionsPointer(): number;
  meshTrianglesPointer(): number;
}

/** Positions of vertices are whole numbers of steps. A voxel has this number of steps. */
export const STEPS_PER_VOXEL = 256;

/**
 * The net is needed this far beyond a corner: for the steps of relaxation, and for the corners around a cell that
 * merging looks at.
 */
const REACH = 9;

/**
 * Returns the voxels that determine the triangles of those faces whose corners with the least coordinates are in a
 * box. A larger region gives the same triangles.
 */
export function netRegion({ min, max }: Box): Box {
  return {
    min: vec3((i) => min[i] - REACH - 1),
    // The last face ends at `max`, in a cell that begins there.
    max: vec3((i) => max[i] + REACH + 2),
  };
}

export interface NetSettings {
  readonly resolutionNm: Vec3;
  /** Without smoothing, the surface is that of the voxels, with all their steps. */
  readonly isSmooth: boolean;
  /**
   * The root mean squared distance from the relaxed faces of voxels that a merged vertex may have; with 0 there are
   * none.
   */
  readonly mergeErrorNm: number;
}

/** A label's triangles in a tile, with positions in steps from the volume's first corner. */
export interface LabelMesh extends LatticeMesh {
  readonly label: number;
}

let kernel: NetExports | 'none' | undefined;

/** Gives the memory of this thread's kernel back, which is as large as the largest region. */
export function releaseNet(): void {
  kernel = undefined;
}

/**
 * The surfaces between all labels of a region of voxels, as one net that both sides share: surface nets, smoothed
 * without shrinking, in which the vertices of cells of 2³ corners are merged where the surface is nearly flat. Label
 * 0, the background, has no surface.
 *
 * The surface of each label is closed and oriented counter-clockwise as seen from outside, and every edge has two
 * triangles. Voxels of a label that touch at an edge are connected unless another label claims the edge: if two
 * labels cross there, the one with the smaller id is connected. Voxels that touch only at a corner are separate.
 *
 * The kernel holds one region at a time, until the next one is found.
 */
export class SurfaceNet {
  private constructor(
    private readonly exports: NetExports,
    private readonly region: Box,
  ) {}

  /**
   * @param region the voxels, inside of the volume or beyond it
   * @param mostVertices the number of vertices to reserve memory for
   * @param fill writes the number of each voxel's label, x fastest, 0 for the background, and returns the ranks of the
   *   labels by id
   * @returns undefined if there are more vertices than that
   * @throws UnsupportedError if WebAssembly or enough memory isn't available
   */
  static find(
    region: Box,
    mostVertices: number,
    volumeSize: Vec3,
    settings: NetSettings,
    fill: (labels: Uint32Array) => Uint32Array,
  ): SurfaceNet | undefined {
    kernel ??= startAssembly<NetExports>(netModule) ?? 'none';
    const shape = boxShape(region);
    if (kernel === 'none' || kernel.reserveNet(...shape, mostVertices) === 0) throw noRoom(region);
    const voxels = unsigned(kernel.labelsPointer());
    const ranks = fill(new Uint32Array(kernel.memory.buffer, voxels, product3(shape)));
    if (kernel.reserveLabels(ranks.length) === 0) throw noRoom(region);
    new Uint32Array(kernel.memory.buffer, unsigned(kernel.ranksPointer()), ranks.length).set(ranks);
    const { min } = region;
    kernel.setVolume(-min[0], -min[1], -min[2], ...subtract3(volumeSize, min));
    const [x, y, z] = settings.resolutionNm;
    const found = kernel.findNet(
      settings.isSmooth,
      settings.mergeErrorNm,
      x / STEPS_PER_VOXEL,
      y / STEPS_PER_VOXEL,
      z / STEPS_PER_VOXEL,
    );
    return found === 0 ? undefined : new SurfaceNet(kernel, region);
  }

  /**
   * Makes a mesh of each label's faces whose corners with the least coordinates are in a box.
   * @throws UnsupportedError if there isn't enough memory for them
   */
  *tile({ min, max }: Box): Generator<LabelMesh> {
    const { exports, region } = this;
    const first = region.min;
    if (exports.findTile(...subtract3(min, first), ...subtract3(max, first)) === 0) throw noRoom(region);
    while (exports.nextMesh() !== 0) yield this.labelMesh();
    if (exports.hadRoom() === 0) throw noRoom(region);
  }

  private labelMesh(): LabelMesh {
    const { exports } = this;
    const { buffer } = exports.memory;
    const corners = 3 * unsigned(exports.meshTriangles());
    const numbers = 3 * unsigned(exports.meshVertices());
    const positions = new Int32Array(buffer, unsigned(exports.meshPositionsPointer()), numbers).slice();
    const [x, y, z] = vec3((i) => STEPS_PER_VOXEL * this.region.min[i]);
    for (let i = 0; i < numbers; i += 3) {
      positions[i] = (positions[i] ?? 0) + x;
      positions[i + 1] = (positions[i + 1] ?? 0) + y;
      positions[i + 2] = (positions[i + 2] ?? 0) + z;
    }
    return {
      label: unsigned(exports.meshLabel()),
      positions,
      triangles: new Uint32Array(buffer, unsigned(exports.meshTrianglesPointer()), corners).slice(),
    };
  }
}

function noRoom(region: Box): UnsupportedError {
  return new UnsupportedError(
    `A block of ${boxShape(region).join(' × ')} voxels can't be meshed here, because there isn't enough memory, or no WebAssembly with SIMD.`,
  );
}
