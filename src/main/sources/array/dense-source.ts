import { isEmptyBox, type Box } from '../../../shared/base/box';
import { InvalidInputError } from '../../../shared/base/errors';
import { bytesPerVoxel, voxelView, type VoxelArray } from '../../../shared/base/data-type';
import { product3, type Vec3 } from '../../../shared/base/vec3';
import type { VolumeBlock } from '../../../shared/base/volume-block';
import { widenHalfFloats } from '../../../shared/kernels/widen-half-floats';
import { swapBytes } from '../../base/byte-order';
import { checkRead } from '../check-read';
import { giveBack, takeBuffer } from '../read-buffers';
import type { SourceHandle, SourceMetadata, VolumeSource } from '../volume-source';
import { isReadInOrder, openBytes, spanBytes, type BytesRef } from './bytes-ref';
import {
  axesByStride,
  columnsTogether,
  partBytes,
  partsOf,
  type DenseLayout,
  type DensePart,
} from './dense-parts';
import { endsEarly, type RandomBytes } from './random-bytes';
import { copyStrided, type StridedVoxels } from './strided-voxels';

/** How the voxels are encoded in the stored numbers: as half floats, whose bits are stored as uint16. */
export type StoredAs = 'float16';

/** An array that is stored in a file without chunks. */
export interface DenseHandle extends SourceHandle {
  readonly bytes: BytesRef;
  readonly layout: DenseLayout;
  /** If this is set, the voxels are read as float32. Null if the stored numbers are the voxels themselves. */
  readonly storedAs: StoredAs | null;
  readonly metadata: SourceMetadata;
}

/** Returns the metadata of a source with the given layout. */
export function denseMetadata(
  layout: DenseLayout,
  storedAs: StoredAs | null,
  bytes: BytesRef,
  rest: Omit<SourceMetadata, 'size' | 'dataType' | 'channels' | 'storageShape' | 'decodeBytes'>,
): SourceMetadata {
  const { size, channels, dataType } = layout;
  return {
    ...rest,
    size,
    dataType: storedAs === null ? dataType : 'float32',
    channels,
    storageShape: storageShape(layout, bytes),
    ...(isReadInOrder(bytes) ? { isReadInOrder: true } : {}),
    decodeBytes: 4 * partBytes(layout) + inflaterBytes(bytes),
  };
}

/** Checks that the file holds the whole array. @throws InvalidInputError if the file ends before the array does */
export function checkLength(layout: DenseLayout, sizeBytes: number, path: string): void {
  const { size, channels, dataType, offsetBytes } = layout;
  const needed = offsetBytes + product3(size) * channels * bytesPerVoxel(dataType);
  if (needed > sizeBytes) throw endsEarly(path, sizeBytes, needed);
}

/** Returns the error for a data file that is longer than its voxels, if nothing says where in it the voxels begin. */
export function longerThanStated(
  path: string,
  sizeBytes: number,
  neededBytes: number,
  say: { readonly start: string; readonly end: string; readonly where: string },
): InvalidInputError {
  return new InvalidInputError(
    `${path} has ${sizeBytes} bytes, and its voxels take ${neededBytes}: ${sizeBytes - neededBytes} are left over.`,
    {
      remedy: `Check size and type. If both are right, add '${say.end}' ${say.where} if the voxels end the file (something stands before them), or '${say.start}' if they begin it.`,
      fields: { path },
    },
  );
}

/** Reads an unchunked array as a volume. */
export class DenseSource implements VolumeSource {
  readonly metadata: SourceMetadata;
  private readonly bytes: RandomBytes;

  constructor(readonly handle: DenseHandle) {
    this.metadata = handle.metadata;
    this.bytes = openBytes(handle.bytes);
  }

  async read(box: Box, target: VolumeBlock): Promise<void> {
    checkRead(this.metadata, box, target);
    await this.readChannels(0, box, target);
  }

  async readChannel(channel: number, box: Box, target: VolumeBlock): Promise<void> {
    checkRead({ ...this.metadata, channels: 1 }, box, target);
    await this.readChannels(channel, box, target);
  }

  close(): Promise<void> {
    return this.bytes.close();
  }

  /** Reads the channels from `first` on, as many as the target has. */
  private async readChannels(first: number, box: Box, target: VolumeBlock): Promise<void> {
    if (isEmptyBox(box)) return;
    for (const part of partsOf(this.handle.layout, box, first, target.channels)) {
      const bytes = takeBuffer(part.runs * part.runVoxels * bytesPerVoxel(this.handle.layout.dataType));
      const voxels = await this.readPart(part, bytes);
      copyStrided({ ...voxels, firstChannel: part.firstChannel - first }, target, box);
      giveBack(bytes);
    }
  }

  private async readPart(part: DensePart, bytes: Uint8Array<ArrayBuffer>): Promise<StridedVoxels> {
    const { layout, storedAs } = this.handle;
    const { dataType, offsetBytes, strides } = layout;
    const voxelBytes = bytesPerVoxel(dataType);
    for (let i = 0; i < part.runs; i++) {
      const run = bytes.subarray(i * part.runVoxels * voxelBytes, (i + 1) * part.runVoxels * voxelBytes);
      await this.bytes.read(offsetBytes + (part.start + i * strides[0]) * voxelBytes, run);
    }
    if (!layout.littleEndian) swapBytes(bytes, voxelBytes);
    const stored = voxelView(dataType, bytes.buffer, 0, part.runs * part.runVoxels);
    const data = storedAs === null ? stored : halfFloats(stored);
    const [, y, z, c] = strides;
    const x = part.runs > 1 ? part.runVoxels : strides[0];
    const { box: place, firstChannel, channels } = part;
    return { data, strides: [x, y, z, c], box: place, firstChannel, channels };
  }
}

function halfFloats({ buffer, byteOffset, length }: VoxelArray): Float32Array {
  return widenHalfFloats(new Uint16Array(buffer, byteOffset, length));
}

/**
 * Returns the storage shape: whole runs along the fastest axis. In a compressed file, it is a whole span between two
 * places at which decompression can begin, or a whole slice if the places are found while the file is read in order.
 */
function storageShape(layout: DenseLayout, bytes: BytesRef): Vec3 {
  const { size, dataType, strides } = layout;
  const shape: [number, number, number] = [columnsTogether(layout), 1, 1];
  const span = spanBytes(bytes);
  const whole = axesByStride(layout).slice(0, span === undefined ? 1 : 3);
  if (whole[0] === 3) whole.push(axesByStride(layout)[1]);
  for (const axis of whole) if (axis !== 3) shape[axis] = size[axis];
  const slowest = whole.findLast((axis) => axis !== 3 && size[axis] > 1);
  if (span !== undefined && slowest !== undefined && slowest !== 3) {
    const steps = Math.ceil(span / (strides[slowest] * bytesPerVoxel(dataType)));
    shape[slowest] = Math.min(Math.max(1, steps), size[slowest]);
  }
  return shape;
}

/** Returns the most bytes that unpacking holds. A block of bzip2 may consist of runs alone. */
function inflaterBytes(bytes: BytesRef): number {
  const kind = bytes.kind === 'files' ? bytes.parts[0]?.bytes.kind : bytes.kind;
  if (kind === 'bzip2') return 1 << 26;
  return kind === 'deflate' || kind === 'text' ? 1 << 21 : 0;
}
