/**
 * Finds the surfaces of labels with the WebAssembly kernel of assembly/surface-net.ts, which has one instance in each
 * thread.
 */
import { startAssembly, unsigned, type AssemblyMemory } from '../base/assembly';
import { boxShape, type Box } from '../base/box';
import { UnsupportedError } from '../base/errors';
import { product3, subtract3, vec3, type Vec3 } from '../base/vec3';
import { TriangleSoup } from './triangle-soup';
import netModule from './assembly/surface-net.ts?assembly';

/** The exports of assembly/surface-net.ts. */
interface NetExports {
  readonly memory: AssemblyMemory;
  reserveRegion(x: number, y: number, z: number, labels: number, vertices: number, triangles: number): number;
  labelsPointer(): number;
  ranksPointer(): number;
  sidesPointer(): number;
  cornersPointer(): number;
  setVolume(...faces: [...low: Vec3, ...high: Vec3]): void;
  findNet(isSmooth: boolean, error: number, ...nmOfStep: Vec3): number;
  writeTile(...corners: [...from: Vec3, ...to: Vec3]): number;
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

/** A tile's triangles for one label: nine numbers each, in steps from the volume's first corner; see TriangleSoup. */
export interface LabelSoup {
  readonly label: number;
  readonly corners: Int32Array;
}

/** A corner has three faces, each with at most eight triangles. */
const TRIANGLES_PER_CORNER = 24;
/** Triangles are fetched by slabs of a tile with about this number of corners, so that they need little memory. */
const SLAB_CORNERS = 4096;

let kernel: NetExports | 'none' | undefined;

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
   * @param labelCount the number of labels; 0 is the background
   * @param mostVertices the number of vertices to reserve memory for
   * @param fill writes the number of each voxel's label, x fastest, and the ranks of the labels by id
   * @returns undefined if there are more vertices than that
   * @throws UnsupportedError if WebAssembly or enough memory isn't available
   */
  static find(
    region: Box,
    labelCount: number,
    mostVertices: number,
    volumeSize: Vec3,
    settings: NetSettings,
    fill: (labels: Uint32Array, ranks: Uint32Array) => void,
  ): SurfaceNet | undefined {
    kernel ??= startAssembly<NetExports>(netModule) ?? 'none';
    const shape = boxShape(region);
    const room = TRIANGLES_PER_CORNER * SLAB_CORNERS;
    if (kernel === 'none' || kernel.reserveRegion(...shape, labelCount, mostVertices, room) === 0) {
      throw new UnsupportedError(
        `${shape.join(' × ')} voxels can't be meshed here, for want of memory or of WebAssembly`,
      );
    }
    const { buffer } = kernel.memory;
    fill(
      new Uint32Array(buffer, unsigned(kernel.labelsPointer()), product3(shape)),
      new Uint32Array(buffer, unsigned(kernel.ranksPointer()), labelCount),
    );
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
   * Returns, by label, the triangles of the faces whose corners with the least coordinates are in a box, which has at
   * most 4096 corners per slice.
   */
  tile({ min, max }: Box): LabelSoup[] {
    const soups = new Map<number, TriangleSoup>();
    const slices = Math.max(1, Math.floor(SLAB_CORNERS / ((max[0] - min[0]) * (max[1] - min[1]))));
    for (let z = min[2]; z < max[2]; z += slices) {
      this.slab({ min: [min[0], min[1], z], max: [max[0], max[1], Math.min(max[2], z + slices)] }, soups);
    }
    return [...soups].map(([label, soup]) => ({ label, corners: soup.corners }));
  }

  private slab(corners: Box, soups: Map<number, TriangleSoup>): void {
    const { exports, region } = this;
    const { min } = region;
    const count = unsigned(exports.writeTile(...subtract3(corners.min, min), ...subtract3(corners.max, min)));
    const { buffer } = exports.memory;
    const sides = new Uint32Array(buffer, unsigned(exports.sidesPointer()), 2 * count);
    const points = new Int32Array(buffer, unsigned(exports.cornersPointer()), 24 * count);
    const origin = min.map((p) => STEPS_PER_VOXEL * p);
    const triangle = new Int32Array(9);
    for (let side = 0; side < 2 * count; side++) {
      const label = sides[side] ?? 0;
      if (label === 0) continue;
      let soup = soups.get(label);
      if (soup === undefined) soups.set(label, (soup = new TriangleSoup()));
      const first = 12 * side;
      // Triangles that are counter-clockwise from outside for the lower side are clockwise for the upper side.
      const second = (side & 1) === 0 ? first + 4 : first + 8;
      const third = (side & 1) === 0 ? first + 8 : first + 4;
      for (let axis = 0; axis < 3; axis++) {
        const from = origin[axis] ?? 0;
        triangle[axis] = (points[first + axis] ?? 0) + from;
        triangle[3 + axis] = (points[second + axis] ?? 0) + from;
        triangle[6 + axis] = (points[third + axis] ?? 0) + from;
      }
      soup.push(triangle, 0);
    }
  }
}
