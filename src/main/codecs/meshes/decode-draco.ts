import type { DecoderModule } from 'draco3d';
import { InvalidInputError } from '../../../shared/base/errors';

/** The content of a mesh fragment: positions in whole steps from its node's corner, x, y, z of each vertex. */
export interface DecodedFragment {
  readonly positions: Int32Array;
  readonly triangles: number;
}

let decoderModule: Promise<DecoderModule> | undefined;

/**
 * Decodes a Draco file with Google's decoder (WebAssembly).
 * @throws InvalidInputError if it isn't Draco, or doesn't contain a mesh with positions
 */
export async function decodeDraco(bytes: Uint8Array): Promise<DecodedFragment> {
  if (!isDraco(bytes)) throw new InvalidInputError("it isn't Draco");
  const draco = await (decoderModule ??= loadDecoder());
  const decoder = new draco.Decoder();
  const buffer = new draco.DecoderBuffer();
  const mesh = new draco.Mesh();
  const values = new draco.DracoInt32Array();
  try {
    buffer.Init(new Int8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength), bytes.length);
    if (decoder.GetEncodedGeometryType(buffer) !== draco.TRIANGULAR_MESH) {
      throw new InvalidInputError('it holds no triangles');
    }
    const status = decoder.DecodeBufferToMesh(buffer, mesh);
    if (!status.ok()) throw new InvalidInputError(`it can't be decoded (${status.error_msg()})`);
    const id = decoder.GetAttributeId(mesh, draco.POSITION);
    if (id < 0) throw new InvalidInputError('it has no positions');
    decoder.GetAttributeInt32ForAllPoints(mesh, decoder.GetAttribute(mesh, id), values);
    const positions = new Int32Array(3 * mesh.num_points());
    for (let i = 0; i < positions.length; i++) positions[i] = values.GetValue(i);
    return { positions, triangles: mesh.num_faces() };
  } finally {
    for (const object of [values, mesh, buffer, decoder]) draco.destroy(object);
  }
}

/** Loads the decoder only when it is needed, as that takes about 20 ms. */
async function loadDecoder(): Promise<DecoderModule> {
  const { default: draco3d } = await import('draco3d');
  return draco3d.createDecoderModule();
}

function isDraco(bytes: Uint8Array): boolean {
  return bytes.length > 11 && Buffer.from(bytes.subarray(0, 5)).toString('latin1') === 'DRACO';
}
