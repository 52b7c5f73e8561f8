import type { SliceGrid } from '../slices/slice-grid';
import type { ImageDescription } from './image-description';

const IMAGE_COMPRESSIONS = ['JPEG', 'JPEG 2000', 'LERC', 'WebP'] as const;
/** Compressions whose units are images. Their decoders return samples in this machine's byte order. */
export type ImageCompression = (typeof IMAGE_COMPRESSIONS)[number];

export type Compression =
  | 'none'
  | 'LZW'
  | 'Deflate'
  | 'PackBits'
  | 'Zstandard'
  | 'fax'
  | 'fax Group 3'
  | 'fax Group 4'
  | ImageCompression;
export type Predictor = 'none' | 'horizontal' | 'floating point';
export type Photometric = 'black is zero' | 'white is zero' | 'RGB' | 'palette';

/**
 * How one image of a TIFF file is laid out. Its voxels are stored in units: strips of whole rows, or tiles. If
 * `planar` is true, each channel has its own units, and all units of the first channel come first. Otherwise the
 * channels of a voxel are stored together.
 */
export interface PageLayout extends SliceGrid {
  readonly planar: boolean;
  /** The bits per sample if samples don't fill whole bytes, otherwise 0. Samples of 1 bit are decoded to 0 or 255. */
  readonly packedBits: number;
  /** True for half-precision floats, which are decoded to single precision. */
  readonly isHalf: boolean;
  /** For fax Group 3: rows may be coded relative to the row above. */
  readonly isTwoDimensional: boolean;
  /** True if the bits of each byte are stored in reverse order. */
  readonly hasReversedBits: boolean;
  readonly photometric: Photometric;
  /** A hash that identifies the palette; empty if there is none. */
  readonly palette: string;
  readonly littleEndian: boolean;
  readonly compression: Compression;
  readonly predictor: Predictor;
  readonly tiled: boolean;
  /** The size of a whole unit, in voxels. The last strip may have fewer rows; tiles are padded at the edges. */
  readonly unitWidth: number;
  readonly unitHeight: number;
}

/** One image of a TIFF file, as its directory describes it. */
export interface TiffPage {
  readonly layout: PageLayout;
  /** The position and length of each unit in the file. A length of 0 means a unit of zeros. */
  readonly unitOffsets: ArrayLike<number>;
  readonly unitBytes: ArrayLike<number>;
  /** True for a thumbnail, a pyramid level or a mask. */
  readonly isReduced: boolean;
  readonly description: ImageDescription;
  /** The tables that the JPEGs of its units share, if any. */
  readonly jpegTables: Uint8Array | undefined;
  /** The additional compression of LERC data: 0 for none, 1 for Deflate, 2 for Zstandard. */
  readonly lercPacking: number;
  /** True if colours are stored as brightness and two colour differences. Decoders return red, green and blue. */
  readonly isYCbCr: boolean;
  /** The position of the next page's directory; 0 after the last page. */
  readonly nextPageOffset: number;
}

/** Returns the number of strips or tiles. */
export function unitCount(layout: PageLayout): number {
  const { width, height, unitWidth, unitHeight, planar, channels } = layout;
  return Math.ceil(width / unitWidth) * Math.ceil(height / unitHeight) * (planar ? channels : 1);
}

export function isImageCompression(compression: Compression): compression is ImageCompression {
  return IMAGE_COMPRESSIONS.some((other) => other === compression);
}

/** Returns how many samples of a voxel are stored together: all channels, or one if each channel has its own units. */
export function samplesPerVoxel(layout: PageLayout): number {
  return layout.planar ? 1 : layout.channels;
}
