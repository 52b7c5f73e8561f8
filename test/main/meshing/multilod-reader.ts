import { readFile } from 'node:fs/promises';
import draco3d from 'draco3d';
import { decodeDracoPartitioned } from 'neuroglancer/unstable/mesh/draco/index.js';
import { indexSoup } from '../../../src/shared/kernels/triangle-soup';
import type { Surface } from '../../shared/kernels/mesh-checks';

/**
 * A reader of the multi-resolution format. It was written only from the specification (mesh.rst), and uses
 * Neuroglancer's own Draco decoder, and Google's for comparison. It shares no code with the writer.
 */
interface ReadFragment {
  readonly position: readonly number[];
  readonly sizeBytes: number;
  /** Positions in steps from the node's corner. */
  readonly mesh: Surface;
  /** For each octant in the viewer's order, the index at which its triangles begin; one more entry marks the end. */
  readonly octantStarts: readonly number[];
}

export interface ReadLevel {
  readonly scale: number;
  readonly vertexOffset: readonly number[];
  readonly fragments: readonly ReadFragment[];
}

export interface ReadMesh {
  readonly chunkShape: readonly number[];
  readonly gridOrigin: readonly number[];
  readonly levels: readonly ReadLevel[];
}

export async function readMultilod(manifest: Uint8Array, data: Uint8Array, bits: number): Promise<ReadMesh> {
  const view = new DataView(manifest.buffer, manifest.byteOffset, manifest.byteLength);
  let at = 0;
  const floats = (count: number): number[] =>
    Array.from({ length: count }, () => view.getFloat32((at += 4) - 4, true));
  const uints = (count: number): number[] =>
    Array.from({ length: count }, () => view.getUint32((at += 4) - 4, true));
  const chunkShape = floats(3);
  const gridOrigin = floats(3);
  const levelCount = uints(1)[0] ?? 0;
  const scales = floats(levelCount);
  const offsets = Array.from({ length: levelCount }, () => floats(3));
  const counts = uints(levelCount);
  let start = 0;
  const levels: ReadLevel[] = [];
  for (const [level, count] of counts.entries()) {
    const [x, y, z, sizes] = [uints(count), uints(count), uints(count), uints(count)];
    const fragments: ReadFragment[] = [];
    for (const [i, sizeBytes] of sizes.entries()) {
      const position = [x[i] ?? -1, y[i] ?? -1, z[i] ?? -1];
      const bytes = data.subarray(start, (start += sizeBytes));
      const content = sizeBytes === 0 ? EMPTY : await decodeByNeuroglancer(bytes, bits, level > 0);
      fragments.push({ position, sizeBytes, ...content });
    }
    levels.push({ scale: scales[level] ?? 0, vertexOffset: offsets[level] ?? [], fragments });
  }
  if (at !== manifest.length) throw new RangeError(`manifest of ${manifest.length} bytes, ${at} read`);
  if (start !== data.length) throw new RangeError(`fragments of ${data.length} bytes, ${start} read`);
  return { chunkShape, gridOrigin, levels };
}

const EMPTY = { mesh: { positions: [], triangles: [] }, octantStarts: [0] };

/** Replaces `fetch` for Neuroglancer's decoder, which fetches its WebAssembly: Node's own can't read a file. */
async function decodeByNeuroglancer(
  bytes: Uint8Array,
  bits: number,
  partition: boolean,
): Promise<Pick<ReadFragment, 'mesh' | 'octantStarts'>> {
  const realFetch = globalThis.fetch;
  globalThis.fetch = async (input) =>
    new Response(await readFile(new URL(String(input))), { headers: { 'content-type': 'application/wasm' } });
  try {
    const decoded = await decodeDracoPartitioned(bytes, bits, partition);
    const { vertexPositions: positions, indices: triangles, subChunkOffsets } = decoded;
    return { mesh: { positions, triangles }, octantStarts: [...subChunkOffsets] };
  } finally {
    globalThis.fetch = realFetch;
  }
}

/** Returns the corners of the triangles, as Google's decoder reads them. */
export async function decodeDraco(bytes: Uint8Array): Promise<Surface> {
  const draco = await draco3d.createDecoderModule();
  const decoder = new draco.Decoder();
  const buffer = new draco.DecoderBuffer();
  buffer.Init(new Int8Array(bytes), bytes.length);
  const mesh = new draco.Mesh();
  const status = decoder.DecodeBufferToMesh(buffer, mesh);
  if (!status.ok()) throw new RangeError(status.error_msg());
  const values = new draco.DracoInt32Array();
  decoder.GetAttributeInt32ForAllPoints(mesh, decoder.GetAttribute(mesh, 0), values);
  const positions = Array.from({ length: 3 * mesh.num_points() }, (_, i) => values.GetValue(i));
  const face = new draco.DracoInt32Array();
  const triangles = Array.from({ length: mesh.num_faces() }, (_, i) => {
    decoder.GetFaceFromMesh(mesh, i, face);
    return [face.GetValue(0), face.GetValue(1), face.GetValue(2)];
  }).flat();
  for (const object of [face, values, mesh, buffer, decoder]) draco.destroy(object);
  return { positions, triangles };
}

/** Returns a level as one surface, in nanometres. Vertices of equal position are merged. */
export function levelNm({ chunkShape, gridOrigin, levels }: ReadMesh, level: number, bits: number): Surface {
  const steps = 2 ** bits - 1;
  const corners = (levels[level]?.fragments ?? []).flatMap(({ position, mesh }) =>
    Array.from(mesh.triangles).flatMap((vertex) =>
      [0, 1, 2].map((i) => Number(mesh.positions[3 * vertex + i]) + Number(position[i]) * steps),
    ),
  );
  const mesh = indexSoup(Int32Array.from(corners));
  const positions = Array.from(
    mesh.positions,
    (p, i) => (gridOrigin[i % 3] ?? 0) + (p * (chunkShape[i % 3] ?? 0) * 2 ** level) / steps,
  );
  return { positions, triangles: mesh.triangles };
}
