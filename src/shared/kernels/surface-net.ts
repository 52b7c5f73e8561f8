/** Finds the surfaces of labels by the WebAssembly kernel of assembly/surface-net.ts, one instance a thread. */
import { startAssembly, unsigned, type AssemblyMemory } from '../base/assembly';
import { boxShape, type Box } from '../base/box';
import { UnsupportedError } from '../base/errors';
import { product3, subtract3, vec3, type Vec3 } from '../base/vec3';
import { TriangleSoup } from './triangle-soup';
import netModule from './assembly/surface-net.ts?assembly';

/** What assembly/surface-net.ts exports. */
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

/** Positions of vertices are whole numbers of steps; so many are a voxel. */
export const STEPS_PER_VOXEL = 256;

/** Steps of relaxation, and corners about a cell that merging looks at: so much farther than a corner the net is needed. */
const REACH = 9;

/**
 * The voxels that decide the triangles of the faces whose corners with the least coordinates are in a box. A larger
 * region gives the same ones.
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
  /** Without it the surface is that of the voxels, with all their steps. */
  readonly isSmooth: boolean;
  /** The root of the mean squared distance from the faces of voxels, relaxed, that a vertex for several may have; 0 for none. */
  readonly mergeErrorNm: number;
}

/** A tile's triangles of one label: nine numbers each, in steps from the volume's first corner; see TriangleSoup. */
export interface LabelSoup {
  readonly label: number;
  readonly corners: Int32Array;
}

/** A corner has three faces, of eight triangles at the most. */
const TRIANGLES_PER_CORNER = 24;
/** Triangles are fetched by slabs of a tile of about so many corners, so that they need little room. */
const SLAB_CORNERS = 4096;

let kernel: NetExports | 'none' | undefined;

/**
 * The surfaces between all labels of a region of voxels, as one net that belongs to both sides: surface nets, smoothed
 * without shrinking, with the vertices of cells of 2³ corners merged where the surface is nearly flat. Label 0, the
 * background, has none.
 *
 * Of each label the surface is closed and oriented counter-clockwise from outside; an edge has two triangles. Voxels of
 * a label that touch by an edge are one piece where nothing else claims the edge: where two labels cross there, that
 * with the smaller id is in one piece. Voxels that touch by a corner alone are kept apart.
 *
 * The kernel holds one region at a time, until the next one is found.
 */
export class SurfaceNet {
  private constructor(
    private readonly exports: NetExports,
    private readonly region: Box,
  ) {}

  /**
   * @param region of voxels, of the volume or beyond
   * @param labelCount numbers of labels; 0 is the background
   * @param mostVertices what there is room for
   * @param fill writes the number of each voxel's label, x fastest, and the ranks of the labels by id
   * @returns undefined where there are more vertices than room
   * @throws UnsupportedError where WebAssembly, or memory, isn't to be had
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

  /** The triangles of the faces whose corners with the least coordinates are in a box of at most 4096 a slice, by label. */
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
      // From outside what is counter-clockwise for the lower side is clockwise for the upper one.
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
