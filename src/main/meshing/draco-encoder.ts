import draco3d, { type EncoderModule } from 'draco3d';
import { BugError } from '../../shared/base/errors';
import type { LatticeMesh } from '../../shared/kernels/triangle-soup';

let encoderModule: EncoderModule | undefined;

/** Loads Google's Draco encoder (WebAssembly). {@link encodeDraco} needs it once per thread. */
export async function loadDraco(): Promise<void> {
  encoderModule ??= await draco3d.createEncoderModule();
}

/**
 * Encodes a mesh as a Draco file whose only attribute, the position, has three integer components. Draco doesn't
 * quantise them, so they are stored exactly.
 */
export function encodeDraco({ positions, triangles }: LatticeMesh): Uint8Array {
  if (encoderModule === undefined) throw new BugError('the Draco encoder is not loaded');
  const draco = encoderModule;
  const mesh = new draco.Mesh();
  const builder = new draco.MeshBuilder();
  const encoder = new draco.Encoder();
  const output = new draco.DracoInt8Array();
  try {
    builder.AddFacesToMesh(mesh, triangles.length / 3, triangles);
    builder.AddInt32Attribute(mesh, draco.POSITION, positions.length / 3, 3, positions);
    encoder.SetEncodingMethod(draco.MESH_EDGEBREAKER_ENCODING);
    const length = encoder.EncodeMeshToDracoBuffer(mesh, output);
    if (length <= 0) throw new BugError(`Draco can't encode a mesh of ${triangles.length / 3} triangles`);
    const bytes = new Uint8Array(length);
    for (let i = 0; i < length; i++) bytes[i] = output.GetValue(i);
    return bytes;
  } finally {
    for (const object of [output, encoder, builder, mesh]) draco.destroy(object);
  }
}
