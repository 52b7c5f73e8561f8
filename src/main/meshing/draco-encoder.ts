import draco3d, { type Encoder, type EncoderModule, type MeshBuilder } from 'draco3d';
import { BugError } from '../../shared/base/errors';
import type { LatticeMesh } from '../../shared/kernels/triangle-soup';

/** What one thread encodes all of its meshes with. */
interface LoadedEncoder {
  readonly draco: EncoderModule;
  readonly encoder: Encoder;
  readonly builder: MeshBuilder;
}

let loaded: LoadedEncoder | undefined;

/** Loads Google's Draco encoder (WebAssembly). {@link encodeDraco} needs it once per thread. */
export async function loadDraco(): Promise<void> {
  if (loaded !== undefined) return;
  const draco = await draco3d.createEncoderModule();
  const encoder = new draco.Encoder();
  encoder.SetEncodingMethod(draco.MESH_EDGEBREAKER_ENCODING);
  loaded = { draco, encoder, builder: new draco.MeshBuilder() };
}

/**
 * Encodes a mesh as a Draco file whose only attribute, the position, has three integer components. Draco doesn't
 * quantise them, so they are stored exactly.
 */
export function encodeDraco({ positions, triangles }: LatticeMesh): Uint8Array {
  if (loaded === undefined) throw new BugError('the Draco encoder is not loaded');
  const { draco, encoder, builder } = loaded;
  const mesh = new draco.Mesh();
  const output = new draco.DracoInt8Array();
  try {
    builder.AddFacesToMesh(mesh, triangles.length / 3, triangles);
    builder.AddInt32Attribute(mesh, draco.POSITION, positions.length / 3, 3, positions);
    const length = encoder.EncodeMeshToDracoBuffer(mesh, output);
    if (length <= 0) throw new BugError(`Draco can't encode a mesh of ${triangles.length / 3} triangles`);
    const bytes = new Uint8Array(length);
    for (let i = 0; i < length; i++) bytes[i] = output.GetValue(i);
    return bytes;
  } finally {
    for (const object of [output, mesh]) draco.destroy(object);
  }
}
