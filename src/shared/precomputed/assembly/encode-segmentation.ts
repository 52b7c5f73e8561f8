/**
 * Encoder of compressed_segmentation; ../compressed-segmentation-layout.ts describes the byte layout and its limits.
 * The memory belongs to the host. The encoder reads voxels in place, one layer of blocks at a time, and uses a part
 * of the memory that the host gives it for everything else:
 *
 *     scratch area of a block | map of labels | map of tables | output, which grows
 *
 * It can also count the labels (see label-table.ts), in a separate scratch area: before the chunk the host calls
 * `beginCounting`, and `countFrom` with the chunk's position in the volume.
 */
import { hasRoomFor } from '../../base/assembly/label-table';
import { warm } from '../../base/assembly/warm';
import {
  blockVoxels,
  blockX,
  blockY,
  blockZ,
  depth,
  goToBlock,
  height,
  rowBytes,
  setRows,
  sizeX,
  sizeY,
  sizeZ,
  sliceBytes,
  width,
} from './block-shape';
import { countFew, countMany, countOne, placeBlock } from './count-block';
import { FEW, indexFew, packFew, sortFew } from './few-labels';
import { indicesAt, labelsAt, layOutScratch, MAX_LABELS } from './label-scratch';
import { clearLabelMap, indexMany, layOutLabelMap, packMany, sortMany } from './many-labels';
import { clearTableMap, layOutTableMap, shareTable } from './table-map';

export { blockShape, chunkShape } from './block-shape';
export { beginCounting, entriesPointer, labelCount, scratchBytes } from '../../base/assembly/label-table';

/** Results of the functions. The host knows them by number. */
const OK: i32 = 0;
const OFFSETS_OVERFLOW: i32 = 1;
const TOO_MANY_LABELS: i32 = 2;
const OUT_OF_MEMORY: i32 = 3;

const OFFSET_LIMIT: u32 = 1 << 24;

let blocks: u32 = 0;
let wordsPerVoxel: u32 = 0;

/** True while labels are counted: it becomes false when there is no room for the labels of a block. */
let counts = false;
let originX: i32 = 0;
let originY: i32 = 0;
/** The z of the next layer. */
let layerZ: i32 = 0;

/** The end of the memory that the host gave. */
let limit: u64 = 0;
let outputAt: usize = 0;
/** The number of words of output so far. */
let words: u32 = 0;
/** The start of the channel and the position of its next block header, in words of output. */
let channelStart: u32 = 0;
let nextHeader: u32 = 0;

/**
 * Prepares for one chunk. The memory from `start`, a multiple of 16, to `end` is in use until the chunk is finished.
 * Returns a status. Precondition: there are at most 2^24 blocks.
 */
export function beginChunk(start: u32, end: u32, channels: u32, voxelWords: u32): i32 {
  wordsPerVoxel = voxelWords;
  const blocksX = (sizeX + blockX - 1) / blockX;
  const blocksY = (sizeY + blockY - 1) / blockY;
  blocks = blocksX * blocksY * ((sizeZ + blockZ - 1) / blockZ);
  let at = layOutScratch(start, blockVoxels);
  at = layOutLabelMap(at, blockVoxels);
  at = layOutTableMap(at, blocks);
  limit = end;
  if (at + 4 * <u64>channels > limit) return OUT_OF_MEMORY;
  outputAt = <usize>at;
  words = channels;
  clearLabelMap();
  counts = false;
  return OK;
}

/** Counts the labels of the current chunk, whose first voxel has this position in the volume. */
export function countFrom(x: i32, y: i32, z: i32): void {
  originX = x;
  originY = y;
  layerZ = z;
  counts = true;
}

/** Returns false if the chunk has more labels than can be counted. */
export function countedAll(): bool {
  return counts;
}

/** Starts the next channel: writes its offset and leaves room for its block headers. Returns a status. */
export function beginChannel(channel: u32): i32 {
  if (words + 2 * blocks > OFFSET_LIMIT) return OFFSETS_OVERFLOW;
  if (!hasRoom(2 * blocks)) return OUT_OF_MEMORY;
  store<u32>(outputAt + (channel << 2), words);
  channelStart = words;
  nextHeader = words;
  words += 2 * blocks;
  clearTableMap();
  return OK;
}

export function outputPointer(): usize {
  return outputAt;
}

export function outputWords(): u32 {
  return words;
}

/**
 * Encodes one layer of blocks: so many slices, `bytesOfSlice` apart, of rows that are `bytesOfRow` apart, with the first
 * voxel at `at`. Returns a status.
 */
export function encodeLayer(at: usize, bytesOfRow: usize, bytesOfSlice: usize, slices: u32): i32 {
  setRows(bytesOfRow, bytesOfSlice);
  const status = wordsPerVoxel === 2 ? layer<u64>(at, slices) : layer<u32>(at, slices);
  layerZ += slices;
  return status;
}

function layer<T>(first: usize, slices: u32): i32 {
  for (let y: u32 = 0; y < sizeY; y += blockY) {
    const row = first + <usize>y * rowBytes;
    warm(row, rowBytes, sliceBytes, sizeX * sizeof<T>(), min(blockY, sizeY - y), slices);
    for (let x: u32 = 0; x < sizeX; x += blockX) {
      goToBlock(x, y, slices);
      if (counts) placeBlock(originX + x, originY + y, layerZ);
      const status = block<T>(row + x * sizeof<T>());
      if (status !== OK) return status;
    }
  }
  return OK;
}

function block<T>(at: usize): i32 {
  // Room for values of 16 bits, a table as long as the block, and the words that packing writes in excess.
  if (!hasRoom((blockVoxels >>> 1) + min(blockVoxels, MAX_LABELS) * wordsPerVoxel + 8)) {
    return OUT_OF_MEMORY;
  }
  if (words >= OFFSET_LIMIT) return OFFSETS_OVERFLOW;
  const values = outputAt + ((<usize>words) << 2);
  let bits: u32 = 0;
  if (width * height * depth < blockVoxels || (blockVoxels & 31) !== 0) {
    memory.fill(indicesAt, 0xff, blockVoxels + 32);
  }
  let labels = indexFew<T>(at);
  if (labels > FEW) {
    labels = indexMany<T>(at);
    if (labels > MAX_LABELS) return TOO_MANY_LABELS;
    if (canCount(labels)) countMany<T>();
    sortMany<T>(labels);
    bits = labels <= 256 ? 8 : 16;
    if (bits === 8) packMany<u8>(values);
    else packMany<u16>(values);
  } else if (labels > 1) {
    bits = labels === 2 ? 1 : labels <= 4 ? 2 : 4;
    if (canCount(labels)) countFew<T>(labels);
    sortFew<T>(labels);
    packFew(bits, blockVoxels, values);
  } else if (canCount(labels)) {
    countOne<T>();
  }
  const valuesOffset = words - channelStart;
  const newTable = valuesOffset + ((blockVoxels * bits + 31) >>> 5);
  const table = shareTable<T>(labelsAt, labels, outputAt + ((<usize>channelStart) << 2), newTable);
  if (table >= OFFSET_LIMIT) return OFFSETS_OVERFLOW;
  words = channelStart + newTable + (table === newTable ? labels * wordsPerVoxel : 0);
  const header = outputAt + ((<usize>nextHeader) << 2);
  store<u32>(header, table | (bits << 24));
  store<u32>(header, valuesOffset, 4);
  nextHeader += 2;
  return OK;
}

function canCount(labels: u32): bool {
  if (counts && !hasRoomFor(labels)) counts = false;
  return counts;
}

/** Reports whether there is room for `more` further words. */
function hasRoom(more: u32): bool {
  return outputAt + 4 * (<u64>words + more) <= limit;
}
