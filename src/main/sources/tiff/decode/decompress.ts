import { inflateSync } from 'node:zlib';
import { ZSTDDecoder } from 'zstddec';
import { inflateZlib } from '../../../../shared/deflate/inflate';
import type { Compression } from '../tiff-page';
import { decodeLzw } from './lzw';
import { decodePackBits } from './pack-bits';

/**
 * Undoes the compression of a cell that holds `lengthBytes` bytes, as far as the input goes, so the result may
 * be shorter; it may also be longer, up to `mostBytes`, as some writers fill up the last strip. It may stand in memory
 * that the next call uses again.
 * @throws where the content is damaged.
 */
export type Decompress = (content: Uint8Array, lengthBytes: number, mostBytes: number) => Uint8Array;

/** zlib asks for more memory when its output is full, even at the end, so there is some to spare. */
const SPARE_BYTES = 64;

export async function decompressor(compression: Compression): Promise<Decompress> {
  switch (compression) {
    case 'none':
      return (content) => content;
    case 'Deflate':
      return (content, lengthBytes, mostBytes) =>
        inflateZlib(content, mostBytes) ??
        inflateSync(content, { chunkSize: lengthBytes + SPARE_BYTES, maxOutputLength: mostBytes });
    case 'LZW':
      return decodeLzw;
    case 'PackBits':
      return decodePackBits;
    case 'Zstandard': {
      const decoder = await zstandardDecoder();
      return (content, _, mostBytes) => decoder.decode(content, mostBytes);
    }
  }
}

let zstandard: Promise<ZSTDDecoder> | undefined;

function zstandardDecoder(): Promise<ZSTDDecoder> {
  zstandard ??= (async () => {
    const decoder = new ZSTDDecoder();
    await decoder.init();
    return decoder;
  })();
  return zstandard;
}
