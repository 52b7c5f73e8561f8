import { inflateSync } from 'node:zlib';
import { ZSTDDecoder } from 'zstddec';
import { InvalidInputError, isStudioError, toStudioError } from '../../../../shared/base/errors';
import type { Compression } from '../tiff-page';
import { decodeLzw } from './lzw';
import { decodePackBits } from './pack-bits';

/** zlib stops asking for memory where its output ends inside a chunk, so a chunk has a byte to spare. */
const SPARE_BYTES = 64;

let zstandard: Promise<ZSTDDecoder> | undefined;

/**
 * Undoes the compression of a cell whose content has `lengthBytes` bytes, at the start of memory of its own.
 * What a cell holds beyond (some writers fill up the last strip) is left out. `what` names file and cell.
 * @throws InvalidInputError where the content is damaged or too short.
 */
export async function decompress(
  compression: Compression,
  bytes: Uint8Array,
  lengthBytes: number,
  what: string,
): Promise<Uint8Array> {
  const content = await attempt(what, () => decode(compression, bytes, lengthBytes));
  if (content.length < lengthBytes) {
    throw damaged(what, `it holds ${content.length} bytes of ${lengthBytes}`);
  }
  return content.subarray(0, lengthBytes);
}

async function decode(compression: Compression, bytes: Uint8Array, lengthBytes: number): Promise<Uint8Array> {
  switch (compression) {
    case 'none':
      return bytes;
    case 'Deflate':
      return inflateSync(bytes, { chunkSize: lengthBytes + SPARE_BYTES });
    case 'LZW':
      return decodeLzw(bytes, lengthBytes);
    case 'PackBits':
      return decodePackBits(bytes, lengthBytes);
    case 'Zstandard':
      return (await zstandardDecoder()).decode(bytes, lengthBytes);
  }
}

function zstandardDecoder(): Promise<ZSTDDecoder> {
  zstandard ??= (async () => {
    const decoder = new ZSTDDecoder();
    await decoder.init();
    return decoder;
  })();
  return zstandard;
}

async function attempt(what: string, work: () => Promise<Uint8Array>): Promise<Uint8Array> {
  try {
    return await work();
  } catch (error) {
    throw isStudioError(error) ? error : damaged(what, toStudioError(error).message, error);
  }
}

function damaged(what: string, reason: string, cause?: unknown): InvalidInputError {
  return new InvalidInputError(`${what} can't be decoded: ${reason}`, {
    remedy: 'The file is damaged: copy it again from where it came.',
    ...(cause === undefined ? {} : { cause }),
  });
}
