import { boxShape, boxVolume, type Box } from '../../../shared/base/box';
import type { VolumeBlock } from '../../../shared/base/volume-block';
import { copyBox } from '../../../shared/kernels/copy-box';
import type { ScaleInfo } from '../../../shared/precomputed/volume-info';
import { decodeJpegChunk, encodeJpegChunk } from '../../codecs/chunks/image-chunk';

/** The changes that a lossy encoding made, summed over all voxels that were compared. */
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

/** The limit for a chunk's error: this factor times the error of a JPEG of the expected voxels, plus this sum. */
const TOLERANCE_FACTOR = 2;
const TOLERANCE_SUM = 1;

export interface LossyChunk {
  readonly loss: Loss;
  readonly isWithin: boolean;
}

/**
 * Compares the voxels of a chunk with the expected ones, and reports whether they are as close as the encoding
 * allows. Their root mean square difference may be at most twice that of a JPEG of the expected voxels with the
 * scale's quality, plus 1. Precondition: voxels of 8 bits.
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

/** Compares 8-bit voxels of all channels with the expected ones. */
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

/**
 * Returns the loss of a JPEG of the voxels. JPEG has one or three channels, so other numbers of channels are encoded
 * one by one.
 */
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
