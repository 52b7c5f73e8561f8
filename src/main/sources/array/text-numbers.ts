/** Reads voxels that are stored as text: decimal numbers with white space or commas between them. */
import { bytesPerVoxel, isInteger, voxelView, type DataType } from '../../../shared/base/data-type';
import { InvalidInputError } from '../../../shared/base/errors';
import type { Pieces } from './piece-bytes';
import type { FileBytes } from './random-bytes';

const WINDOW_BYTES = 1 << 16;
const WHITE_SPACE = /[\s,]+/;
const NUMBER = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i;
const WHOLE_NUMBER = /^[+-]?\d+$/;
const NOT_FINITE: ReadonlyMap<string, number> = new Map([
  ['nan', NaN],
  ['inf', Infinity],
  ['+inf', Infinity],
  ['-inf', -Infinity],
]);

/**
 * Returns what unpacks text to voxels of a type in the machine's byte order. Positions are bytes of the file.
 * @throws InvalidInputError if a number can't be read or doesn't fit the type
 */
export function numbersOfText(dataType: DataType): Pieces {
  return async function* (file, from) {
    const { sizeBytes, path } = file.file;
    for (let at = from; at < sizeBytes;) {
      const { text, next } = await wholeNumbers(file, at);
      const words = text.split(WHITE_SPACE).filter((word) => word !== '');
      yield { bytes: parseNumbers(words, dataType, `${path}, bytes ${at} to ${next}`), next };
      at = next;
    }
  };
}

/** Reads text that ends between two numbers. */
async function wholeNumbers(file: FileBytes, at: number): Promise<{ text: string; next: number }> {
  const end = Math.min(at + WINDOW_BYTES, file.file.sizeBytes);
  const bytes = new Uint8Array(end - at);
  await file.read(at, bytes);
  const text = Buffer.from(bytes.buffer).toString('latin1');
  if (end === file.file.sizeBytes) return { text, next: end };
  const length = text.search(/[\s,][^\s,]*$/) + 1;
  if (length > 0) return { text: text.slice(0, length), next: at + length };
  throw new InvalidInputError(`${file.file.path} holds no numbers at byte ${at}.`);
}

function parseNumbers(words: readonly string[], dataType: DataType, where: string): Uint8Array {
  const bytes = new Uint8Array(words.length * bytesPerVoxel(dataType));
  const voxels = voxelView(dataType, bytes.buffer, 0, words.length);
  const isWide = voxels instanceof BigUint64Array || voxels instanceof BigInt64Array;
  for (const [i, word] of words.entries()) {
    if (isWide) {
      const value = WHOLE_NUMBER.test(word) ? BigInt(word.replace('+', '')) : undefined;
      voxels[i] = value ?? 0n;
      if (value === undefined || voxels[i] !== value) throw unfit(word, dataType, where);
      continue;
    }
    const value = NUMBER.test(word) ? Number(word) : NOT_FINITE.get(word.toLowerCase());
    voxels[i] = value ?? 0;
    if (value === undefined || (isInteger(dataType) && voxels[i] !== value))
      throw unfit(word, dataType, where);
  }
  return bytes;
}

function unfit(word: string, dataType: DataType, where: string): InvalidInputError {
  return new InvalidInputError(`${where}: "${word.slice(0, 40)}" is not a number of the type ${dataType}.`, {
    remedy: 'Check the type in the header; or copy the file again from the original.',
  });
}
