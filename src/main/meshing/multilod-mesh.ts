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
import { joined, triangleCount, type SurfacePart, type SurfaceParts } from './surface-parts';
import type { SurfaceSpill } from './surface-spill';

/**
 * The viewer chooses the coarsest level whose scale is at most its detail cutoff (10 by default) times the size of a
 * pixel. With this multiple of the error as scale, a surface deviates by less than three pixels.
 */
const SCALE_PER_ERROR = 4;

/**
 * The octree's lattice. Node (x, y, z) of level l spans `steps` (2^bits - 1) steps, and a unit · 2^l has
 * `stepsPerUnit` of them. A unit is the multiple to which positions of the finest level are rounded. The step divides
 * it or is a multiple of it, so that levels keep their exact positions if there are enough bits.
 */
interface OctreeLattice {
  readonly origin: Vec3;
  /** The number of steps of the surface's lattice in a unit. */
  readonly unit: Vec3;
  /** The number of steps of level 0 in a unit; below 1 if there are too few bits for all of them. */
  readonly stepsPerUnit: Vec3;
  /** The number of steps across a node. */
  readonly steps: number;
  readonly bits: 10 | 16;
}

/**
 * Encodes the levels of a label in the multi-resolution format, node by node.
 *
 * @param spill stores the triangles of the nodes
 * @param write receives the fragments, one after another
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

/** Plans nodes with about equal sides that are large enough for the octree's last level to have a single node. */
function planLattice(finest: SurfaceParts, depth: number, settings: MeshSettings): OctreeLattice {
  const unit = roundingSteps(settings);
  const nm = stepNm(settings);
  const { min, max } = joinedBounds(finest.map(({ bounds }) => bounds));
  const lowest = vec3((i) => Math.floor(min[i] / unit[i]) * unit[i]);
  // Coarser levels are rounded to larger units, beyond the finest level's bounds.
  const extentNm = Math.max(...vec3((i) => (max[i] - lowest[i] + unit[i] * 2 ** depth) * nm[i]));
  const nodes = 2 ** (depth - 1);
  const steps = 2 ** settings.quantizationBits - 1;
  const wantedSteps = Math.max(LEAST_STEPS_SHARE * steps, STEPS_PER_TRIANGLE * triangleCount(finest));
  const filled = nodes === 1 ? Math.min(1, wantedSteps / steps) : 1;
  const stepsPerUnit = vec3((i) => {
    const wanted = (steps * unit[i] * nm[i] * nodes) / extentNm;
    if (wanted < 1) return 1 / Math.ceil(1 / wanted);
    return clearSteps(Math.max(1, Math.floor(wanted * filled)), steps, nodes);
  });
  const origin = vec3((i) => {
    if (nodes > 1) return lowest[i];
    const spare = steps / stepsPerUnit[i] - (max[i] - lowest[i]) / unit[i];
    return lowest[i] - Math.floor(spare / 2) * unit[i];
  });
  return { origin, unit, steps, bits: settings.quantizationBits, stepsPerUnit };
}

/**
 * Draco counts how often each number occurs, over all that there may be between the least and the greatest. The surface
 * of a single node spans this many steps for each triangle, and the node is larger than its surface, so that counting
 * doesn't take most of the time for small meshes. Nothing is lost, since all vertices are at whole units. The surface is
 * in the node's middle, to which the viewer goes when it is asked to show a segment.
 */
const STEPS_PER_TRIANGLE = 128;

/**
 * The surface of a single node spans at least this share of the node: viewers fetch and draw what is in nodes that are
 * in view. Counting so far takes a twentieth of the time of meshes of a few voxels.
 */
const LEAST_STEPS_SHARE = 1 / 8;

/** Nodes may be larger than necessary by this share. */
const NODE_SLACK = 1 / 8;

/**
 * Returns the number of steps of a unit, at most `most`, for which the borders between `nodes` nodes are farthest
 * from vertices, which are at whole units. If an edge were cut one step from its end, other edges at the same end
 * would get the same cut, and sheets would touch there.
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
  /** Size of its fragment in bytes, 0 for an empty node. */
  sizeBytes: number;
  /** The octants that contain triangles: bits x, y, z, set in the upper half. */
  octants: ReadonlySet<number>;
}

/** Nodes by the {@link keyOf} their positions. */
type LevelNodes = Map<number, OctreeNode>;

/** There are fewer than 2^17 nodes on an axis. */
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
 * Moves a level's triangles onto the octree's lattice and cuts them along the nodes' borders. On all levels except
 * the finest they are also cut along the nodes' middles, because the viewer splits a node there and draws the halves
 * separately.
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
    for (const [node, soup] of soups) node.parts.push(spill.keep(soup.corners.slice()));
  }
  return nodes;
}

/** Returns the node of a triangle on an axis, given the index of its first coordinate on that axis. */
function nodeOn(corners: Int32Array, first: number, steps: number): number {
  const a = corners[first] ?? 0;
  const b = corners[first + 3] ?? 0;
  const c = corners[first + 6] ?? 0;
  const node = Math.floor(Math.min(a, b, c) / steps);
  // Triangles in a plane between two nodes belong to the lower one, so that the last plane has a node.
  return node > 0 && Math.max(a, b, c) === node * steps ? node - 1 : node;
}

function ontoLattice(
  corners: Int32Array,
  level: number,
  { origin, unit, stepsPerUnit }: OctreeLattice,
): Int32Array {
  const result = new Int32Array(corners.length);
  for (const axis of [0, 1, 2] as const) {
    const from = origin[axis];
    const scale = stepsPerUnit[axis] / (unit[axis] * 2 ** level);
    for (let i: number = axis; i < corners.length; i += 3) {
      result[i] = Math.max(0, Math.floor(((corners[i] ?? 0) - from) * scale + 0.5));
    }
  }
  return result;
}

/** The position where the viewer splits a node, in steps from its corner. */
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

/** Adds missing ancestors: the reader needs every ancestor of a node, even if it is empty. */
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
 * Adds empty children for octants of a node with triangles for which the finer level has none. Without them, the
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
