import { BoxGrid, boxShape, boxVolume, type Box } from '../../../shared/base/box';
import { BugError } from '../../../shared/base/errors';
import { vec3 } from '../../../shared/base/vec3';
import type { VolumeBlock } from '../../../shared/base/volume-block';
import { copyBox } from '../../../shared/kernels/copy-box';
import { chunkShape, scaleBox } from '../../../shared/precomputed/scale-chunks';
import type { ScaleInfo } from '../../../shared/precomputed/volume-info';
import { interleave } from '../../codecs/chunks/image-samples';
import { decodeStoredChunk, encodeStoredChunk } from '../../codecs/chunks/stored-chunk';
import { reopenSource } from '../../sources/reopen-source';
import type { ConversionPlan } from '../job/conversion-plan';
import { lossOf, rootMeanSquare } from '../volume/compare-lossy';

/** The effect of JPEG on chunks in the middle of a volume, shown on a part of one of their slices. */
export interface JpegSample {
  /** Voxels of the pictures. */
  readonly width: number;
  readonly height: number;
  readonly channels: number;
  /** The part of the slice: the channels of a voxel one after the other, then x, then y. */
  readonly before: Uint8Array;
  readonly after: Uint8Array;
  /** Bytes of all these chunks as JPEGs, and before encoding. */
  readonly jpegBytes: number;
  readonly rawBytes: number;
  /** The largest change of a voxel, in grey levels. */
  readonly largest: number;
  /** The peak signal-to-noise ratio in decibels, for a peak of 255; absent if nothing has changed. */
  readonly psnrDb?: number;
}

/** Voxels that are encoded on the axes x and y, about, since whole chunks are used. */
const SIDE = 256;
/** The most voxels of the pictures on each axis, so few that the squares of JPEG's blocks can be seen. */
const PICTURE_SIDE = 128;
const PEAK = 255;

/**
 * Encodes chunks in the middle of the first scale as the job would, and decodes them again.
 * Precondition: the plan's encoding is jpeg.
 */
export async function sampleJpeg(plan: ConversionPlan): Promise<JpegSample> {
  const { info } = plan.volume;
  const [scale] = info.scales;
  if (scale?.encoding !== 'jpeg') throw new BugError('the plan has no JPEG');
  const channels = info.num_channels;
  const box = middleOf(scale);
  const before = { box, channels, data: new Uint8Array(boxVolume(box) * channels) };
  const after = { box, channels, data: new Uint8Array(before.data.length) };
  const source = await reopenSource(plan.handle);
  try {
    await source.read(box, before);
  } finally {
    await source.close();
  }
  let jpegBytes = 0;
  for (const chunk of new BoxGrid(box, chunkShape(scale), scaleBox(scale).min)) {
    const bytes = await encodeStoredChunk(info, scale, before, chunk);
    jpegBytes += bytes.length;
    const data = new Uint8Array(boxVolume(chunk) * channels);
    await decodeStoredChunk(info, scale, bytes, boxShape(chunk), data);
    copyBox({ box: chunk, channels, data }, after, chunk);
  }
  const loss = lossOf(before.data, after.data);
  const picture = pictureIn(box);
  const [width, height] = boxShape(picture);
  return {
    ...{ width, height, channels, jpegBytes },
    before: voxelsOf(before, picture),
    after: voxelsOf(after, picture),
    rawBytes: before.data.length,
    largest: loss.largest,
    ...(loss.largest === 0 ? {} : { psnrDb: 20 * Math.log10(PEAK / rootMeanSquare(loss)) }),
  };
}

/** Returns the whole chunks around the middle of a scale, one of them along z. */
function middleOf(scale: ScaleInfo): Box {
  const chunk = chunkShape(scale);
  const count = vec3((axis) => (axis === 2 ? 1 : Math.max(1, Math.round(SIDE / chunk[axis]))));
  const first = vec3((axis) => {
    const chunks = Math.ceil(scale.size[axis] / chunk[axis]);
    return Math.max(0, Math.floor((chunks - count[axis]) / 2));
  });
  return {
    min: vec3((axis) => first[axis] * chunk[axis]),
    max: vec3((axis) => Math.min(scale.size[axis], (first[axis] + count[axis]) * chunk[axis])),
  };
}

/** Returns the middle of the middle slice of a box. */
function pictureIn({ min, max }: Box): Box {
  const length = vec3((axis) => (axis === 2 ? 1 : Math.min(PICTURE_SIDE, max[axis] - min[axis])));
  const first = vec3((axis) => min[axis] + Math.floor((max[axis] - min[axis] - length[axis] + 1) / 2));
  return { min: first, max: vec3((axis) => first[axis] + length[axis]) };
}

function voxelsOf(block: VolumeBlock, box: Box): Uint8Array {
  const { channels } = block;
  const data = new Uint8Array(boxVolume(box) * channels);
  copyBox(block, { box, channels, data }, box);
  return interleave(data, channels);
}
