import { inflateSync } from 'node:zlib';
import { inflateZlib, inflateZlibTo } from '../../../../shared/deflate/inflate';
import { loadZstd } from '../../../places/zstd';
import type { TiffPage } from '../tiff-page';
import { decodeLzw } from './lzw';
import { decodePackBits } from './pack-bits';

/**
 * Undoes the compression of a unit that holds `lengthBytes` bytes, as far as the input goes, so the result may
 * be shorter; it may also be longer, up to `mostBytes`, as some writers fill up the last strip. It may stand in memory
 * that the next call uses again, or be `destination`, of `lengthBytes` bytes, where one is given.
 * @throws where the content is damaged; then there is anything in the destination.
 */
export type Decompress = (
  content: Uint8Array,
  lengthBytes: number,
  mostBytes: number,
  destination?: Uint8Array,
) => Uint8Array;

/** zlib asks for more memory when its output is full, even at the end, so there is some to spare. */
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
