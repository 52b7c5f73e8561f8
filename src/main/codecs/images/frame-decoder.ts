/**
 * Decodes images that are embedded in other files, such as a TIFF or a Zarr chunk: JPEG by libjpeg-turbo, JPEG 2000
 * by OpenJPEG, WebP by libwebp, LERC by Esri's decoder, all in WebAssembly.
 */
import type { LercPixelType } from 'lerc';
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

const LERC_TYPES: Readonly<Record<LercPixelType, DataType>> = {
  U8: 'uint8',
  S8: 'int8',
  U16: 'uint16',
  S16: 'int16',
  U32: 'uint32',
  S32: 'int32',
  F32: 'float32',
  F64: 'float64',
};

/** Voxels without a value are 0. */
export async function lercDecoder(): Promise<FrameDecoder> {
  const lerc = await import('lerc');
  await lerc.load();
  return (bytes) => {
    const { width, height, pixelType, pixels, depthCount } = lerc.decode(bytes, { returnInterleaved: true });
    const [first] = pixels;
    if (first === undefined || pixels.length > 1) {
      throw new InvalidInputError(`its LERC data has ${pixels.length} images, not one`);
    }
    const { buffer, byteOffset, byteLength } = first;
    const decoded = new Uint8Array(buffer, byteOffset, byteLength);
    return { width, height, samples: depthCount, dataType: LERC_TYPES[pixelType], bytes: decoded };
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
