import { labelColour } from './label-colours';
import { bytesPerVoxel, voxelView, type DataType, type VoxelArray } from '../../shared/base/data-type';

/** The voxels of a slice, as the studio sent them. */
export interface SliceImage {
  readonly width: number;
  readonly height: number;
  readonly dataType: DataType;
  readonly voxels: VoxelArray;
}

export async function readSliceImage(slice: {
  readonly width: number;
  readonly height: number;
  readonly dataType: DataType;
  readonly voxels: Blob;
}): Promise<SliceImage> {
  const { width, height, dataType } = slice;
  const buffer = await slice.voxels.arrayBuffer();
  const length = Math.floor(buffer.byteLength / bytesPerVoxel(dataType));
  return { width, height, dataType, voxels: voxelView(dataType, buffer, 0, length) };
}

/** Returns the id at a voxel as text. */
export function valueAt({ voxels, width }: SliceImage, x: number, y: number): string {
  return String(voxels[y * width + x] ?? '');
}

/**
 * Paints labels in colours that depend only on the id, so that a segment has the same colour in every slice.
 * Background is transparent.
 */
export function paintLabels({ width, height, voxels }: SliceImage): ImageData {
  const image = new ImageData(width, height);
  const pixels = new Uint32Array(image.data.buffer);
  let lastId: number | bigint = 0;
  let lastColour = 0;
  for (let i = 0; i < pixels.length; i++) {
    const id = voxels[i] ?? 0;
    if (id !== lastId) {
      lastId = id;
      lastColour = id === 0 || id === 0n ? 0 : packed(labelColour(BigInt(id)));
    }
    pixels[i] = lastColour;
  }
  return image;
}

/** Paints grey values from `low` (black) to `high` (white). */
export function paintGrey({ width, height, voxels }: SliceImage, low: number, high: number): ImageData {
  const image = new ImageData(width, height);
  const pixels = new Uint32Array(image.data.buffer);
  const factor = 255 / Math.max(high - low, Number.MIN_VALUE);
  for (let i = 0; i < pixels.length; i++) {
    const grey = Math.max(0, Math.min(255, Math.round((Number(voxels[i]) - low) * factor)));
    pixels[i] = 0xff000000 | (grey << 16) | (grey << 8) | grey;
  }
  return image;
}

/** Returns the range of values without the darkest and the brightest hundredth. */
export function greyRange({ voxels }: Pick<SliceImage, 'voxels'>): readonly [low: number, high: number] {
  const stride = Math.max(1, Math.floor(voxels.length / 20_000));
  const sample: number[] = [];
  for (let i = 0; i < voxels.length; i += stride) {
    const value = Number(voxels[i]);
    if (Number.isFinite(value)) sample.push(value);
  }
  sample.sort((a, b) => a - b);
  const at = (part: number) => sample[Math.floor(part * (sample.length - 1))] ?? 0;
  const [low, high] = [at(0.01), at(0.99)];
  return high > low ? [low, high] : [low, low + 1];
}

/** Returns 0xAABBGGRR. */
function packed([red, green, blue]: readonly [number, number, number]): number {
  return (0xff000000 | (blue << 16) | (green << 8) | red) >>> 0;
}

/** Paints grey values, or colours, of 8 bits: one or three samples a voxel, from `low` (black) to `high` (white). */
export function paintSamples(
  samples: Uint8Array,
  { width, height, channels }: { readonly width: number; readonly height: number; readonly channels: number },
  [low, high]: readonly [low: number, high: number],
): ImageData {
  const image = new ImageData(width, height);
  for (let i = 0; i < width * height; i++) {
    for (let c = 0; c < 3; c++) {
      const sample = samples[i * channels + Math.min(c, channels - 1)] ?? 0;
      image.data[4 * i + c] = (255 * (sample - low)) / (high - low);
    }
    image.data[4 * i + 3] = 255;
  }
  return image;
}
