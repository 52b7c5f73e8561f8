import { InvalidInputError } from '../../../shared/base/errors';
import { vec3, type Vec3 } from '../../../shared/base/vec3';
import { decodeLegacyFragment } from '../../../shared/precomputed/legacy-mesh';
import { decodeMeshManifest, type MeshManifest } from '../../../shared/precomputed/mesh-manifest';
import { compareZOrder } from '../../../shared/precomputed/morton';
import type { ScaleInfo } from '../../../shared/precomputed/volume-info';
import { decodeDraco } from './decode-draco';

/**
 * The result of reading a mesh: the number of fragments, and its faults, one sentence each, without the mesh's name.
 */
export interface MeshReading {
  readonly fragments: number;
  readonly faults: readonly string[];
}

/** A box in nm. */
export interface MeshBounds {
  readonly min: Vec3;
  readonly max: Vec3;
  /**
   * The longest side of a voxel. A surface may leave the volume by this length, or by the detail that its level
   * resolves.
   */
  readonly voxelNm: number;
}

/** Returns the bounds for the meshes of a volume, given its finest scale. */
export function boundsOfVolume({ voxel_offset, size, resolution }: ScaleInfo): MeshBounds {
  return {
    min: vec3((i) => voxel_offset[i] * resolution[i]),
    max: vec3((i) => (voxel_offset[i] + size[i]) * resolution[i]),
    voxelNm: Math.max(...resolution),
  };
}

/** The positions of multi-resolution meshes, according to their info. */
export interface MultilodPositions {
  readonly bits: number;
  /** 3 rows of 4 numbers. */
  readonly transform: readonly number[];
}

/**
 * Reads a mesh with levels of detail: its manifest, and each fragment with Draco.
 *
 * @param readFragment returns bytes of the fragments, with offsets from the first one; fewer at their end
 */
export async function readMultilodMesh(
  manifestBytes: Uint8Array,
  { bits, transform }: MultilodPositions,
  bounds: MeshBounds,
  readFragment: (offsetBytes: number, lengthBytes: number) => Promise<Uint8Array>,
): Promise<MeshReading> {
  const decoded = faultOr(() => decodeMeshManifest(manifestBytes));
  if (typeof decoded === 'string') return { fragments: 0, faults: [decoded] };
  const faults = manifestFaults(decoded);
  let [offset, fragments] = [0, 0];
  for (const [level, { nodes, scale, vertexOffset }] of decoded.levels.entries()) {
    for (const { position, sizeBytes } of nodes) {
      const where = `level ${level}, node ${position.join(', ')}`;
      const bytes = await readFragment(offset, sizeBytes);
      offset += sizeBytes;
      if (sizeBytes === 0) continue;
      fragments++;
      if (bytes.length < sizeBytes) {
        faults.push(`${where}: the file of fragments ends before the end of this one`);
        return { fragments, faults };
      }
      const toNm = (i: 0 | 1 | 2, steps: number): number => {
        const size = decoded.chunkShape[i] * 2 ** level;
        const local = size * (position[i] + steps / (2 ** bits - 1));
        const stored = decoded.gridOrigin[i] + vertexOffset[i] + local;
        return stored * (transform[5 * i] ?? 1) + (transform[4 * i + 3] ?? 0);
      };
      const around = { ...bounds, voxelNm: Math.max(bounds.voxelNm, scale) };
      const fault = await fragmentFault(bytes, bits, toNm, isTurned(transform) ? undefined : around);
      if (fault !== undefined) faults.push(`${where}: ${fault}`);
    }
  }
  return { fragments, faults };
}

/** Reports whether a transform mixes axes. Bounds are then no longer bounds on each axis. */
function isTurned(transform: readonly number[]): boolean {
  return transform.some((value, i) => value !== 0 && i % 4 !== 3 && i % 5 !== 0);
}

/** Returns the size of all fragments of a manifest, or undefined if the bytes aren't a manifest. */
export function fragmentBytes(manifestBytes: Uint8Array): number | undefined {
  const decoded = faultOr(() => decodeMeshManifest(manifestBytes));
  if (typeof decoded === 'string') return undefined;
  return decoded.levels.flatMap(({ nodes }) => nodes).reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
}

/** Returns the fault of a fragment in the legacy format, if it has one. */
export function legacyFragmentFault(bytes: Uint8Array, bounds: MeshBounds): string | undefined {
  const mesh = faultOr(() => decodeLegacyFragment(bytes));
  if (typeof mesh === 'string') return mesh;
  return outside(mesh.positions, (_, nm) => nm, bounds);
}

function faultOr<T extends object>(decode: () => T): T | string {
  try {
    return decode();
  } catch (error) {
    if (error instanceof InvalidInputError || error instanceof RangeError) return error.message;
    throw error;
  }
}

function manifestFaults({ levels, chunkShape }: MeshManifest): string[] {
  const faults: string[] = [];
  if (levels.length === 0) faults.push('its manifest has no levels');
  if (!chunkShape.every((side) => side > 0)) faults.push(`its nodes have the size ${chunkShape.join(' × ')}`);
  levels.forEach(({ scale, nodes }, level) => {
    const finer = levels[level - 1];
    if (!(scale > 0 && scale >= (finer?.scale ?? 0))) {
      faults.push(`level ${level} has the scale ${scale}, which is 0 or less than that of the level before`);
    }
    const isSorted = nodes.every((node, i) => {
      const before = nodes[i - 1];
      return before === undefined || compareZOrder(before.position, node.position) < 0;
    });
    if (!isSorted) faults.push(`the nodes of level ${level} aren't in Z-order`);
    const names = new Set(nodes.map(({ position }) => position.join()));
    const orphan = finer?.nodes.find(({ position }) => !names.has(position.map((p) => p >> 1).join()));
    if (orphan !== undefined) {
      faults.push(`level ${level} lacks the node above ${orphan.position.join(', ')} of level ${level - 1}`);
    }
  });
  return faults;
}

async function fragmentFault(
  bytes: Uint8Array,
  bits: number,
  toNm: (axis: 0 | 1 | 2, steps: number) => number,
  bounds: MeshBounds | undefined,
): Promise<string | undefined> {
  try {
    const { positions, triangles } = await decodeDraco(bytes);
    if (triangles === 0) return 'it holds no triangles';
    const wrong = positions.find((steps) => steps < 0 || steps > 2 ** bits);
    if (wrong !== undefined) return `a position is ${wrong}, beyond its ${bits} bits`;
    return bounds && outside(positions, toNm, bounds);
  } catch (error) {
    if (error instanceof InvalidInputError) return error.message;
    throw error;
  }
}

function outside(
  positions: Int32Array | Float32Array,
  toNm: (axis: 0 | 1 | 2, position: number) => number,
  { min, max, voxelNm }: MeshBounds,
): string | undefined {
  for (const axis of [0, 1, 2] as const) {
    let [least, most] = [Infinity, -Infinity];
    for (let i: number = axis; i < positions.length; i += 3) {
      const p = positions[i] ?? 0;
      if (!(p >= least)) least = p;
      if (!(p <= most)) most = p;
    }
    const ends = [toNm(axis, least), toNm(axis, most)];
    const [low, high] = [Math.min(...ends), Math.max(...ends)];
    if (low >= min[axis] - voxelNm && high <= max[axis] + voxelNm) continue;
    const range = `${Math.round(low)} to ${Math.round(high)} nm`;
    return `it reaches from ${range} along ${'xyz'.charAt(axis)}, beyond the volume`;
  }
  return undefined;
}
