/**
 * Baseline JPEG (ITU-T T.81, JFIF) with libjpeg-turbo: its native build if there is one for this machine, otherwise
 * its WebAssembly build, which gives the same bytes and takes five times as long.
 */
import { createRequire } from 'node:module';
import type * as JpegTurbo from '@julusian/jpeg-turbo';
import { BugError } from '../../../shared/base/errors';
import { emscriptenCodec, type ModuleFactory } from '../wasm-codec';

/** The samples of a voxel are next to each other, then comes x, then y. */
export interface JpegImage {
  readonly width: number;
  readonly height: number;
  readonly samples: 1 | 3;
  readonly data: Uint8Array;
}

/** libjpeg's limit for either side of an image. */
export const MAX_JPEG_SIDE = 65_500;

/** Returns the bytes of a JPEG file, in a buffer of their own or in `room`; see {@link encodeJpeg}. */
export type JpegEncoder = (
  image: JpegImage,
  quality: number,
  room?: Uint8Array,
) => Uint8Array | Promise<Uint8Array>;

let encoder: JpegEncoder | undefined;

/**
 * Encodes a JPEG file and returns it in a buffer of its own. The same image always gives the same bytes. Colours keep
 * their full resolution.
 * @param quality 1 to 100, on libjpeg's scale
 * @param room memory that the result may be in instead, if it is large enough for any JPEG of this size
 */
export async function encodeJpeg(image: JpegImage, quality: number, room?: Uint8Array): Promise<Uint8Array> {
  if (image.data.length !== image.width * image.height * image.samples) {
    throw new BugError('not the samples of the image');
  }
  encoder ??= nativeEncoder() ?? encodeByWebAssembly;
  return await encoder(image, quality, room);
}

/** Returns undefined if the package has no build for this machine, or wasn't installed for that reason. */
export function nativeEncoder(): JpegEncoder | undefined {
  const turbo = loadNative();
  if (turbo === undefined) return undefined;
  let output = Buffer.alloc(0);
  return ({ width, height, samples, data }, quality, room) => {
    const subsampling = samples === 1 ? turbo.SAMP_GRAY : turbo.SAMP_444;
    const format = samples === 1 ? turbo.FORMAT_GRAY : turbo.FORMAT_RGB;
    const options = { width, height, subsampling, format, quality };
    const mostBytes = turbo.bufferSize(options);
    const input = bufferOf(data);
    // An asynchronous call would move the work from the worker's core to libuv's thread pool.
    if (room !== undefined && room.length >= mostBytes) {
      return turbo.compressSync(input, bufferOf(room), options);
    }
    if (output.length < mostBytes) output = Buffer.allocUnsafeSlow(mostBytes);
    return new Uint8Array(turbo.compressSync(input, output, options));
  };
}

function bufferOf({ buffer, byteOffset, length }: Uint8Array): Buffer {
  return Buffer.from(buffer, byteOffset, length);
}

function loadNative(): typeof JpegTurbo | undefined {
  try {
    return createRequire(import.meta.url)('@julusian/jpeg-turbo') as typeof JpegTurbo;
  } catch {
    return undefined;
  }
}

interface TurboEncoder {
  setProgressive(progressive: boolean): void;
  setQuality(quality: number): void;
  setSubSampling(subsampling: number): void;
  /** Returns the memory for the samples. */
  getDecodedBuffer(frame: object): Uint8Array;
  encode(): void;
  getEncodedBuffer(): Uint8ClampedArray;
  delete(): void;
}

interface TurboModule {
  readonly JPEGEncoder: new () => TurboEncoder;
}

/** libjpeg-turbo's numbers. */
const SUBSAMPLING_444 = 0;
const SUBSAMPLING_GREY = 3;

const webAssembly = emscriptenCodec(
  '@cornerstonejs/codec-libjpeg-turbo-8bit/wasm',
  async () =>
    (await import('@cornerstonejs/codec-libjpeg-turbo-8bit/wasmjs')).default as ModuleFactory<TurboModule>,
);

/** See {@link JpegEncoder}. */
export function encodeByWebAssembly(image: JpegImage, quality: number): Promise<Uint8Array> {
  return webAssembly.run((turbo) => {
    const encoder = new turbo.JPEGEncoder();
    encoder.setProgressive(false);
    encoder.setQuality(quality);
    encoder.setSubSampling(image.samples === 1 ? SUBSAMPLING_GREY : SUBSAMPLING_444);
    const { frame, data } = roomyFrame(image);
    encoder.getDecodedBuffer(frame).set(data);
    encoder.encode();
    const bytes = Uint8Array.from(encoder.getEncodedBuffer());
    encoder.delete();
    return bytes;
  });
}

/** Both are single bytes in the encoder's description of an image. */
const MOST_SAMPLE_BYTES = 31;
const MOST_COMPONENTS = 255;

/**
 * The encoder allocates as many bytes for the JPEG as the description says that the samples have, without checking
 * whether they are enough. So the description claims more: the number of bits of a sample doesn't affect the result,
 * and neither does the number of components unless it is 1. A small grey image, for which more bits alone aren't
 * enough, is passed as a colour image, which gives the same JPEG.
 */
function roomyFrame({ width, height, samples, data }: JpegImage) {
  const mostBytes = 2048 + 128 * samples * Math.ceil(width / 8) * Math.ceil(height / 8);
  const isSmall = mostBytes > MOST_SAMPLE_BYTES * data.length;
  const componentCount = isSmall ? MOST_COMPONENTS : samples;
  const bitsPerSample = 8 * Math.ceil(mostBytes / (width * height * componentCount));
  const frame = { width, height, bitsPerSample, componentCount, isSigned: false };
  return { frame, data: isSmall && samples === 1 ? tripled(data) : data };
}

function tripled(grey: Uint8Array): Uint8Array {
  return Uint8Array.from({ length: 3 * grey.length }, (_, i) => grey[Math.floor(i / 3)] ?? 0);
}
