/**
 * The manifest of a segment in the multi-resolution mesh format, "neuroglancer_multilod_draco". All numbers are
 * little-endian and have 32 bits:
 *
 *     chunk_shape            float[3]      size of a node of level 0, in nm
 *     grid_origin            float[3]      corner of node (0, 0, 0), in nm
 *     num_lods               uint
 *     lod_scales             float[num_lods]
 *     vertex_offsets         float[num_lods][3]
 *     num_fragments_per_lod  uint[num_lods]
 *     then for each level, n being its number of fragments:
 *     fragment_positions     uint[3][n]    nodes, in Z-curve order
 *     fragment_sizes         uint[n]       bytes of each fragment; 0 for an empty node
 *
 * A node of level l at (x, y, z) covers chunk_shape · 2^l from grid_origin + (x, y, z) · chunk_shape · 2^l. Another
 * file contains the fragments, one after the other in the same order.
 *
 * Source: Neuroglancer, src/datasource/precomputed/mesh.rst and backend.ts.
 */
import { InvalidInputError } from '../base/errors';
import type { Vec3 } from '../base/vec3';

interface MeshNode {
  readonly position: Vec3;
  /** Size of the node's fragment in bytes; 0 for an empty node. */
  readonly sizeBytes: number;
}

interface MeshLevel {
  /** The size of the details that the level resolves, in nm: positive, and at least that of the previous level. */
  readonly scale: number;
  readonly vertexOffset: Vec3;
  /** The nodes in Z-curve order, including every ancestor of the previous level's nodes. */
  readonly nodes: readonly MeshNode[];
}

export interface MeshManifest {
  readonly chunkShape: Vec3;
  readonly gridOrigin: Vec3;
  readonly levels: readonly MeshLevel[];
}

export function encodeMeshManifest({ chunkShape, gridOrigin, levels }: MeshManifest): Uint8Array {
  const nodeCount = levels.reduce((sum, { nodes }) => sum + nodes.length, 0);
  const view = new DataView(new ArrayBuffer(28 + 20 * levels.length + 16 * nodeCount));
  let offset = 0;
  const float = (value: number): void => {
    view.setFloat32(offset, value, true);
    offset += 4;
  };
  const uint = (value: number): void => {
    view.setUint32(offset, value, true);
    offset += 4;
  };
  chunkShape.forEach(float);
  gridOrigin.forEach(float);
  uint(levels.length);
  for (const { scale } of levels) float(scale);
  for (const { vertexOffset } of levels) vertexOffset.forEach(float);
  for (const { nodes } of levels) uint(nodes.length);
  for (const { nodes } of levels) {
    for (const axis of [0, 1, 2] as const) for (const { position } of nodes) uint(position[axis]);
    for (const { sizeBytes } of nodes) uint(sizeBytes);
  }
  return new Uint8Array(view.buffer);
}

/** @throws InvalidInputError if the length doesn't match the counts in the manifest */
export function decodeMeshManifest(bytes: Uint8Array): MeshManifest {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const levelCount = bytes.length < 28 ? 0 : view.getUint32(24, true);
  const headerBytes = 28 + 20 * levelCount;
  const counts = Array.from({ length: bytes.length < headerBytes ? 0 : levelCount }, (_, level) =>
    view.getUint32(28 + 16 * levelCount + 4 * level, true),
  );
  const expected = headerBytes + 16 * counts.reduce((sum, count) => sum + count, 0);
  if (bytes.length < 28 || bytes.length !== expected) {
    throw new InvalidInputError(
      `The manifest of a mesh has ${bytes.length} bytes; its counts call for ${expected}.`,
    );
  }
  const vector = (offset: number): Vec3 => [
    view.getFloat32(offset, true),
    view.getFloat32(offset + 4, true),
    view.getFloat32(offset + 8, true),
  ];
  let offset = headerBytes;
  const levels = counts.map((count, level): MeshLevel => {
    const start = offset;
    offset += 16 * count;
    const uint = (row: number, i: number): number => view.getUint32(start + 4 * (row * count + i), true);
    return {
      scale: view.getFloat32(28 + 4 * level, true),
      vertexOffset: vector(28 + 4 * levelCount + 12 * level),
      nodes: Array.from({ length: count }, (_, i) => ({
        position: [uint(0, i), uint(1, i), uint(2, i)],
        sizeBytes: uint(3, i),
      })),
    };
  });
  return { chunkShape: vector(0), gridOrigin: vector(12), levels };
}
