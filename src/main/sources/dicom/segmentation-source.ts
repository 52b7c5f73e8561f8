import { boxShape, isEmptyBox, type Box } from '../../../shared/base/box';
import { named } from '../../../shared/api/mentions';
import { InvalidInputError } from '../../../shared/base/errors';
import { say } from '../../../shared/base/words';
import { channelBlock, type VolumeBlock } from '../../../shared/base/volume-block';
import { clearBox } from '../../../shared/kernels/clear-box';
import { FileBytes, type FileRef } from '../array/random-bytes';
import { checkRead } from '../check-read';
import type { SourceHandle, SourceMetadata, VolumeSource } from '../volume-source';
import type { Segmentation, SegmentationFrame } from './segmentation';

export interface SegmentationHandle extends SourceHandle {
  readonly format: 'dicom-seg';
  readonly file: FileRef;
  readonly stored: Pick<Segmentation, 'size' | 'bitsPerVoxel' | 'pixelsAt' | 'frames'>;
  /** The segment that each channel shows; null if a single channel shows them all. */
  readonly channels: readonly number[] | null;
  readonly metadata: SourceMetadata;
}

/** Reads a segmentation of DICOM. The number of a segment is its id. */
export class SegmentationSource implements VolumeSource {
  readonly metadata: SourceMetadata;
  private readonly bytes: FileBytes;

  constructor(readonly handle: SegmentationHandle) {
    this.metadata = handle.metadata;
    this.bytes = new FileBytes(handle.file);
  }

  async read(box: Box, target: VolumeBlock): Promise<void> {
    checkRead(this.metadata, box, target);
    const channels = this.handle.channels ?? [undefined];
    for (const [i, segment] of channels.entries())
      await this.readSegment(segment, box, channelBlock(target, i));
  }

  async readChannel(channel: number, box: Box, target: VolumeBlock): Promise<void> {
    checkRead({ ...this.metadata, channels: 1 }, box, target);
    await this.readSegment(this.handle.channels?.[channel], box, target);
  }

  close(): Promise<void> {
    return this.bytes.close();
  }

  /** Reads one segment, or all of them if none is given. */
  private async readSegment(segment: number | undefined, box: Box, target: VolumeBlock): Promise<void> {
    if (isEmptyBox(box)) return;
    clearBox(target, box);
    for (const [index, frame] of this.handle.stored.frames.entries()) {
      if (frame.plane < box.min[2] || frame.plane >= box.max[2]) continue;
      if (segment !== undefined && segment !== frame.segment) continue;
      this.addFrame(frame, await this.rows(index, box), box, target);
    }
  }

  /** Returns the values of the box's rows in a frame, all columns of them. */
  private async rows(frame: number, box: Box): Promise<Uint8Array | Uint16Array> {
    const { size, bitsPerVoxel, pixelsAt } = this.handle.stored;
    const [width, height] = size;
    const first = (frame * height + box.min[1]) * width;
    const count = (box.max[1] - box.min[1]) * width;
    const from = Math.floor((first * bitsPerVoxel) / 8);
    const stored = new Uint8Array(Math.ceil(((first + count) * bitsPerVoxel) / 8) - from);
    await this.bytes.read(pixelsAt + from, stored);
    if (bitsPerVoxel === 8) return stored;
    if (bitsPerVoxel === 16) return new Uint16Array(stored.buffer);
    return Uint8Array.from({ length: count }, (_, i) => {
      const bit = first + i - from * 8;
      return ((stored[bit >> 3] ?? 0) >> (bit & 7)) & 1;
    });
  }

  private addFrame(
    { plane, segment }: SegmentationFrame,
    values: Uint8Array | Uint16Array,
    box: Box,
    target: VolumeBlock,
  ): void {
    const [stride, height] = boxShape(target.box);
    const { data } = target;
    const width = this.handle.stored.size[0];
    for (let y = box.min[1]; y < box.max[1]; y++) {
      const row = ((plane - target.box.min[2]) * height + y - target.box.min[1]) * stride - target.box.min[0];
      for (let x = box.min[0]; x < box.max[0]; x++) {
        const value = values[(y - box.min[1]) * width + x] ?? 0;
        if (value === 0) continue;
        const label = segment === 0 ? value : segment;
        const before = Number(data[row + x] ?? 0);
        if (before !== 0 && before !== label) throw this.overlap(before, label, `x ${x}, y ${y}, z ${plane}`);
        data[row + x] =
          data instanceof BigUint64Array || data instanceof BigInt64Array ? BigInt(label) : label;
      }
    }
  }

  private overlap(first: number, second: number, place: string): InvalidInputError {
    return new InvalidInputError(
      `${this.handle.file.path}: the segments ${first} and ${second} overlap at ${place}.`,
      {
        remedy: say`Choose one segment with ${named('channel')}, by its name or its place in the list, from 0.`,
      },
    );
  }
}
