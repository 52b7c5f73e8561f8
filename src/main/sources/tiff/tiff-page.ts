import type { SliceGrid } from '../slices/slice-grid';
import type { ImageDescription } from './image-description';

const IMAGE_COMPRESSIONS = ['JPEG', 'JPEG 2000', 'LERC', 'WebP'] as const;
/** Compressions whose units are images, which decoders give as samples in this machine's byte order. */
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
 * How one image of a TIFF file is laid out. Its voxels stand in units: strips of whole rows, or tiles. With
 * `planar` channels each channel has units of its own, all of the first channel first; else the channels of
 * a voxel stand together.
 */
export interface PageLayout extends SliceGrid {
  readonly planar: boolean;
  /** Bits of samples that don't fill bytes, 0 for all others; of 1 they are 0 or 255. */
  readonly packedBits: number;
  /** Half floats, which become single ones. */
  readonly isHalf: boolean;
  /** Of fax Group 3: rows may be coded against the one above. */
  readonly isTwoDimensional: boolean;
  /** The first bit of a byte stands where others have the last. */
  readonly hasReversedBits: boolean;
  readonly photometric: Photometric;
  /** Tells palettes apart; empty where there is none. */
  readonly palette: string;
  readonly littleEndian: boolean;
  readonly compression: Compression;
  readonly predictor: Predictor;
  readonly tiled: boolean;
  /** Of a whole unit, in voxels. The last strip may be lower; tiles are padded at the edges. */
  readonly unitWidth: number;
  readonly unitHeight: number;
}

/** One image of a TIFF file, as its directory describes it. */
export interface TiffPage {
  readonly layout: PageLayout;
  /** Position and length of each unit in the file; 0 bytes mean a unit of zeros. */
  readonly unitOffsets: ArrayLike<number>;
  readonly unitBytes: ArrayLike<number>;
  /** A thumbnail, a level of a pyramid or a mask, not an image of its own. */
  readonly isReduced: boolean;
  readonly description: ImageDescription;
  /** What the JPEGs of its units share, where they share something. */
  readonly jpegTables: Uint8Array | undefined;
  /** The code of what packs LERC data further: 0 nothing, 1 Deflate, 2 Zstandard. */
  readonly lercPacking: number;
  /** Where colours are stored as brightness and two differences; decoders give red, green and blue. */
  readonly isYCbCr: boolean;
  /** Where the next page's directory is; 0 after the last. */
  readonly nextPageOffset: number;
}

/** Number of strips or tiles. */
export function unitCount(layout: PageLayout): number {
  const { width, height, unitWidth, unitHeight, planar, channels } = layout;
  return Math.ceil(width / unitWidth) * Math.ceil(height / unitHeight) * (planar ? channels : 1);
}

export function isImageCompression(compression: Compression): compression is ImageCompression {
  return IMAGE_COMPRESSIONS.some((other) => other === compression);
}

/** Samples that stand together: all channels of a voxel, or one where each channel has its own units. */
export function samplesPerVoxel(layout: PageLayout): number {
  return layout.planar ? 1 : layout.channels;
}
