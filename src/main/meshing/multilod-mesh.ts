import type { Vec3 } from '../../shared/base/vec3';
import { vec3 } from '../../shared/base/vec3';
import { dropFlatPairs } from '../../shared/kernels/flat-pairs';
import { cutTriangles } from '../../shared/kernels/triangle-cut';
import { indexSoup, TriangleSoup, type LatticeMesh } from '../../shared/kernels/triangle-soup';
import { encodeMeshManifest, type MeshManifest } from '../../shared/precomputed/mesh-manifest';
import { compareZOrder } from '../../shared/precomputed/morton';
import { encodeDraco } from './draco-encoder';
import { levelError, type LabelLevels } from './label-levels';
import { joinedBounds, latticeToNm, roundingSteps, stepNm } from './lattice';
import type { MeshSettings } from './mesh-settings';
import { joined, type SurfacePart, type SurfaceParts } from './surface-parts';
import type { SurfaceSpill } from './surface-spill';

/**
 * The viewer takes the coarsest level whose scale is at most its detail cutoff (10 by default) times the size
 * of a pixel: with this multiple of the error as scale, a surface deviates by less than three pixels.
 */
const SCALE_PER_ERROR = 4;

/**
 * The octree's lattice: node (x, y, z) of level l spans `steps` (2^bits - 1) steps, of which there are `stepsPerUnit` in
 * a unit · 2^l. A unit is what positions of the finest level are rounded to; the step divides it or is a multiple of it,
 * so that levels keep their positions exactly wherever there are bits enough.
 */
interface OctreeLattice {
  readonly origin: Vec3;
  /** Steps of the surface's lattice in a unit. */
  readonly unit: Vec3;
  /** Steps of level 0 in a unit; below 1 where there are too few bits for all of these. */
  readonly stepsPerUnit: Vec3;
  /** Steps across a node. */
  readonly steps: number;
  readonly bits: 10 | 16;
}

/**
 * Encodes the levels of a label in the multi-resolution format, node by node.
 *
 * @param spill keeps the triangles of the nodes
 * @param write takes the fragments, one after another
 * @returns the manifest
 */
export function encodeMultilod(
  { levels, depth }: LabelLevels,
  settings: MeshSettings,
  spill: SurfaceSpill,
  write: (fragment: Uint8Array) => void,
): Uint8Array {
  const lattice = planLattice(levels[0] ?? [], depth, settings);
  const nodes = levels.map((parts, level) => {
    const byKey = levelNodes(parts, level, lattice, spill);
    for (const node of inZOrder(byKey)) writeNode(node, lattice, write);
    return byKey;
  });
  listAncestors(nodes);
  listEmptyChildren(nodes);
  return encodeMeshManifest({
    ...placeOctree(lattice, settings),
    levels: nodes.map((byKey, level) => ({
      scale: settings.errorNm * levelError(level) * SCALE_PER_ERROR,
      vertexOffset: [0, 0, 0],
      nodes: inZOrder(byKey),
    })),
  });
}

function inZOrder(nodes: LevelNodes): OctreeNode[] {
  return [...nodes.values()].sort((a, b) => compareZOrder(a.position, b.position));
}

function writeNode(node: OctreeNode, lattice: OctreeLattice, write: (fragment: Uint8Array) => void): void {
  const mesh = dropFlatPairs(indexSoup(joined(node.parts)));
  node.parts = [];
  if (mesh.triangles.length === 0) return;
  node.octants = usedOctants(mesh, middleOf(lattice));
  const bytes = encodeDraco(mesh);
  node.sizeBytes = bytes.length;
  write(bytes);
}

/** Nodes of about equal sides, so large that the octree's last level is a single one. */
function planLattice(finest: SurfaceParts, depth: number, settings: MeshSettings): OctreeLattice {
  const unit = roundingSteps(settings);
  const nm = stepNm(settings);
  const { min, max } = joinedBounds(finest.map(({ bounds }) => bounds));
  const origin = vec3((i) => Math.floor(min[i] / unit[i]) * unit[i]);
  // Coarser levels are rounded to larger units, beyond the finest one's bounds.
  const extentNm = Math.max(...vec3((i) => (max[i] - origin[i] + unit[i] * 2 ** depth) * nm[i]));
  const nodes = 2 ** (depth - 1);
  const steps = 2 ** settings.quantizationBits - 1;
  return {
    origin,
    unit,
    steps,
    bits: settings.quantizationBits,
    stepsPerUnit: vec3((i) => {
      const wanted = (steps * unit[i] * nm[i] * nodes) / extentNm;
      return wanted >= 1 ? clearSteps(Math.floor(wanted), steps, nodes) : 1 / Math.ceil(1 / wanted);
    }),
  };
}

/** The share by which nodes may be larger than they need be. */
const NODE_SLACK = 1 / 8;

/**
 * The steps of a unit, at most so many, with which the borders between `nodes` nodes keep farthest from vertices, which
 * are at whole units. Where an edge is cut a step from its end, the cut is that of other edges of
 * the same end too, and sheets touch there.
 */
function clearSteps(most: number, steps: number, nodes: number): number {
  let best = most;
  let bestClearance = 0;
  for (let candidate = most; candidate >= most * (1 - NODE_SLACK); candidate--) {
    let clearance = candidate;
    for (let border = steps; border < nodes * steps; border += steps) {
      const beyond = border % candidate;
      clearance = Math.min(clearance, beyond, candidate - beyond);
    }
    if (clearance <= bestClearance) continue;
    best = candidate;
    bestClearance = clearance;
  }
  return best;
}

function placeOctree(
  { origin, unit, steps, stepsPerUnit }: OctreeLattice,
  settings: MeshSettings,
): Pick<MeshManifest, 'chunkShape' | 'gridOrigin'> {
  const nm = stepNm(settings);
  return {
    chunkShape: vec3((i) => (steps * unit[i] * nm[i]) / stepsPerUnit[i]),
    gridOrigin: latticeToNm(origin, settings),
  };
}

interface OctreeNode {
  readonly position: Vec3;
  /** Its triangles, in steps of the level from the node's corner, until they are written. */
  parts: SurfacePart[];
  /** Bytes of its fragment, 0 for an empty node. */
  sizeBytes: number;
  /** The octants that hold triangles: bits x, y, z, set in the upper half. */
  octants: ReadonlySet<number>;
}

/** By {@link keyOf} their positions. */
type LevelNodes = Map<number, OctreeNode>;

/** Nodes on an axis are fewer than 2^17. */
function keyOf([x, y, z]: Vec3): number {
  return (z * 2 ** 17 + y) * 2 ** 17 + x;
}

function nodeAt(nodes: LevelNodes, position: Vec3): OctreeNode {
  const key = keyOf(position);
  const found = nodes.get(key);
  if (found !== undefined) return found;
  const node = { position, parts: [], sizeBytes: 0, octants: new Set<number>() };
  nodes.set(key, node);
  return node;
}

/**
 * Brings a level's triangles onto the octree's lattice and cuts them along the nodes' borders, and but for the
 * finest level along the nodes' middles too: the viewer splits a node there and draws the halves apart.
 */
function levelNodes(
  parts: SurfaceParts,
  level: number,
  lattice: OctreeLattice,
  spill: SurfaceSpill,
): LevelNodes {
  const { steps } = lattice;
  const planes = { period: steps, middle: level === 0 ? 0 : middleOf(lattice) };
  const nodes: LevelNodes = new Map();
  const local = new Int32Array(9);
  for (const part of parts) {
    const soups = new Map<OctreeNode, TriangleSoup>();
    let node: OctreeNode | undefined;
    let soup: TriangleSoup | undefined;
    let corners = ontoLattice(part.read(), level, lattice);
    for (const axis of [0, 1, 2] as const) corners = cutTriangles(corners, axis, planes);
    for (let t = 0; t < corners.length; t += 9) {
      const x = nodeOn(corners, t, steps);
      const y = nodeOn(corners, t + 1, steps);
      const z = nodeOn(corners, t + 2, steps);
      if (node?.position[0] !== x || node.position[1] !== y || node.position[2] !== z) {
        node = nodeAt(nodes, [x, y, z]);
        soup = soups.get(node);
      }
      if (soup === undefined) soups.set(node, (soup = new TriangleSoup()));
      for (let i = 0; i < 9; i += 3) {
        local[i] = (corners[t + i] ?? 0) - x * steps;
        local[i + 1] = (corners[t + i + 1] ?? 0) - y * steps;
        local[i + 2] = (corners[t + i + 2] ?? 0) - z * steps;
      }
      soup.push(local, 0);
    }
    for (const [node, soup] of soups) node.parts.push(spill.keep(soup.corners));
  }
  return nodes;
}

/** The node of a triangle on an axis, by the place of its first coordinate there. */
function nodeOn(corners: Int32Array, first: number, steps: number): number {
  const a = corners[first] ?? 0;
  const b = corners[first + 3] ?? 0;
  const c = corners[first + 6] ?? 0;
  const node = Math.floor(Math.min(a, b, c) / steps);
  // What lies in a plane between two nodes belongs to the lower one, so that the last plane has a node.
  return node > 0 && Math.max(a, b, c) === node * steps ? node - 1 : node;
}

function ontoLattice(
  corners: Int32Array,
  level: number,
  { origin, unit, stepsPerUnit }: OctreeLattice,
): Int32Array {
  const result = new Int32Array(corners.length);
  const scale = vec3((i) => stepsPerUnit[i] / (unit[i] * 2 ** level));
  for (let i = 0; i < corners.length; i++) {
    const axis = (i % 3) as 0 | 1 | 2;
    result[i] = Math.max(0, Math.floor(((corners[i] ?? 0) - origin[axis]) * scale[axis] + 0.5));
  }
  return result;
}

/** Where the viewer splits a node, in steps from its corner. */
function middleOf({ bits }: OctreeLattice): number {
  return 2 ** (bits - 1);
}

function usedOctants({ positions, triangles }: LatticeMesh, middle: number): ReadonlySet<number> {
  const octants = new Set<number>();
  for (let t = 0; t < triangles.length; t += 3) {
    let octant = 0;
    for (let axis = 0; axis < 3; axis++) {
      let sum = 0;
      for (let i = 0; i < 3; i++) sum += positions[3 * (triangles[t + i] ?? 0) + axis] ?? 0;
      if (sum > 3 * middle) octant |= 1 << axis;
    }
    octants.add(octant);
  }
  return octants;
}

/** The reader wants every ancestor of a node, even where it is empty. */
function listAncestors(levels: readonly LevelNodes[]): void {
  for (let level = 1; level < levels.length; level++) {
    const parents = levels[level] ?? new Map<number, OctreeNode>();
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
function listEmptyChildren(levels: readonly LevelNodes[]): void {
  for (let level = levels.length - 1; level > 0; level--) {
    const children = levels[level - 1] ?? new Map<number, OctreeNode>();
    for (const { position, octants } of levels[level]?.values() ?? []) {
      for (const octant of octants) {
        nodeAt(
          children,
          vec3((i) => 2 * position[i] + ((octant >> i) & 1)),
        );
      }
    }
  }
}
