import { boxVolume, containsBox, intersectBoxes, type Box } from '../../../shared/base/box';
import { bytesPerVoxel, dataTypeOf, voxelView } from '../../../shared/base/data-type';
import { InvalidInputError, isStudioError } from '../../../shared/base/errors';
import { channelBlock, type VolumeBlock } from '../../../shared/base/volume-block';
import { eachRun } from '../../../shared/kernels/box-runs';
import { clearBox } from '../../../shared/kernels/clear-box';
import { copyShortRows } from '../../../shared/kernels/average-kernel';
import { giveBack, takeBuffer } from '../read-buffers';
import { decodeRows, storedRowBytes, type RowRange } from './unit-decoder';
import { packColours } from './colours';
import { decompressor, pairDecompressor, type Decompress } from './decode/decompress';
import { extractChannel } from './decode/interleave';
import type { OpenSlice } from './open-files';
import { segmentGroups, type Segment, type SegmentGroup } from './segments';
import { readRange } from './tiff-file';
import type { UnitPairs } from './unit-pairs';
import { samplesPerVoxel, type PageLayout } from './tiff-page';

/** Which values of a slice are read. */
export interface SliceTake {
  /** True if the colours of a voxel are packed into one id. */
  readonly isPacked: boolean;
  /** The channel to read into a target of one channel; undefined for all channels. */
  readonly channel?: number | undefined;
}

/**
 * Reads the voxels of `box`, a part of one slice, and writes them to their places in `target`; those of one unit only
 * when `pairs` has a second one or is ended.
 * @throws InvalidInputError if the content is cut off or damaged, or doesn't fit into the target. The message names the
 *   file and the strip or tile.
 */
export async function readSlice(
  slice: OpenSlice,
  box: Box,
  target: VolumeBlock,
  take: SliceTake,
  pairs: UnitPairs,
): Promise<void> {
  const { layout } = slice.page;
  const decompress = await decompressor(slice.page);
  const decompressTwo = pairDecompressor(slice.page);
  for (const group of segmentGroups(slice, box, take.channel)) {
    const place = storedPlace(layout, group, box, target, take);
    if (place !== undefined) {
      await readRange(slice.file, group.offsetBytes, place, slice.name);
      continue;
    }
    const stored = takeBuffer(group.lengthBytes);
    await readRange(slice.file, group.offsetBytes, stored, slice.name);
    for (const segment of group.segments) {
      const unit = unitOf(layout, segment, group, stored, box, target, take);
      if (unit.stream.length === 0) clearUnit(layout, segment, box, target, take);
      else {
        const decode = (stream: Uint8Array, unpacked?: Uint8Array) => {
          const how = unpacked ? () => unpacked : decompress;
          decodeInto(layout, { ...unit, stream }, how, box, target, take);
        };
        pairs.add({ ...unit, decode }, decompressTwo);
      }
    }
    pairs.leave(stored.buffer);
    giveBack(stored);
  }
}

/** A segment's content, and where its rows go. */
interface ReadUnit {
  readonly segment: Segment;
  /** The stored bytes. */
  readonly stream: Uint8Array;
  readonly lengthBytes: number;
  readonly wanted: RowRange;
  /** The voxels of the wanted rows. */
  readonly place: Box;
  /** The bytes of the target that all of its rows fill, if there are such. */
  readonly destination: Uint8Array | undefined;
}

function unitOf(
  layout: PageLayout,
  segment: Segment,
  group: SegmentGroup,
  stored: Uint8Array,
  box: Box,
  target: VolumeBlock,
  take: SliceTake,
): ReadUnit {
  const { unit, firstRow, rows } = segment;
  const start = segment.offsetBytes - group.offsetBytes;
  const [x, top, z] = unit.box.min;
  const first = Math.max(firstRow, box.min[1] - top);
  const end = Math.min(firstRow + rows, box.max[1] - top);
  const place: Box = { min: [x, top + first, z], max: [x + layout.unitWidth, top + end, z + 1] };
  const isWhole = end - first === rows && containsBox(box, place);
  const lengthBytes = rows * storedRowBytes(layout);
  const destination = isWhole ? bytesAt(layout, unit.channel, place, target, take) : undefined;
  return {
    segment,
    stream: stored.subarray(start, start + segment.lengthBytes),
    lengthBytes,
    wanted: { start: first - firstRow, end: end - firstRow },
    place,
    destination: destination?.length === lengthBytes ? destination : undefined,
  };
}

/**
 * Returns the bytes of the target that a group of segments fills as it is stored. Returns undefined if it has to be
 * decoded, or if its segments don't follow each other both in the file and in the target.
 */
function storedPlace(
  layout: PageLayout,
  group: SegmentGroup,
  box: Box,
  target: VolumeBlock,
  take: SliceTake,
): Uint8Array | undefined {
  if (!isStoredAsItIs(layout)) return undefined;
  let all: Uint8Array | undefined;
  for (const { unit, firstRow, rows, lengthBytes } of group.segments) {
    const [x, top, z] = unit.box.min;
    const place: Box = {
      min: [x, top + firstRow, z],
      max: [x + layout.unitWidth, top + firstRow + rows, z + 1],
    };
    const part = containsBox(box, place) ? bytesAt(layout, unit.channel, place, target, take) : undefined;
    if (part?.length !== lengthBytes) return undefined;
    const before: Uint8Array = all ?? part.subarray(0, 0);
    if (part.byteOffset !== before.byteOffset + before.length) return undefined;
    all = new Uint8Array(part.buffer, before.byteOffset, before.length + part.length);
  }
  return all?.length === group.lengthBytes ? all : undefined;
}

function isStoredAsItIs(layout: PageLayout): boolean {
  const { compression, predictor, packedBits, isHalf, hasReversedBits, littleEndian, dataType } = layout;
  return (
    compression === 'none' &&
    predictor === 'none' &&
    packedBits === 0 &&
    !isHalf &&
    !hasReversedBits &&
    (littleEndian || bytesPerVoxel(dataType) === 1)
  );
}

function clearUnit(
  layout: PageLayout,
  { unit }: Segment,
  box: Box,
  target: VolumeBlock,
  take: SliceTake,
): void {
  const count = take.isPacked ? 1 : samplesPerVoxel(layout);
  for (let i = 0; i < count; i++) {
    const into = channelOf(target, unit.channel + i, take);
    if (into !== undefined) clearBox(into, intersectBoxes(unit.box, box));
  }
}

function decodeInto(
  layout: PageLayout,
  { segment: { unit, name, rows }, stream, wanted, place, destination }: ReadUnit,
  decompress: Decompress,
  box: Box,
  target: VolumeBlock,
  take: SliceTake,
): void {
  const samples = decodeRows(layout, stream, rows, wanted, decompress, name, destination);
  if (samples.buffer === target.data.buffer) return;
  const size = bytesPerVoxel(layout.dataType);
  const together = samplesPerVoxel(layout);
  if (take.isPacked) {
    const source = { box: place, channels: 1, data: packColours(samples, together, name) };
    copyChannel(source, target, intersectBoxes(place, box), name);
    return;
  }
  for (let i = 0; i < together; i++) {
    const into = channelOf(target, unit.channel + i, take);
    if (into === undefined) continue;
    const bytes = together === 1 ? samples : extractChannel(samples, together, i, size);
    const data = voxelView(layout.dataType, bytes.buffer, bytes.byteOffset, bytes.length / size);
    const source = { box: place, channels: 1, data };
    copyChannel(source, into, intersectBoxes(place, box), name);
  }
}

/**
 * Returns the bytes of `place` in the target, so that a unit can be decoded into them. Returns undefined if the target
 * has another data type or order of samples, or if the rows of `place` aren't contiguous in it.
 */
function bytesAt(
  layout: PageLayout,
  channel: number,
  place: Box,
  target: VolumeBlock,
  take: SliceTake,
): Uint8Array | undefined {
  const into = take.isPacked || samplesPerVoxel(layout) > 1 ? undefined : channelOf(target, channel, take);
  if (into === undefined || dataTypeOf(into.data) !== layout.dataType) return undefined;
  let bytes: Uint8Array | undefined;
  eachRun(into, place, (start, end) => {
    if (end - start < boxVolume(place)) return;
    const { buffer, byteOffset, byteLength } = into.data.subarray(start, end);
    bytes = new Uint8Array(buffer, byteOffset, byteLength);
  });
  return bytes;
}

/** Returns the part of the target that receives a channel, or undefined if the channel isn't read. */
function channelOf(target: VolumeBlock, channel: number, take: SliceTake): VolumeBlock | undefined {
  if (take.channel === undefined) return channelBlock(target, channel);
  return take.channel === channel ? target : undefined;
}

function copyChannel(source: VolumeBlock, target: VolumeBlock, box: Box, name: string): void {
  try {
    copyShortRows(source, target, box);
  } catch (error) {
    if (!isStudioError(error) || error.tag !== 'invalid-input') throw error;
    throw new InvalidInputError(`${name}: ${error.message}`, {
      ...(error.remedy === undefined ? {} : { remedy: error.remedy }),
      fields: error.fields,
      cause: error,
    });
  }
}
