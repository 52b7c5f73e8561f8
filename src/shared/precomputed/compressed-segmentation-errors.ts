/** The errors that all implementations of compressed_segmentation report. */
import { InvalidInputError, UnsupportedError } from '../base/errors';
import type { Vec3 } from '../base/vec3';
import { fittingChunkSize, MAX_BLOCK_LABELS, type SegmentationChunk } from './compressed-segmentation-layout';

/** The error for a chunk that is too large for the format, with these labels or with any labels. */
export function offsetsOverflow({
  shape,
  channels,
  blockSize,
  wordsPerVoxel,
}: SegmentationChunk): UnsupportedError {
  const fitting = fittingChunkSize(shape, channels, blockSize, wordsPerVoxel);
  return new UnsupportedError(
    `A chunk of ${shape.join(' × ')} voxels with these labels passes the 24-bit offsets of compressed_segmentation`,
    fitting === undefined
      ? { remedy: `Choose compression blocks other than ${blockSize.join(',')}, for instance 8,8,8.` }
      : {
          remedy: `Choose a chunk size of ${fitting.join(',')} or less: that fits whatever the labels are.`,
          fields: { fittingChunkSize: fitting.join(',') },
        },
  );
}

export function tooManyLabels(blockSize: Vec3): UnsupportedError {
  return new UnsupportedError(
    `A block of ${blockSize.join(' × ')} voxels has more than ${MAX_BLOCK_LABELS} labels, the most that viewers read`,
    { remedy: 'Choose smaller compression blocks, for instance 8,8,8.' },
  );
}

export function blockTooLarge(blockSize: Vec3): UnsupportedError {
  return new UnsupportedError(`Compression blocks of ${blockSize.join(' × ')} voxels are too large`, {
    remedy: 'Choose smaller compression blocks, for instance 8,8,8.',
  });
}

export function chunkTooLarge(shape: Vec3): UnsupportedError {
  return new UnsupportedError(
    `A chunk of ${shape.join(' × ')} voxels doesn't fit the 4 GiB of memory that the codec can have`,
    { remedy: 'Choose smaller chunks, for instance 64,64,64.' },
  );
}

/** The possible faults of a block in a file. */
export type BlockFault = 'width' | 'values' | 'label';

const FAULTS: Readonly<Record<BlockFault, string>> = {
  width: 'has values of an unknown width',
  values: 'has its values past the end',
  label: 'has a label past the end',
};

export function faultyBlock(channel: number, block: number, fault: BlockFault): InvalidInputError {
  return malformedChunk(`block ${block} of channel ${channel} ${FAULTS[fault]}`);
}

export function malformedChunk(what: string): InvalidInputError {
  return new InvalidInputError(`Not a compressed_segmentation chunk of this size: ${what}`, {
    remedy: 'Write the chunk again, or correct the chunk size, block size or data type in the info file.',
  });
}
