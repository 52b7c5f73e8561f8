/**
 * The compresso encoding of chunks of labels: "cpso", version (a byte, 0 or 1), bytes per voxel (a byte), x, y, z (16
 * bits each, little endian), and data for its decoder.
 *
 * Source: B. Matejek et al., Compresso (MICCAI 2017); github.com/seung-lab/compresso.
 */
import { dataTypeOf, type VoxelArray } from '../../../shared/base/data-type';
import { InvalidInputError } from '../../../shared/base/errors';
import { equal3, type Vec3 } from '../../../shared/base/vec3';
import { restoreLabels, withSmallLabels } from './compresso-labels';
import { compressoCodec, orDamaged, place } from './viewer-codecs';

const HEADER_BYTES = 12;
const NEWEST_VERSION = 1;

/** @throws InvalidInputError if the bytes aren't such a chunk; the content of `out` is then undefined */
export async function decodeCompressoChunk(bytes: Uint8Array, shape: Vec3, out: VoxelArray): Promise<void> {
  checkHeader(bytes, shape, out);
  if (!(out instanceof BigUint64Array)) return decode(bytes, out);
  const small = withSmallLabels(bytes);
  await decode(small.bytes, out);
  restoreLabels(out, small.labels);
}

async function decode(bytes: Uint8Array, out: VoxelArray): Promise<void> {
  await compressoCodec.run((compresso) =>
    orDamaged('compresso', () => {
      const input = place(compresso, bytes);
      const output = compresso.malloc(out.byteLength);
      const code = compresso.compresso_decompress(input, bytes.length, output);
      if (code !== 0) throw new InvalidInputError(`Its compresso data can't be decoded (code ${code}).`);
      const voxels = new Uint8Array(compresso.memory.buffer, output, out.byteLength);
      new Uint8Array(out.buffer, out.byteOffset, out.byteLength).set(voxels);
      compresso.free(input);
      compresso.free(output);
    }),
  );
}

function checkHeader(bytes: Uint8Array, shape: Vec3, out: VoxelArray): void {
  const header = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (header.length < HEADER_BYTES || header.toString('latin1', 0, 4) !== 'cpso') {
    throw new InvalidInputError("It isn't compresso data.");
  }
  const version = header[4] ?? 0;
  if (version > NEWEST_VERSION) throw new InvalidInputError(`Its compresso version ${version} is unknown.`);
  const size: Vec3 = [header.readUInt16LE(6), header.readUInt16LE(8), header.readUInt16LE(10)];
  if (header[5] === out.BYTES_PER_ELEMENT && equal3(size, shape)) return;
  throw new InvalidInputError(
    `Its compresso data has ${size.join(' × ')} voxels of ${header[5] ?? 0} bytes, but the chunk ` +
      `${shape.join(' × ')} of ${dataTypeOf(out)}.`,
  );
}
