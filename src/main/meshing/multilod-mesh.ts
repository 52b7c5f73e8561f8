import type { Vec3 } from '../../shared/base/vec3';
import { vec3 } from '../../shared/base/vec3';
import { cutTriangles } from '../../shared/kernels/triangle-cut';
import { indexSoup, TriangleSoup } from '../../shared/kernels/triangle-soup';
import {
  encodeMeshManifest,
  type MeshLevel,
  type MeshManifest,
  type MeshNode,
} from '../../shared/precomputed/mesh-manifest';
import { compareZOrder } from '../../shared/precomputed/morton';
import { encodeDraco } from './draco-encoder';
import { levelError, type SurfaceParts } from './label-levels';
import { halfVoxelNm, latticeBounds, latticeToNm } from './lattice';
import type { MeshSettings } from './mesh-settings';

export interface EncodedMesh {
  readonly manifest: Uint8Array;
  /** The fragments, one after another. */
  readonly fragments: Uint8Array;
}

/**
 * The viewer takes the coarsest level whose scale is at most its detail cutoff (10 by default) times the size
 * of a pixel: with this multiple of the error as scale, a surface deviates by less than three pixels.
 */
const SCALE_PER_ERROR = 4;

/**
 * The octree's lattice: node (x, y, z) of level l spans `steps` (2^bits - 1) steps of `stepsPerHalfVoxel` · 2^l.
 * The step divides the half voxel or is a multiple of it, so that the finest level keeps its positions exactly
 * wherever there are bits enough.
 */
interface OctreeLattice {
  readonly origin: Vec3;
  /** Steps of level 0 in a half voxel; below 1 where there are too few bits for all of these. */
  readonly stepsPerHalfVoxel: Vec3;
  /** Steps across a node. */
  readonly steps: number;
  readonly bits: 10 | 16;
}

/** Encodes the levels of a label, the finest first, in the multi-resolution format. */
export function encodeMultilod(levels: readonly SurfaceParts[], settings: MeshSettings): EncodedMesh {
  const lattice = planLattice(levels, settings);
  const nodes = levels.map((parts, level) => levelNodes(parts, level, lattice));
  listAncestors(nodes);
  listEmptyChildren(nodes, middleOf(lattice));
  const fragments: Uint8Array[] = [];
  const meshLevels = nodes.map((byKey, level): MeshLevel => {
    const listed = [...byKey.values()].sort((a, b) => compareZOrder(a.position, b.position));
    return {
      scale: settings.errorNm * levelError(level) * SCALE_PER_ERROR,
      vertexOffset: [0, 0, 0],
      nodes: listed.map(({ position, soup }): MeshNode => {
        const mesh = indexSoup(soup.corners);
        if (mesh.triangles.length === 0) return { position, sizeBytes: 0 };
        const bytes = encodeDraco(mesh);
        fragments.push(bytes);
        return { position, sizeBytes: bytes.length };
      }),
    };
  });
  const manifest: MeshManifest = { ...placeOctree(lattice, settings), levels: meshLevels };
  return { manifest: encodeMeshManifest(manifest), fragments: concatenated(fragments) };
}

/** Nodes of about equal sides, so large that the coarsest level is a single one. */
function planLattice(levels: readonly SurfaceParts[], settings: MeshSettings): OctreeLattice {
  const unit = halfVoxelNm(settings);
  const { min, max } = latticeBounds(levels[0] ?? []);
  const extentNm = Math.max(...vec3((i) => (max[i] - min[i]) * unit[i]));
  const nodeNm = extentNm / 2 ** (levels.length - 1);
  const steps = 2 ** settings.quantizationBits - 1;
  return {
    origin: min,
    steps,
    bits: settings.quantizationBits,
    stepsPerHalfVoxel: vec3((i) => {
      const wanted = (steps * unit[i]) / nodeNm;
      return wanted >= 1 ? Math.floor(wanted) : 1 / Math.ceil(1 / wanted);
    }),
  };
}

function placeOctree(
  { origin, steps, stepsPerHalfVoxel }: OctreeLattice,
  settings: MeshSettings,
): Pick<MeshManifest, 'chunkShape' | 'gridOrigin'> {
  const unit = halfVoxelNm(settings);
  return {
    chunkShape: vec3((i) => (steps * unit[i]) / stepsPerHalfVoxel[i]),
    gridOrigin: latticeToNm(origin, settings),
  };
}

interface OctreeNode {
  readonly position: Vec3;
  /** In steps of the level, from the node's corner. */
  readonly soup: TriangleSoup;
}

type LevelNodes = Map<string, OctreeNode>;

function nodeAt(nodes: LevelNodes, position: Vec3): OctreeNode {
  const key = position.join();
  const found = nodes.get(key);
  if (found !== undefined) return found;
  const node = { position, soup: new TriangleSoup() };
  nodes.set(key, node);
  return node;
}

/**
 * Brings a level's triangles onto the octree's lattice and cuts them along the nodes' borders, and but for the
 * finest level along the nodes' middles too: the viewer splits a node there and draws the halves apart.
 */
function levelNodes(parts: SurfaceParts, level: number, lattice: OctreeLattice): LevelNodes {
  const { steps } = lattice;
  const planes = { period: steps, middle: level === 0 ? 0 : middleOf(lattice) };
  const nodes: LevelNodes = new Map();
  for (const part of parts) {
    let corners = ontoLattice(part, level, lattice);
    for (const axis of [0, 1, 2] as const) corners = cutTriangles(corners, axis, planes);
    const local = new Int32Array(9);
    for (let t = 0; t < corners.length; t += 9) {
      const position = vec3((axis) => {
        const a = corners[t + axis] ?? 0;
        const b = corners[t + 3 + axis] ?? 0;
        const c = corners[t + 6 + axis] ?? 0;
        const node = Math.floor(Math.min(a, b, c) / steps);
        // What lies in a plane between two nodes belongs to the lower one, so that the last plane has a node.
        return node > 0 && Math.max(a, b, c) === node * steps ? node - 1 : node;
      });
      for (let i = 0; i < 9; i++) local[i] = (corners[t + i] ?? 0) - position[(i % 3) as 0 | 1 | 2] * steps;
      nodeAt(nodes, position).soup.push(local, 0);
    }
  }
  return nodes;
}

function ontoLattice(
  corners: Int32Array,
  level: number,
  { origin, stepsPerHalfVoxel }: OctreeLattice,
): Int32Array {
  const result = new Int32Array(corners.length);
  for (let i = 0; i < corners.length; i++) {
    const axis = (i % 3) as 0 | 1 | 2;
    const step = ((corners[i] ?? 0) - origin[axis]) * stepsPerHalfVoxel[axis];
    result[i] = Math.floor(step / 2 ** level + 0.5);
  }
  return result;
}

/** Where the viewer splits a node, in steps from its corner. */
function middleOf({ bits }: OctreeLattice): number {
  return 2 ** (bits - 1);
}

/** The octants that hold triangles: bits x, y, z, set in the upper half. */
function usedOctants(corners: Int32Array, middle: number): ReadonlySet<number> {
  const octants = new Set<number>();
  for (let t = 0; t < corners.length; t += 9) {
    let octant = 0;
    for (let axis = 0; axis < 3; axis++) {
      const sum = (corners[t + axis] ?? 0) + (corners[t + 3 + axis] ?? 0) + (corners[t + 6 + axis] ?? 0);
      if (sum > 3 * middle) octant |= 1 << axis;
    }
    octants.add(octant);
  }
  return octants;
}

/** The reader wants every ancestor of a node, even where it is empty. */
function listAncestors(levels: readonly LevelNodes[]): void {
  for (let level = 1; level < levels.length; level++) {
    const parents = levels[level] ?? new Map<string, OctreeNode>();
    for (const { position } of levels[level - 1]?.values() ?? []) {
      nodeAt(
        parents,
        vec3((i) => position[i] >> 1),
      );
    }
  }
}

/**
 * Where an octant of a node has triangles and the finer level has none, an empty child says so; without it the
 * viewer would fill the gap with the coarse triangles.
 */
function listEmptyChildren(levels: readonly LevelNodes[], middle: number): void {
  for (let level = levels.length - 1; level > 0; level--) {
    const children = levels[level - 1] ?? new Map<string, OctreeNode>();
    for (const { position, soup } of levels[level]?.values() ?? []) {
      for (const octant of usedOctants(soup.corners, middle)) {
        nodeAt(
          children,
          vec3((i) => 2 * position[i] + ((octant >> i) & 1)),
        );
      }
    }
  }
}

function concatenated(parts: readonly Uint8Array[]): Uint8Array {
  const result = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let offset = 0;
  for (const part of parts) {
    result.set(part, offset);
    offset += part.length;
  }
  return result;
}
