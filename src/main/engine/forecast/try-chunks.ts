import { BoxGrid, boxShape, boxVolume, type Box } from '../../../shared/base/box';
import { allocateVoxels } from '../../../shared/base/data-type';
import { scatter } from '../../../shared/base/scatter';
import { min3, product3, type Vec3 } from '../../../shared/base/vec3';
import { offsetsOverflow } from '../../../shared/precomputed/compressed-segmentation-errors';
import {
  blockCount,
  BLOCK_HEADER_WORDS,
  chunkFit,
  OFFSET_LIMIT,
  valuesWords,
  valueWidth,
  type SegmentationChunk,
} from '../../../shared/precomputed/compressed-segmentation-layout';
import { chunkShape, scaleBox } from '../../../shared/precomputed/scale-chunks';
import { reopenSource } from '../../sources/reopen-source';
import type { VolumeSource } from '../../sources/volume-source';
import type { ConversionPlan } from '../job/conversion-plan';

const TRIED_CHUNKS = 3;
/** The number of compression blocks that are checked in each chunk. */
const TRIED_BLOCKS = 64;
/** A chunk is refused if its estimated size exceeds the limit by this factor. */
const MARGIN = 1.25;

/**
 * Checks some chunks if the labels decide whether chunks can be encoded. So a conversion that can't succeed is
 * refused now and not after minutes of work.
 * @throws UnsupportedError with the chunk size that fits
 */
export async function tryChunks({ volume, handle }: ConversionPlan): Promise<void> {
  const { info } = volume;
  const [scale] = info.scales;
  const blockSize = scale?.compressed_segmentation_block_size;
  if (scale === undefined || blockSize === undefined) return;
  const shape = min3(chunkShape(scale), scale.size);
  const wordsPerVoxel = info.data_type === 'uint64' ? 2 : 1;
  if (chunkFit(shape, info.num_channels, blockSize, wordsPerVoxel) !== 'depends') return;
  const source = await reopenSource(handle);
  try {
    for (const box of scatter(new BoxGrid(scaleBox(scale), chunkShape(scale)), TRIED_CHUNKS)) {
      const chunk = { shape: boxShape(box), channels: info.num_channels, blockSize, wordsPerVoxel } as const;
      const words = await estimatedWords(source, box, chunk, info.data_type);
      if (words > MARGIN * OFFSET_LIMIT) throw offsetsOverflow(chunk);
    }
  } finally {
    await source.close();
  }
}

async function estimatedWords(
  source: VolumeSource,
  box: Box,
  { shape, channels, blockSize, wordsPerVoxel }: SegmentationChunk,
  dataType: ConversionPlan['volume']['info']['data_type'],
): Promise<number> {
  const blocks = scatter(new BoxGrid(box, blockSize, box.min), TRIED_BLOCKS);
  let words = 0;
  for (const block of blocks) {
    const data = allocateVoxels(dataType, boxVolume(block) * channels);
    await source.read(block, { box: block, channels, data });
    words += wordsOfBlock(new Set<number | bigint>(data).size, blockSize, wordsPerVoxel);
  }
  return (words / blocks.length) * blockCount(shape, blockSize);
}

function wordsOfBlock(labels: number, blockSize: Vec3, wordsPerVoxel: number): number {
  return BLOCK_HEADER_WORDS + labels * wordsPerVoxel + valuesWords(product3(blockSize), valueWidth(labels));
}
