import { BoxGrid, boxShape, boxVolume, type Box } from '../../../shared/base/box';
import { BugError } from '../../../shared/base/errors';
import { product3, vec3 } from '../../../shared/base/vec3';
import type { VolumeBlock } from '../../../shared/base/volume-block';
import { copyBox } from '../../../shared/kernels/copy-box';
import { chunkShape, scaleBox } from '../../../shared/precomputed/scale-chunks';
import type { ScaleInfo } from '../../../shared/precomputed/volume-info';
import { interleave } from '../../codecs/chunks/image-samples';
import { decodeStoredChunk, encodeStoredChunk } from '../../codecs/chunks/stored-chunk';
import { reopenSource } from '../../sources/reopen-source';
import type { ConversionPlan } from '../job/conversion-plan';
import { lossOf, rootMeanSquare } from '../volume/compare-lossy';

/** The effect of JPEG on chunks in the middle of a volume, shown on one of their slices. */
export interface JpegSample {
  /** Voxels of the pictures. */
  readonly width: number;
  readonly height: number;
  readonly channels: number;
  /** The slice: the channels of a voxel one after the other, then x, then y. */
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

/** Voxels of the pictures on each axis, about, since whole chunks are used. */
const SIDE = 256;
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
  const [width, height] = boxShape(box);
  return {
    ...{ width, height, channels, jpegBytes },
    before: sliceOf(before),
    after: sliceOf(after),
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

/** Returns the middle slice of a block. */
function sliceOf({ box, channels, data }: VolumeBlock & { readonly data: Uint8Array }): Uint8Array {
  const shape = boxShape(box);
  const z = box.min[2] + Math.floor(shape[2] / 2);
  const slice: Box = { min: [box.min[0], box.min[1], z], max: [box.max[0], box.max[1], z + 1] };
  const voxels = new Uint8Array((product3(shape) / shape[2]) * channels);
  copyBox({ box, channels, data }, { box: slice, channels, data: voxels }, slice);
  return interleave(voxels, channels);
}
