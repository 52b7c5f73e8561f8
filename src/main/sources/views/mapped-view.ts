import { boxShape, isEmptyBox, type Box } from '../../../shared/base/box';
import {
  allocateVoxels,
  bytesPerVoxel,
  type DataType,
  type VoxelArray,
} from '../../../shared/base/data-type';
import { product3 } from '../../../shared/base/vec3';
import type { VolumeBlock } from '../../../shared/base/volume-block';
import { copyBox } from '../../../shared/kernels/copy-box';
import { checkRead } from '../check-read';
import type { SourceMetadata } from '../volume-source';
import { SourceView } from './source-view';
import { largestPiece, storagePieces } from './storage-grid';

/** A view that converts each voxel of the source to a value of another type, piece by piece. */
export abstract class MappedView extends SourceView {
  /** The data type of the view's voxels. */
  protected abstract readonly dataType: DataType;

  async read(box: Box, target: VolumeBlock): Promise<void> {
    checkRead(this.metadata, box, target);
    if (isEmptyBox(box)) return;
    const { metadata } = this.source;
    const { channels } = metadata;
    const length = largestPiece(metadata, box) * channels;
    const values = allocateVoxels(metadata.dataType, length);
    const mapped = allocateVoxels(this.dataType, length);
    for (const piece of storagePieces(metadata, box)) {
      const count = product3(boxShape(piece)) * channels;
      const block = { box: piece, channels, data: values.subarray(0, count) };
      await this.source.read(piece, block);
      const output = mapped.subarray(0, count);
      this.map(block, output);
      copyBox({ box: piece, channels, data: output }, target, piece);
    }
  }

  /** Fills `output` with the converted voxels of the block, in the same order. */
  protected abstract map(block: VolumeBlock, output: VoxelArray): void;
}

/** Returns the bytes that a read holds besides its target, in a view that converts a source to `dataType`. */
export function mappedBytes(metadata: SourceMetadata, dataType: DataType): number {
  const voxelBytes = bytesPerVoxel(metadata.dataType) + bytesPerVoxel(dataType);
  return metadata.decodeBytes + largestPiece(metadata) * metadata.channels * voxelBytes;
}
