import { boxShape, intersectBoxes, isEmptyBox, type Box } from '../../../shared/base/box';
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
import type { SourceMetadata, VolumeSource } from '../volume-source';
import { SourceView, type ViewSpec } from './source-view';
import { largestPiece, storagePieces, type Stored } from './storage-grid';

/** A view that converts each voxel of the source to a value of another type, piece by piece. */
export abstract class MappedView extends SourceView {
  /** The data type of the view's voxels. */
  protected abstract readonly dataType: DataType;

  /** @param units what the pieces consist of that the source is read in */
  constructor(
    source: VolumeSource,
    view: ViewSpec,
    protected readonly units: Stored = source.metadata,
  ) {
    super(source, view);
  }

  async read(box: Box, target: VolumeBlock): Promise<void> {
    checkRead(this.metadata, box, target);
    if (isEmptyBox(box)) return;
    const { channels, dataType } = this.source.metadata;
    const needed = this.needed(box);
    const length = largestPiece(this.units, needed) * channels;
    const values = allocateVoxels(dataType, length);
    const mapped = allocateVoxels(this.dataType, length);
    for (const piece of storagePieces(this.units, needed)) {
      const count = product3(boxShape(piece)) * channels;
      const block = { box: piece, channels, data: values.subarray(0, count) };
      await this.source.read(piece, block);
      const output = mapped.subarray(0, count);
      this.map(block, output);
      copyBox({ box: piece, channels, data: output }, target, intersectBoxes(piece, box));
    }
  }

  /** Returns what has to be read of the source to convert the voxels of `box`. */
  protected needed(box: Box): Box {
    return box;
  }

  /** Fills `output` with the converted voxels of the block, in the same order. */
  protected abstract map(block: VolumeBlock, output: VoxelArray): void;
}

/** Returns the bytes that a read holds besides its target, in a view that converts a source to `dataType`. */
export function mappedBytes(metadata: SourceMetadata, dataType: DataType, units: Stored = metadata): number {
  const voxelBytes = bytesPerVoxel(metadata.dataType) + bytesPerVoxel(dataType);
  return metadata.decodeBytes + largestPiece(units) * metadata.channels * voxelBytes;
}
