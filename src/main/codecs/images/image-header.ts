import type { Palette } from './palette';

type ImageFormat = 'PNG' | 'JPEG' | 'WebP' | 'BMP' | 'GIF';

/** What the samples of an image are, voxel by voxel. */
export type SampleKind = 'grey' | 'grey and alpha' | 'RGB' | 'RGBA' | 'palette';

/** What an image says of itself before it is decoded. */
export interface ImageHeader {
  readonly format: ImageFormat;
  readonly width: number;
  readonly height: number;
  readonly samples: SampleKind;
  readonly dataType: 'uint8' | 'uint16';
  /** Where the samples are a palette's indices. */
  readonly palette?: Palette;
  /** Stored by a method that changes values. */
  readonly isLossy: boolean;
  /** Images in the file that could be slices. */
  readonly frames: number;
  /** What decoding holds beside the file's bytes, at most. */
  readonly decodeBytes: number;
}

/** A whole image: samples that belong together one after the other, then x, then y. */
export interface DecodedImage {
  readonly header: ImageHeader;
  readonly data: Uint8Array | Uint16Array;
}

const SAMPLES: Readonly<Record<SampleKind, 1 | 2 | 3 | 4>> = {
  grey: 1,
  'grey and alpha': 2,
  RGB: 3,
  RGBA: 4,
  palette: 1,
};

export function samplesPerVoxel({ samples }: ImageHeader): 1 | 2 | 3 | 4 {
  return SAMPLES[samples];
}
