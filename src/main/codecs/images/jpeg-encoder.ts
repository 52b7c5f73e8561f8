import { BugError } from '../../../shared/base/errors';
import { emscriptenCodec, type ModuleFactory } from '../wasm-codec';

/** Voxels that belong together one after the other, then x, then y. */
export interface JpegImage {
  readonly width: number;
  readonly height: number;
  readonly samples: 1 | 3;
  readonly data: Uint8Array;
}

/** libjpeg's limit to either side of an image. */
export const MAX_JPEG_SIDE = 65_500;

interface JpegModule {
  encode(rgba: Uint8Array, width: number, height: number, options: object): Uint8Array;
}

const encoder = emscriptenCodec(
  '@jsquash/jpeg/codec/enc/mozjpeg_enc.wasm',
  async () => (await import('@jsquash/jpeg/codec/enc/mozjpeg_enc.js')).default as ModuleFactory<JpegModule>,
);

const GREYSCALE = 1;
const YCBCR = 3;

/**
 * Encodes a baseline JPEG (ITU-T T.81, JFIF) by mozjpeg; the same bytes for the same image. Colours keep their full
 * resolution. `quality` is from 1 to 100.
 */
export async function encodeJpeg(image: JpegImage, quality: number): Promise<Uint8Array> {
  const { width, height, samples } = image;
  if (image.data.length !== width * height * samples) throw new BugError('not the samples of the image');
  const options = {
    quality,
    baseline: true,
    progressive: false,
    arithmetic: false,
    optimize_coding: true,
    smoothing: 0,
    color_space: samples === 1 ? GREYSCALE : YCBCR,
    quant_table: 0,
    trellis_multipass: false,
    trellis_opt_zero: false,
    trellis_opt_table: false,
    trellis_loops: 1,
    auto_subsample: false,
    chroma_subsample: 1,
    separate_chroma_quality: false,
    chroma_quality: quality,
  };
  // The view is on the module's memory, which the next image takes.
  return encoder.run((jpeg) => Uint8Array.from(jpeg.encode(toRgba(image), width, height, options)));
}

function toRgba({ data, samples }: JpegImage): Uint8Array {
  const rgba = new Uint8Array((data.length / samples) * 4);
  const [green, blue] = samples === 1 ? [0, 0] : [1, 2];
  for (let from = 0, to = 0; from < data.length; from += samples, to += 4) {
    rgba[to] = data[from] ?? 0;
    rgba[to + 1] = data[from + green] ?? 0;
    rgba[to + 2] = data[from + blue] ?? 0;
    rgba[to + 3] = 255;
  }
  return rgba;
}
