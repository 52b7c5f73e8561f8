import { inflateSync } from 'node:zlib';
import {
  inflateTwoZlib,
  inflateZlib,
  inflateZlibTo,
  type Unpacking,
} from '../../../../shared/deflate/inflate';
import { loadZstd } from '../../../places/zstd';
import type { TiffPage } from '../tiff-page';
import { decodeLzw } from './lzw';
import { decodePackBits } from './pack-bits';

/**
 * Decompresses a unit that should hold `lengthBytes` bytes. The result is shorter if the input ends early. It may be
 * longer, up to `mostBytes`, because some writers pad the last strip. The result may be in memory that the next call
 * reuses, or in `destination`, which must have `lengthBytes` bytes if it is given.
 * @throws an error if the content is damaged; the destination may then hold any bytes.
 */
export type Decompress = (
  content: Uint8Array,
  lengthBytes: number,
  mostBytes: number,
  destination?: Uint8Array,
) => Uint8Array;

/**
 * Decompresses two units at once, which is faster. The results may be in their destinations, or in memory that the next
 * call reuses.
 * @returns undefined if either of them has to be decompressed by {@link Decompress}
 */
export type DecompressTwo = (
  first: Unpacking,
  second: Unpacking,
) => readonly [Uint8Array, Uint8Array] | undefined;

/** zlib allocates more memory whenever its output is full, even at the end. Spare bytes avoid this. */
const SPARE_BYTES = 64;

export async function decompressor(page: TiffPage): Promise<Decompress> {
  const { compression, unitWidth, isTwoDimensional } = page.layout;
  const fax = (group: 2 | 3 | 4) => async () => {
    const { decodeCcitt } = await import('./ccitt');
    return (content: Uint8Array, lengthBytes: number) =>
      decodeCcitt(content, unitWidth, lengthBytes, { group, isTwoDimensional });
  };
  switch (compression) {
    case 'fax':
      return fax(2)();
    case 'fax Group 3':
      return fax(3)();
    case 'fax Group 4':
      return fax(4)();
    case 'none':
      return (content) => content;
    case 'Deflate':
      return inflate;
    case 'LZW':
      return decodeLzw;
    case 'PackBits':
      return decodePackBits;
    case 'Zstandard': {
      const unpack = await loadZstd();
      return (content, _, mostBytes) => unpack(content, mostBytes);
    }
    case 'JPEG':
    case 'JPEG 2000':
    case 'LERC':
    case 'WebP': {
      const { imageUnits } = await import('./image-units');
      return imageUnits(compression, page);
    }
  }
}

/** Returns undefined if units of this page can't be decompressed two at a time. */
export function pairDecompressor({ layout }: TiffPage): DecompressTwo | undefined {
  return layout.compression === 'Deflate' && !layout.hasReversedBits ? inflateTwoZlib : undefined;
}

function inflate(
  content: Uint8Array,
  lengthBytes: number,
  mostBytes: number,
  destination?: Uint8Array,
): Uint8Array {
  if (destination !== undefined && inflateZlibTo(destination, content)) return destination;
  return (
    inflateZlib(content, mostBytes) ??
    inflateSync(content, { chunkSize: lengthBytes + SPARE_BYTES, maxOutputLength: mostBytes })
  );
}
