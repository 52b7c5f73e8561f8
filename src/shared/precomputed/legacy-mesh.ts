/**
 * The single-resolution mesh format, "neuroglancer_legacy_mesh". Each segment has:
 *
 *     <id>:0       JSON, {"fragments": [names of files]}
 *     a fragment   uint32 number of vertices; float32 x, y, z of each, in nm; uint32 corners of the triangles.
 *                  All little-endian; the number of triangles follows from the file's length.
 *
 * Source: Neuroglancer, src/datasource/precomputed/mesh.rst and backend.ts.
 */
import { z } from 'zod';
import { InvalidInputError } from '../base/errors';
import type { TriangleMesh } from '../base/triangle-mesh';

const manifestSchema = z.object({ fragments: z.array(z.string()) });

/** The only level. The manifest's name ends with it. */
const LEVEL = 0;

export function legacyManifestName(id: bigint): string {
  return `${id}:${LEVEL}`;
}

export function encodeLegacyManifest(fragments: readonly string[]): Uint8Array {
  return new TextEncoder().encode(JSON.stringify({ fragments }));
}

/** Returns the names of the fragments, or none if the bytes aren't a manifest. */
export function decodeLegacyManifest(bytes: Uint8Array): readonly string[] {
  try {
    const { success, data } = manifestSchema.safeParse(JSON.parse(new TextDecoder().decode(bytes)));
    return success ? data.fragments : [];
  } catch {
    return [];
  }
}

export function encodeLegacyFragment({ positions, triangles }: TriangleMesh): Uint8Array {
  const bytes = new Uint8Array(4 + positions.byteLength + triangles.byteLength);
  new DataView(bytes.buffer).setUint32(0, positions.length / 3, true);
  bytes.set(new Uint8Array(positions.buffer, positions.byteOffset, positions.byteLength), 4);
  bytes.set(
    new Uint8Array(triangles.buffer, triangles.byteOffset, triangles.byteLength),
    4 + positions.byteLength,
  );
  return bytes;
}

/**
 * @throws InvalidInputError if the length doesn't fit the number of vertices, or a triangle refers to a missing
 *   vertex
 */
export function decodeLegacyFragment(bytes: Uint8Array): TriangleMesh {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const vertexCount = bytes.length < 4 ? 0 : view.getUint32(0, true);
  const rest = bytes.length - 4 - 12 * vertexCount;
  if (bytes.length < 4 || rest < 0 || rest % 12 !== 0) {
    throw new InvalidInputError(
      `A mesh fragment of ${bytes.length} bytes can't hold ${vertexCount} vertices and whole triangles.`,
    );
  }
  const positions = new Float32Array(3 * vertexCount);
  const triangles = new Uint32Array(rest / 4);
  for (let i = 0; i < positions.length; i++) positions[i] = view.getFloat32(4 + 4 * i, true);
  for (let i = 0; i < triangles.length; i++) {
    const corner = view.getUint32(4 + 12 * vertexCount + 4 * i, true);
    if (corner >= vertexCount) {
      throw new InvalidInputError(`A mesh fragment names vertex ${corner} of ${vertexCount}.`);
    }
    triangles[i] = corner;
  }
  return { positions, triangles };
}
