/**
 * The jpeg and png encodings of chunks: an image with x columns and y · z rows, whose samples are the channels.
 *
 * Source: Neuroglancer, src/datasource/precomputed/volume.rst. As there, images with the same product of another
 * width and height are read too.
 */
import { BugError, InvalidInputError, isStudioError } from '../../../shared/base/errors';
import { product3, type Vec3 } from '../../../shared/base/vec3';
import { ImageBytes, type ImageFile } from '../images/image-bytes';
import { samplesPerVoxel, type DecodedImage, type ImageHeader } from '../images/image-header';
import { decodeJpeg, parseJpegHeader } from '../images/jpeg';
import { encodeJpeg } from '../images/jpeg-encoder';
import { decodePng } from '../images/png/png-decoder';
import { encodePng } from '../images/png/png-encoder';
import { parsePngHeader } from '../images/png/png-header';
import { interleave, separate } from './image-samples';

export type ImageVoxels = Uint8Array | Uint16Array;

/** The quality if `info` doesn't give one: the usual default of other programs. */
const USUAL_JPEG_QUALITY = 75;

/**
 * @param quality 1 to 100, 75 if it isn't known; `channels` is 1 or 3
 * @param room memory that the result may be in
 */
export function encodeJpegChunk(
  voxels: Uint8Array,
  shape: Vec3,
  channels: number,
  quality: number | undefined,
  room?: Uint8Array,
): Promise<Uint8Array> {
  if (channels !== 1 && channels !== 3) throw new BugError(`a jpeg chunk of ${channels} channels`);
  const data = interleave(voxels, channels);
  return encodeJpeg(
    { width: shape[0], height: shape[1] * shape[2], samples: channels, data },
    quality ?? USUAL_JPEG_QUALITY,
    room,
  );
}

/** @param level of zlib, 0 to 9; `channels` is 1 to 4 */
export function encodePngChunk(
  voxels: ImageVoxels,
  shape: Vec3,
  channels: number,
  level: number,
): Uint8Array {
  if (channels !== 1 && channels !== 2 && channels !== 3 && channels !== 4) {
    throw new BugError(`a png chunk of ${channels} channels`);
  }
  const data = interleave(voxels, channels);
  return encodePng({ width: shape[0], height: shape[1] * shape[2], samples: channels, data }, level);
}

/** @throws InvalidInputError if the bytes aren't such a chunk */
export async function decodeJpegChunk(
  bytes: Uint8Array,
  shape: Vec3,
  channels: number,
  out: Uint8Array,
): Promise<void> {
  requireSignature(bytes, '\xff\xd8\xff', 'JPEG');
  const header = await parseJpegHeader(imageBytes(bytes, 'JPEG image')).catch(refuseKind);
  requireFit(header, shape, channels, out);
  fill(out, await decodeJpeg(Buffer.from(bytes), header, 'JPEG image'), channels);
}

/** @throws InvalidInputError if the bytes aren't such a chunk */
export async function decodePngChunk(
  bytes: Uint8Array,
  shape: Vec3,
  channels: number,
  out: ImageVoxels,
): Promise<void> {
  requireSignature(bytes, '\x89PNG', 'PNG');
  const header = await parsePngHeader(imageBytes(bytes, 'PNG image'));
  const { bits } = header.layout;
  if (bits < 8) {
    throw new InvalidInputError(`Its PNG image has ${bits} bit(s) a sample, but chunks have 8 or 16.`);
  }
  requireFit(header, shape, channels, out);
  const file = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  fill(out, decodePng(file, header, 'PNG image'), channels);
}

function requireSignature(bytes: Uint8Array, signature: string, format: string): void {
  const head = Buffer.from(bytes.subarray(0, signature.length)).toString('latin1');
  if (head !== signature) throw new InvalidInputError(`It isn't a ${format} image.`);
}

/** A JPEG of a kind that isn't read is a fault of the chunk, as the format allows 8 bits and 1 or 3 channels. */
function refuseKind(error: unknown): never {
  throw isStudioError(error) && error.tag === 'unsupported' ? new InvalidInputError(error.message) : error;
}

function imageBytes(bytes: Uint8Array, name: string): ImageBytes {
  const file: ImageFile = {
    name,
    sizeBytes: bytes.length,
    read(offset, into) {
      into.set(bytes.subarray(offset, offset + into.length));
      return Promise.resolve();
    },
  };
  return new ImageBytes(file);
}

function requireFit(header: ImageHeader, shape: Vec3, channels: number, out: ImageVoxels): void {
  const { format, width, height, samples, dataType } = header;
  const wanted = out instanceof Uint16Array ? 'uint16' : 'uint8';
  const fits = width * height === product3(shape) && samplesPerVoxel(header) === channels;
  if (fits && samples !== 'palette' && dataType === wanted) return;
  throw new InvalidInputError(
    `Its ${format} image has ${width} × ${height} voxels (${samples}, ${dataType}), but the chunk ` +
      `${shape.join(' × ')} of ${channels} channel(s) of ${wanted}.`,
  );
}

function fill(out: ImageVoxels, { data }: DecodedImage, channels: number): void {
  if (data.length !== out.length) throw new InvalidInputError('Its image has another size than its header.');
  separate(data, channels, out);
}
