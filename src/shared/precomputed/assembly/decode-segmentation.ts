/**
 * Decoder of compressed_segmentation; ../compressed-segmentation-layout.ts describes the byte layout. The host puts
 * the whole file into the input and takes one layer of blocks at a time from the output, so that the output stays in
 * the cache.
 *
 * Memory: pairs of labels | output, one layer | input.
 */
import { align, firstFree, reserve } from '../../base/assembly/memory';
import {
  blockVoxels,
  blockX,
  blockY,
  blockZ,
  depth,
  goToBlock,
  height,
  rowBytes,
  rowStart,
  setRows,
  sizeX,
  sizeY,
  sizeZ,
  sliceBytes,
  width,
} from './block-shape';

export { blockShape, chunkShape } from './block-shape';

/** Results of the functions. The host knows them by number. */
const OK: i32 = 0;
const BAD_WIDTH: i32 = 1;
const VALUES_OUTSIDE: i32 = 2;
const LABEL_OUTSIDE: i32 = 3;

/** A table of labels may end before its last pairs, which are read but not used. */
const INPUT_MARGIN: u32 = 4 * 8;

let wordsPerVoxel: u32 = 0;

/** The labels of two neighbours for each pair of values of 1 or 2 bits. */
let pairsAt: usize = 0;
let inputAt: usize = 0;
let outputAt: usize = 0;
let nextBlock: u32 = 0;

/** Prepares for a chunk of `words` words. Returns false if there isn't enough memory. */
export function beginChunk(voxelWords: u32, words: u32): bool {
  wordsPerVoxel = voxelWords;
  const bytesOfRow = <usize>sizeX * wordsPerVoxel * 4;
  setRows(bytesOfRow, <usize>sizeY * bytesOfRow);
  const pairs = firstFree();
  const output = pairs + 16 * 16;
  const input = align(output + 4 * <u64>wordsPerVoxel * sizeX * sizeY * min(sizeZ, blockZ));
  pairsAt = <usize>pairs;
  outputAt = <usize>output;
  inputAt = <usize>input;
  return reserve(input + 4 * <u64>words + INPUT_MARGIN);
}

export function beginChannel(): void {
  nextBlock = 0;
}

export function inputPointer(): usize {
  return inputAt;
}

export function outputPointer(): usize {
  return outputAt;
}

/** The number of the block in its channel at which {@link decodeLayer} stopped. */
export function faultyBlock(): u32 {
  return nextBlock;
}

/**
 * Decodes the next layer of blocks, which has so many slices. Its channel starts at word `start` of the input and has
 * at most `words` words. Returns a status. Precondition: the channel's block headers are within these words.
 */
export function decodeLayer(start: u32, words: u32, slices: u32): i32 {
  const channel = inputAt + ((<usize>start) << 2);
  return wordsPerVoxel === 2 ? layer<u64>(channel, words, slices) : layer<u32>(channel, words, slices);
}

function layer<T>(channel: usize, words: u32, slices: u32): i32 {
  for (let y: u32 = 0; y < sizeY; y += blockY) {
    for (let x: u32 = 0; x < sizeX; x += blockX) {
      goToBlock(x, y, slices);
      const target = outputAt + <usize>y * rowBytes + x * sizeof<T>();
      const status = block<T>(channel, words, target);
      if (status !== OK) return status;
      nextBlock++;
    }
  }
  return OK;
}

function block<T>(channel: usize, words: u32, target: usize): i32 {
  const header = channel + ((<usize>nextBlock) << 3);
  const tableOffset = load<u32>(header) & 0xffffff;
  const bits = <u32>load<u8>(header, 3);
  const valuesOffset = load<u32>(header, 4);
  if (bits > 32 || (bits & (bits - 1)) !== 0) return BAD_WIDTH;
  const valuesWords = (blockVoxels * bits + 31) >>> 5;
  if (bits !== 0 && <u64>valuesOffset + valuesWords > words) return VALUES_OUTSIDE;
  const values = channel + ((<usize>valuesOffset) << 2);
  const table = channel + ((<usize>tableOffset) << 2);
  const entries = tableOffset < words ? (words - tableOffset) / wordsPerVoxel : 0;
  if (entries < (<u64>1) << bits && !allBelow(entries, values, bits)) {
    return LABEL_OUTSIDE;
  }
  // If rows start at whole bytes, so do groups of eight values.
  const octets = (blockX & 7) === 0 ? width & ~7 : 0;
  if (octets > 0) {
    if (bits === 0) fill<T>(table, target, octets);
    else if (bits === 1) pairOctets<T, u8>(values, table, target, octets);
    else if (bits === 2) pairOctets<T, u16>(values, table, target, octets);
    else if (bits === 4) nibbleOctets<T>(values, table, target, octets);
    else if (bits === 8) octetsOf<T, u8>(values, table, target, octets);
    else if (bits === 16) octetsOf<T, u16>(values, table, target, octets);
    else octetsOf<T, u32>(values, table, target, octets);
  }
  if (octets < width) singles<T>(bits, values, table, target, octets);
  return OK;
}

/** Returns the value, which has `bits` bits, of the voxel at `position` in the full block. */
function valueAt(values: usize, bits: u32, position: u32): u32 {
  if (bits === 0) return 0;
  const bit = position * bits;
  return (load<u32>(values + ((<usize>(bit >>> 5)) << 2)) >>> (bit & 31)) & (0xffffffff >>> (32 - bits));
}

/** Reports whether the values of all voxels inside of the chunk are below `limit`. */
function allBelow(limit: u32, values: usize, bits: u32): bool {
  if (upperBound(values, bits) < limit) return true;
  for (let z: u32 = 0; z < depth; z++) {
    for (let y: u32 = 0; y < height; y++) {
      const start = rowStart(y, z);
      for (let x: u32 = 0; x < width; x++) {
        if (valueAt(values, bits, start + x) >= limit) return false;
      }
    }
  }
  return true;
}

/** Returns an upper bound of the block's values: all bits that occur in any of them. */
function upperBound(values: usize, bits: u32): u32 {
  if (bits === 0) return 0;
  let inWords: u32 = 0;
  const end = values + (((blockVoxels * bits + 31) >>> 5) << 2);
  for (let at = values; at < end; at += 4) inWords |= load<u32>(at);
  let bound: u32 = 0;
  for (let shift: u32 = 0; shift < 32; shift += bits) bound |= inWords >>> shift;
  return bound & (0xffffffff >>> (32 - bits));
}

/** Fills the block with one label. */
function fill<T>(table: usize, target: usize, octets: u32): void {
  const label = load<T>(table);
  const vector = sizeof<T>() === 8 ? i64x2.splat(<i64>label) : i32x4.splat(<i32>label);
  const sliceEnd = target + <usize>depth * sliceBytes;
  for (let slice = target; slice < sliceEnd; slice += sliceBytes) {
    const rowEnd = slice + <usize>height * rowBytes;
    for (let row = slice; row < rowEnd; row += rowBytes) {
      const end = row + octets * sizeof<T>();
      for (let to = row; to < end; to += 32) {
        v128.store(to, vector);
        v128.store(to, vector, 16);
      }
    }
  }
}

/**
 * Decodes values of 1 bit (W is u8: a byte holds eight of them) or 2 bits (u16), two voxels at a time, with a table
 * of pairs.
 */
function pairOctets<T, W>(values: usize, table: usize, target: usize, octets: u32): void {
  const bits: u32 = sizeof<W>();
  fillPairs<T>(table, bits);
  const mask: u32 = (1 << (2 * bits)) - 1;
  for (let z: u32 = 0; z < depth; z++) {
    for (let y: u32 = 0; y < height; y++) {
      let at = values + (rowStart(y, z) >>> 3) * sizeof<W>();
      const row = target + <usize>z * sliceBytes + <usize>y * rowBytes;
      const end = row + octets * sizeof<T>();
      for (let to = row; to < end; to += 8 * sizeof<T>(), at += sizeof<W>()) {
        const octet = <u32>load<W>(at);
        copyPair<T>(to, octet & mask);
        copyPair<T>(to + 2 * sizeof<T>(), (octet >>> (2 * bits)) & mask);
        copyPair<T>(to + 4 * sizeof<T>(), (octet >>> (4 * bits)) & mask);
        copyPair<T>(to + 6 * sizeof<T>(), (octet >>> (6 * bits)) & mask);
      }
    }
  }
}

function fillPairs<T>(table: usize, bits: u32): void {
  const labels: u32 = 1 << bits;
  for (let pair: u32 = 0; pair < labels * labels; pair++) {
    const at = pairsAt + pair * 2 * sizeof<T>();
    store<T>(at, load<T>(table + (pair & (labels - 1)) * sizeof<T>()));
    store<T>(at + sizeof<T>(), load<T>(table + (pair >>> bits) * sizeof<T>()));
  }
}

function copyPair<T>(to: usize, pair: u32): void {
  if (sizeof<T>() === 8) v128.store(to, v128.load(pairsAt + (pair << 4)));
  else store<u64>(to, load<u64>(pairsAt + (pair << 3)));
}

/** Decodes values of 4 bits. */
function nibbleOctets<T>(values: usize, table: usize, target: usize, octets: u32): void {
  for (let z: u32 = 0; z < depth; z++) {
    for (let y: u32 = 0; y < height; y++) {
      let at = values + (rowStart(y, z) >>> 1);
      const row = target + <usize>z * sliceBytes + <usize>y * rowBytes;
      const end = row + octets * sizeof<T>();
      for (let to = row; to < end; to += 8 * sizeof<T>(), at += 4) {
        const octet = load<u32>(at);
        copyLabel<T>(to, table, octet & 15);
        copyLabel<T>(to + sizeof<T>(), table, (octet >>> 4) & 15);
        copyLabel<T>(to + 2 * sizeof<T>(), table, (octet >>> 8) & 15);
        copyLabel<T>(to + 3 * sizeof<T>(), table, (octet >>> 12) & 15);
        copyLabel<T>(to + 4 * sizeof<T>(), table, (octet >>> 16) & 15);
        copyLabel<T>(to + 5 * sizeof<T>(), table, (octet >>> 20) & 15);
        copyLabel<T>(to + 6 * sizeof<T>(), table, (octet >>> 24) & 15);
        copyLabel<T>(to + 7 * sizeof<T>(), table, octet >>> 28);
      }
    }
  }
}

/** Decodes values of 8, 16 or 32 bits, which have the type V. */
function octetsOf<T, V>(values: usize, table: usize, target: usize, octets: u32): void {
  for (let z: u32 = 0; z < depth; z++) {
    for (let y: u32 = 0; y < height; y++) {
      let at = values + rowStart(y, z) * sizeof<V>();
      const row = target + <usize>z * sliceBytes + <usize>y * rowBytes;
      const end = row + octets * sizeof<T>();
      for (let to = row; to < end; to += sizeof<T>(), at += sizeof<V>()) {
        copyLabel<T>(to, table, <u32>load<V>(at));
      }
    }
  }
}

function copyLabel<T>(to: usize, table: usize, value: u32): void {
  store<T>(to, load<T>(table + <usize>value * sizeof<T>()));
}

/** Decodes any values, voxel by voxel, starting at x = `from`. */
function singles<T>(bits: u32, values: usize, table: usize, target: usize, from: u32): void {
  for (let z: u32 = 0; z < depth; z++) {
    for (let y: u32 = 0; y < height; y++) {
      const row = target + <usize>z * sliceBytes + <usize>y * rowBytes;
      const start = rowStart(y, z);
      for (let x = from; x < width; x++) {
        copyLabel<T>(row + x * sizeof<T>(), table, valueAt(values, bits, start + x));
      }
    }
  }
}
