/**
 * Decodes images that are embedded in other files, such as a TIFF or a Zarr chunk: JPEG by libjpeg-turbo, JPEG 2000
 * by OpenJPEG, WebP by libwebp, all in WebAssembly.
 */
import type { DataType } from '../../../shared/base/data-type';
import { InvalidInputError } from '../../../shared/base/errors';
import { emscriptenCodec, firstSamples, type ModuleFactory, type WasmCodec } from '../wasm-codec';
import { webpCodec } from './webp';

/** A decoded image: the samples of a voxel next to each other, then x, then y, as little-endian numbers. */
export interface Frame {
  readonly width: number;
  readonly height: number;
  /** Number of samples of a voxel. */
  readonly samples: number;
  readonly dataType: DataType;
  readonly bytes: Uint8Array;
}

/**
 * Decodes synchronously.
 *
 * @throws InvalidInputError if the bytes are damaged or aren't such an image
 */
export type FrameDecoder = (bytes: Uint8Array) => Frame;

/** The interface of both cornerstonejs decoders. */
interface CornerstoneDecoder {
  getEncodedBuffer(lengthBytes: number): Uint8Array;
  decode(): void;
  getFrameInfo(): {
    readonly width: number;
    readonly height: number;
    readonly componentCount: number;
    readonly bitsPerSample: number;
    readonly isSigned: boolean;
  };
  getDecodedBuffer(): Uint8Array;
  delete(): void;
}

const jpeg = emscriptenCodec(
  '@cornerstonejs/codec-libjpeg-turbo-8bit/decodewasm',
  async () =>
    (await import('@cornerstonejs/codec-libjpeg-turbo-8bit/decodewasmjs')).default as ModuleFactory<{
      readonly JPEGDecoder: new () => CornerstoneDecoder;
    }>,
);

const jpeg2000 = emscriptenCodec(
  '@cornerstonejs/codec-openjpeg/decodewasm',
  async () =>
    (await import('@cornerstonejs/codec-openjpeg/decodewasmjs')).default as ModuleFactory<{
      readonly J2KDecoder: new () => CornerstoneDecoder;
    }>,
);

/** Returns a decoder that converts colours to red, green and blue, from the colour space that the image states. */
export function jpegDecoder(): Promise<FrameDecoder> {
  return cornerstoneDecoder('JPEG', jpeg, ({ JPEGDecoder }) => new JPEGDecoder());
}

export function jpeg2000Decoder(): Promise<FrameDecoder> {
  return cornerstoneDecoder('JPEG 2000', jpeg2000, ({ J2KDecoder }) => new J2KDecoder());
}

/** @param samples 3, or 4 with alpha */
export async function webpDecoder(samples: 3 | 4): Promise<FrameDecoder> {
  const run = await webpCodec.ready();
  return (bytes) => {
    const image = run((webp) => webp.decode(bytes));
    if (image === null) throw new InvalidInputError('its WebP data is damaged');
    const { width, height } = image;
    return { width, height, samples, dataType: 'uint8', bytes: firstSamples(image, samples) };
  };
}

async function cornerstoneDecoder<M>(
  format: string,
  codec: WasmCodec<M>,
  create: (module: M) => CornerstoneDecoder,
): Promise<FrameDecoder> {
  const run = await codec.ready();
  return (bytes) =>
    run((module) => {
      const decoder = create(module);
      decoder.getEncodedBuffer(bytes.length).set(bytes);
      try {
        decoder.decode();
      } catch (error) {
        throw new InvalidInputError(`its ${format} data is damaged`, { cause: error });
      }
      const { width, height, componentCount, bitsPerSample, isSigned } = decoder.getFrameInfo();
      // If the JPEG 2000 data is damaged, the image has no size.
      if (width === 0 || height === 0) throw new InvalidInputError(`its ${format} data is damaged`);
      const decoded = Uint8Array.from(decoder.getDecodedBuffer());
      decoder.delete();
      return {
        width,
        height,
        samples: componentCount,
        dataType: bitsPerSample > 8 ? (isSigned ? 'int16' : 'uint16') : isSigned ? 'int8' : 'uint8',
        bytes: decoded,
      };
    });
}
