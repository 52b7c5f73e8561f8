/**
 * Encoder and decoder of the `compressed_segmentation` chunk encoding; its byte layout stands in
 * compressed-segmentation-layout.ts.
 */
import { BugError, InvalidInputError, UnsupportedError } from '../base/errors';
import { product3, vec3, type Vec3 } from '../base/vec3';
import {
  BLOCK_HEADER_WORDS,
  fittingChunkSize,
  MAX_BLOCK_LABELS,
  OFFSET_LIMIT,
  valuesWords,
  valueWidth,
  type WordsPerVoxel,
} from './compressed-segmentation-layout';

/**
 * The bytes of one chunk, in a buffer of their own. `voxels` holds `wordsPerVoxel` 32-bit words a voxel (low
 * word first), voxels x fastest, then y, z, channel. The same labels always give the same bytes, those of
 * Neuroglancer's own encoder.
 *
 * Throws {@link UnsupportedError}, with a chunk size that fits in its remedy, where the tables pass the
 * 24-bit offsets, or where a block has more than 65,536 labels.
 */
export function encodeCompressedSegmentation(
  voxels: Uint32Array,
  shape: Vec3,
  channels: number,
  blockSize: Vec3,
  wordsPerVoxel: WordsPerVoxel,
): Uint8Array<ArrayBuffer> {
  const channelWords = product3(shape) * wordsPerVoxel;
  requireLength(voxels, channelWords * channels);
  const words: number[] = [];
  const tooLarge = (): UnsupportedError => overflowError(shape, channels, blockSize, wordsPerVoxel);
  for (let channel = 0; channel < channels; channel++) words.push(0);
  for (let channel = 0; channel < channels; channel++) {
    words[channel] = words.length;
    const input = voxels.subarray(channel * channelWords, (channel + 1) * channelWords);
    encodeChannel(input, shape, blockSize, wordsPerVoxel, words, tooLarge);
  }
  return new Uint8Array(Uint32Array.from(words).buffer);
}

function encodeChannel(
  input: Uint32Array,
  shape: Vec3,
  blockSize: Vec3,
  wordsPerVoxel: WordsPerVoxel,
  words: number[],
  tooLarge: () => UnsupportedError,
): void {
  const start = words.length;
  const blocks = vec3((i) => Math.ceil(shape[i] / blockSize[i]));
  const blockVoxels = product3(blockSize);
  const tables = new Map<string, number>();
  let header = start;
  for (let i = 0; i < BLOCK_HEADER_WORDS * product3(blocks); i++) words.push(0);
  for (let bz = 0; bz < blocks[2]; bz++) {
    for (let by = 0; by < blocks[1]; by++) {
      for (let bx = 0; bx < blocks[0]; bx++) {
        const origin: Vec3 = [bx * blockSize[0], by * blockSize[1], bz * blockSize[2]];
        const { positions, table } = blockTable(input, shape, blockSize, origin, wordsPerVoxel);
        const labels = table.length / wordsPerVoxel;
        if (labels > MAX_BLOCK_LABELS) throw tooManyLabelsError(labels, blockSize);
        const width = valueWidth(labels);
        const values = new Uint32Array(valuesWords(blockVoxels, width));
        for (const [position, index] of positions) {
          const bit = position * width;
          if (width > 0) values[bit >> 5] = (values[bit >> 5] ?? 0) | (index << (bit & 31));
        }
        const valuesOffset = words.length - start;
        for (const word of values) words.push(word);
        const key = table.join();
        let tableOffset = tables.get(key);
        if (tableOffset === undefined) {
          tableOffset = words.length - start;
          tables.set(key, tableOffset);
          for (const word of table) words.push(word);
        }
        if (tableOffset >= OFFSET_LIMIT || start + valuesOffset >= OFFSET_LIMIT) throw tooLarge();
        words[header++] = tableOffset | (width << 24);
        words[header++] = valuesOffset;
      }
    }
  }
}

/** The sorted labels of a block, and each voxel's position in the full block with its index into them. */
function blockTable(
  input: Uint32Array,
  shape: Vec3,
  blockSize: Vec3,
  origin: Vec3,
  wordsPerVoxel: WordsPerVoxel,
): { positions: [position: number, index: number][]; table: number[] } {
  const end = vec3((i) => Math.min(shape[i], origin[i] + blockSize[i]));
  const found: [position: number, label: bigint][] = [];
  for (let z = origin[2]; z < end[2]; z++) {
    for (let y = origin[1]; y < end[1]; y++) {
      for (let x = origin[0]; x < end[0]; x++) {
        const word = (x + shape[0] * (y + shape[1] * z)) * wordsPerVoxel;
        const high = wordsPerVoxel === 2 ? (input[word + 1] ?? 0) : 0;
        const position = x - origin[0] + blockSize[0] * (y - origin[1] + blockSize[1] * (z - origin[2]));
        found.push([position, (BigInt(high) << 32n) | BigInt(input[word] ?? 0)]);
      }
    }
  }
  const labels = [...new Set(found.map(([, label]) => label))].sort((a, b) => (a < b ? -1 : 1));
  const indexOf = new Map(labels.map((label, index) => [label, index]));
  return {
    positions: found.map(([position, label]) => [position, indexOf.get(label) ?? 0]),
    table: labels.flatMap((label) =>
      wordsPerVoxel === 2
        ? [Number(label & 0xffffffffn), Number(label >> 32n)]
        : [Number(label & 0xffffffffn)],
    ),
  };
}

/**
 * Fills `out`, laid out as the input of {@link encodeCompressedSegmentation}, from the bytes of a chunk.
 *
 * Throws {@link InvalidInputError} where the bytes aren't such a chunk: cut short, offsets that point outside, an
 * unknown width. `out` is then partly filled.
 */
export function decodeCompressedSegmentation(
  bytes: Uint8Array,
  shape: Vec3,
  channels: number,
  blockSize: Vec3,
  wordsPerVoxel: WordsPerVoxel,
  out: Uint32Array,
): void {
  const channelWords = product3(shape) * wordsPerVoxel;
  requireLength(out, channelWords * channels);
  const words = wordsOf(bytes);
  const blocks = vec3((i) => Math.ceil(shape[i] / blockSize[i]));
  const headerWords = BLOCK_HEADER_WORDS * product3(blocks);
  if (words.length < channels)
    throw malformed(`${bytes.length} bytes don't hold ${channels} channel offset(s)`);
  for (let channel = 0; channel < channels; channel++) {
    const start = words[channel] ?? 0;
    if (start < channels || start + headerWords > words.length) {
      throw malformed(
        `channel ${channel} with ${headerWords / 2} blocks starts at word ${start} of ${words.length}`,
      );
    }
    const output = out.subarray(channel * channelWords, (channel + 1) * channelWords);
    decodeChannel(words.subarray(start), shape, blockSize, blocks, wordsPerVoxel, output);
  }
}

function decodeChannel(
  words: Uint32Array,
  shape: Vec3,
  blockSize: Vec3,
  blocks: Vec3,
  wordsPerVoxel: WordsPerVoxel,
  out: Uint32Array,
): void {
  const blockVoxels = product3(blockSize);
  for (let block = 0; block < product3(blocks); block++) {
    const header = words[2 * block] ?? 0;
    const valuesOffset = words[2 * block + 1] ?? 0;
    const tableOffset = header & 0xffffff;
    const width = header >>> 24;
    if (width > 32 || (width & (width - 1)) !== 0)
      throw malformed(`block ${block} has values of ${width} bits`);
    if (width > 0 && valuesOffset + valuesWords(blockVoxels, width) > words.length) {
      throw malformed(`the values of block ${block} stand at word ${valuesOffset} of ${words.length}`);
    }
    const bx = block % blocks[0];
    const by = Math.floor(block / blocks[0]) % blocks[1];
    const bz = Math.floor(block / (blocks[0] * blocks[1]));
    const origin: Vec3 = [bx * blockSize[0], by * blockSize[1], bz * blockSize[2]];
    const end = vec3((i) => Math.min(shape[i], origin[i] + blockSize[i]));
    const mask = width === 32 ? 0xffffffff : (1 << width) - 1;
    for (let z = origin[2]; z < end[2]; z++) {
      for (let y = origin[1]; y < end[1]; y++) {
        for (let x = origin[0]; x < end[0]; x++) {
          const position = x - origin[0] + blockSize[0] * (y - origin[1] + blockSize[1] * (z - origin[2]));
          const bit = position * width;
          const value =
            width === 0
              ? 0
              : (((words[valuesOffset + Math.floor(bit / 32)] ?? 0) >>> (bit & 31)) & mask) >>> 0;
          const entry = tableOffset + value * wordsPerVoxel;
          if (entry + wordsPerVoxel > words.length) {
            throw malformed(`label ${value} of block ${block} stands at word ${entry} of ${words.length}`);
          }
          const target = (x + shape[0] * (y + shape[1] * z)) * wordsPerVoxel;
          for (let word = 0; word < wordsPerVoxel; word++) out[target + word] = words[entry + word] ?? 0;
        }
      }
    }
  }
}

/** The words of a file: a view where its first byte is aligned, else a copy. */
function wordsOf(bytes: Uint8Array): Uint32Array {
  if (bytes.byteLength % 4 !== 0) throw malformed(`${bytes.byteLength} bytes aren't whole 32-bit words`);
  const aligned = bytes.byteOffset % 4 === 0 ? bytes : bytes.slice();
  return new Uint32Array(aligned.buffer, aligned.byteOffset, aligned.byteLength / 4);
}

function requireLength(voxels: Uint32Array, words: number): void {
  if (voxels.length !== words) throw new BugError(`${voxels.length} words of voxels for a chunk of ${words}`);
}

function malformed(what: string): InvalidInputError {
  return new InvalidInputError(`Not a chunk in compressed_segmentation of this size: ${what}`, {
    remedy: 'Write the chunk again, or correct the chunk size, block size or data type in the info file.',
  });
}

function overflowError(
  shape: Vec3,
  channels: number,
  blockSize: Vec3,
  wordsPerVoxel: WordsPerVoxel,
): UnsupportedError {
  const fitting = fittingChunkSize(shape, channels, blockSize, wordsPerVoxel);
  return new UnsupportedError(
    `A chunk of ${shape.join(' × ')} voxels with these labels passes the 24-bit offsets of compressed_segmentation`,
    fitting === undefined
      ? { remedy: `Choose compression blocks smaller than ${blockSize.join(',')}.` }
      : {
          remedy: `Choose a chunk size of ${fitting.join(',')} or less: that fits whatever the labels are.`,
          fields: { fittingChunkSize: fitting.join(',') },
        },
  );
}

function tooManyLabelsError(labels: number, blockSize: Vec3): UnsupportedError {
  return new UnsupportedError(
    `A block of ${blockSize.join(' × ')} voxels has ${labels} labels; viewers read at most ${MAX_BLOCK_LABELS}`,
    { remedy: 'Choose smaller compression blocks, for instance 8,8,8.' },
  );
}
