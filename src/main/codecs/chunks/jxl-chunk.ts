/**
 * The jxl encoding of chunks: a JPEG XL image of 8 bits (ISO/IEC 18181) with the same layout as in `image-chunk.ts`.
 * It begins with ff 0a, or in a container with 00 00 00 0c "JXL " 0d 0a 87 0a.
 */
import { InvalidInputError, UnsupportedError } from '../../../shared/base/errors';
import { product3, type Vec3 } from '../../../shared/base/vec3';
import { separate } from './image-samples';
import { jxlCodec, orDamaged, place, type JxlModule } from './viewer-codecs';

const SIGNATURES = ['ff0a', '0000000c4a584c200d0a870a'];

/**
 * @throws InvalidInputError if the bytes aren't such a chunk; the content of `out` is then undefined
 * @throws UnsupportedError for numbers of channels that the decoder doesn't support
 */
export async function decodeJxlChunk(
  bytes: Uint8Array,
  shape: Vec3,
  channels: number,
  out: Uint8Array,
): Promise<void> {
  if (channels !== 1 && channels !== 3) {
    throw new UnsupportedError(`A jxl chunk of ${channels} channels isn't read, but of 1 and 3.`);
  }
  const head = Buffer.from(bytes.subarray(0, 12)).toString('hex');
  if (!SIGNATURES.some((signature) => head.startsWith(signature))) {
    throw new InvalidInputError("It isn't a JPEG XL image.");
  }
  const samples = await jxlCodec.run((jxl) =>
    orDamaged('JPEG XL', () => decode(jxl, bytes, shape, out.length)),
  );
  separate(samples, channels, out);
}

function decode(jxl: JxlModule, bytes: Uint8Array, shape: Vec3, length: number): Uint8Array {
  const input = place(jxl, bytes);
  const [width, height] = [jxl.width(input, bytes.length, length), jxl.height(input, bytes.length, length)];
  if (width <= 0 || height <= 0) throw new InvalidInputError('Its JPEG XL data is damaged or cut off.');
  if (width * height !== product3(shape)) {
    throw new InvalidInputError(
      `Its JPEG XL image has ${width} × ${height} voxels, but the chunk ${shape.join(' × ')}.`,
    );
  }
  const output = jxl.decode(input, bytes.length, length);
  if (output === 0) throw new InvalidInputError('Its JPEG XL data is damaged or cut off.');
  const samples = new Uint8Array(jxl.memory.buffer, output, length).slice();
  jxl.free(input, bytes.length);
  jxl.free(output, length);
  return samples;
}
