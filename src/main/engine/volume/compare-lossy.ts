import { boxShape, boxVolume, type Box } from '../../../shared/base/box';
import type { VolumeBlock } from '../../../shared/base/volume-block';
import { copyBox } from '../../../shared/kernels/copy-box';
import type { ScaleInfo } from '../../../shared/precomputed/volume-info';
import { decodeJpegChunk, encodeJpegChunk } from '../../codecs/chunks/image-chunk';

/** What a lossy encoding has changed, over all voxels that were compared. */
export interface Loss {
  readonly voxels: number;
  readonly squares: number;
  readonly largest: number;
}

export const NO_LOSS: Loss = { voxels: 0, squares: 0, largest: 0 };

export function addLoss(a: Loss, b: Loss): Loss {
  return {
    voxels: a.voxels + b.voxels,
    squares: a.squares + b.squares,
    largest: Math.max(a.largest, b.largest),
  };
}

export function rootMeanSquare({ voxels, squares }: Loss): number {
  return voxels === 0 ? 0 : Math.sqrt(squares / voxels);
}

/** A chunk may be this many times as far from what it should be as a JPEG of it is, and by this much more. */
const TOLERANCE_FACTOR = 2;
const TOLERANCE_SUM = 1;

export interface LossyChunk {
  readonly loss: Loss;
  readonly isWithin: boolean;
}

/**
 * Whether the voxels of a chunk are as near to what they should be as its encoding lets them: their root mean square
 * difference is at most twice what JPEG of the scale's quality makes of the expected voxels, and 1.
 * Precondition: voxels of 8 bits.
 */
export async function compareLossyChunk(
  expected: VolumeBlock,
  found: VolumeBlock,
  chunk: Box,
  scale: ScaleInfo,
): Promise<LossyChunk> {
  const [should, is] = [chunkBytes(expected, chunk), chunkBytes(found, chunk)];
  const loss = lossOf(should, is);
  const limit = TOLERANCE_FACTOR * rootMeanSquare(await jpegLoss(should, chunk, expected.channels, scale));
  return { loss, isWithin: rootMeanSquare(loss) <= limit + TOLERANCE_SUM };
}

function chunkBytes(block: VolumeBlock, chunk: Box): Uint8Array {
  const data = new Uint8Array(boxVolume(chunk) * block.channels);
  copyBox(block, { box: chunk, channels: block.channels, data }, chunk);
  return data;
}

/** Compares voxels of 8 bits, of all channels, with what they should be. */
export function lossOf(expected: Uint8Array, found: Uint8Array): Loss {
  let squares = 0;
  let largest = 0;
  for (let i = 0; i < expected.length; i++) {
    const difference = Math.abs((expected[i] ?? 0) - (found[i] ?? 0));
    squares += difference * difference;
    if (difference > largest) largest = difference;
  }
  return { voxels: expected.length, squares, largest };
}

/** JPEG has one or three channels: of other numbers each is one of its own. */
async function jpegLoss(voxels: Uint8Array, chunk: Box, channels: number, scale: ScaleInfo): Promise<Loss> {
  const together = channels === 3 ? 3 : 1;
  const length = boxVolume(chunk) * together;
  let loss = NO_LOSS;
  for (let start = 0; start < voxels.length; start += length) {
    const part = voxels.subarray(start, start + length);
    const bytes = await encodeJpegChunk(part, boxShape(chunk), together, scale.jpeg_quality);
    const decoded = new Uint8Array(length);
    await decodeJpegChunk(bytes, boxShape(chunk), together, decoded);
    loss = addLoss(loss, lossOf(part, decoded));
  }
  return loss;
}
