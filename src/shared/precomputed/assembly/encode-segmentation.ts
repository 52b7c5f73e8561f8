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
import { countFew, countMany, countOne, placeBlock } from './count-block';
import { FEW, indexFew, packFew, sortFew } from './few-labels';
import { indicesAt, labelsAt, layOutScratch, MAX_LABELS } from './label-scratch';
import { clearLabelMap, indexMany, layOutLabelMap, packMany, sortMany } from './many-labels';
import { clearTableMap, layOutTableMap, shareTable } from './table-map';

export { beginCounting, entriesPointer, labelCount, scratchBytes } from '../../base/assembly/label-table';

/** Results of the functions. The host knows them by number. */
const OK: i32 = 0;
const OFFSETS_OVERFLOW: i32 = 1;
const TOO_MANY_LABELS: i32 = 2;
const OUT_OF_MEMORY: i32 = 3;

const OFFSET_LIMIT: u32 = 1 << 24;

let sizeX: u32 = 0;
let sizeY: u32 = 0;
let sizeZ: u32 = 0;
let blockX: u32 = 0;
let blockY: u32 = 0;
let blockZ: u32 = 0;
let blockVoxels: u32 = 0;
let blocksX: u32 = 0;
let blocksY: u32 = 0;
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

/** Sets the size in voxels of the chunks that begin from now on. */
export function chunkShape(x: u32, y: u32, z: u32): void {
  sizeX = x;
  sizeY = y;
  sizeZ = z;
}

/** Sets the size in voxels of their blocks, which have at most 2^24 voxels. */
export function blockShape(x: u32, y: u32, z: u32): void {
  blockX = x;
  blockY = y;
  blockZ = z;
}

/**
 * Prepares for one chunk. The memory from `start`, a multiple of 16, to `end` is in use until the chunk is finished.
 * Returns a status. Precondition: there are at most 2^24 blocks.
 */
export function beginChunk(start: u32, end: u32, channels: u32, voxelWords: u32): i32 {
  wordsPerVoxel = voxelWords;
  blockVoxels = blockX * blockY * blockZ;
  blocksX = (sizeX + blockX - 1) / blockX;
  blocksY = (sizeY + blockY - 1) / blockY;
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
 * Encodes one layer of blocks: `depth` slices, `sliceBytes` apart, of rows that are `rowBytes` apart, with the first
 * voxel at `at`. Returns a status.
 */
export function encodeLayer(at: usize, rowBytes: usize, sliceBytes: usize, depth: u32): i32 {
  const status =
    wordsPerVoxel === 2
      ? layer<u64>(at, rowBytes, sliceBytes, depth)
      : layer<u32>(at, rowBytes, sliceBytes, depth);
  layerZ += depth;
  return status;
}

function layer<T>(first: usize, rowBytes: usize, sliceBytes: usize, depth: u32): i32 {
  for (let y: u32 = 0; y < sizeY; y += blockY) {
    const height = min(blockY, sizeY - y);
    warm(first + <usize>y * rowBytes, rowBytes, sliceBytes, sizeX * sizeof<T>(), height, depth);
    for (let x: u32 = 0; x < sizeX; x += blockX) {
      const width = min(blockX, sizeX - x);
      const at = first + <usize>y * rowBytes + x * sizeof<T>();
      if (counts) placeBlock(originX + x, originY + y, layerZ, width, height, depth);
      const status = block<T>(at, rowBytes, sliceBytes, width, height, depth);
      if (status !== OK) return status;
    }
  }
  return OK;
}

function block<T>(at: usize, rowBytes: usize, sliceBytes: usize, width: u32, height: u32, depth: u32): i32 {
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
  let labels = indexFew<T>(at, rowBytes, sliceBytes, blockX, blockY, width, height, depth);
  if (labels > FEW) {
    labels = indexMany<T>(at, rowBytes, sliceBytes, blockX, blockY, width, height, depth);
    if (labels > MAX_LABELS) return TOO_MANY_LABELS;
    if (canCount(labels)) countMany<T>(blockX, blockY);
    sortMany<T>(labels);
    bits = labels <= 256 ? 8 : 16;
    if (bits === 8) packMany<u8>(blockX, blockY, blockVoxels, width, height, depth, values);
    else packMany<u16>(blockX, blockY, blockVoxels, width, height, depth, values);
  } else if (labels > 1) {
    bits = labels === 2 ? 1 : labels <= 4 ? 2 : 4;
    if (canCount(labels)) countFew<T>(labels, blockX, blockY);
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
