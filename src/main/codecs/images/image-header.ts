import type { Palette } from './palette';

type ImageFormat = 'PNG' | 'JPEG' | 'WebP' | 'BMP';

/** The samples of each voxel. */
export type SampleKind = 'grey' | 'grey and alpha' | 'RGB' | 'RGBA' | 'palette';

/** The properties of an image that are known before it is decoded. */
export interface ImageHeader {
  readonly format: ImageFormat;
  readonly width: number;
  readonly height: number;
  readonly samples: SampleKind;
  readonly dataType: 'uint8' | 'uint16';
  /** Present if the samples are indices into a palette. */
  readonly palette?: Palette;
  /** True if the storage method changes values. */
  readonly isLossy: boolean;
  /** The number of images in the file that could be slices. */
  readonly frames: number;
  /** The most memory that decoding needs in addition to the file's bytes. */
  readonly decodeBytes: number;
}

/** A whole image: the samples of a voxel are next to each other, then comes x, then y. */
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
