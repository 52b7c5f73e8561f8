import { BoxGrid, boxOfShape, boxVolume } from '../../shared/base/box';
import { allocateVoxels, bytesPerVoxel, type VoxelArray } from '../../shared/base/data-type';
import { scatter } from '../../shared/base/scatter';
import { min3, vec3 } from '../../shared/base/vec3';
import type { VolumeSource } from './volume-source';

const SAMPLED_BOXES = 24;
/** The most voxels of a sampled box in x and y, and in z. */
const MOST_EDGE = 128;
const MOST_DEPTH = 4;

/**
 * Reads the voxels of up to 24 boxes that are spread over the volume. Returns one array per channel, in the source's
 * data type, so that ids are exact. The boxes are always the same for the same volume. They are storage units, or parts
 * of them if these are large.
 */
export async function sampleVoxels(source: VolumeSource): Promise<VoxelArray[]> {
  const { size, storageShape, channels, dataType } = source.metadata;
  const edge = min3(min3(storageShape, size), [MOST_EDGE, MOST_EDGE, MOST_DEPTH]);
  const grid = new BoxGrid(
    boxOfShape(size),
    vec3((axis) => Math.max(1, edge[axis])),
  );
  const boxes = scatter(grid, SAMPLED_BOXES);
  const bytes = bytesPerVoxel(dataType);
  const length = boxes.reduce((sum, box) => sum + boxVolume(box), 0);
  const samples = Array.from({ length: channels }, () => allocateVoxels(dataType, length));
  let offsetBytes = 0;
  for (const box of boxes) {
    const voxels = boxVolume(box);
    const data = allocateVoxels(dataType, voxels * channels);
    await source.read(box, { box, channels, data });
    samples.forEach((sample, channel) => {
      const part = new Uint8Array(data.buffer, channel * voxels * bytes, voxels * bytes);
      new Uint8Array(sample.buffer).set(part, offsetBytes);
    });
    offsetBytes += voxels * bytes;
  }
  return samples;
}

/** Returns {@link sampleVoxels} as doubles. Use it for intensities only, because ids above 2^53 are rounded. */
export async function sampleValues(source: VolumeSource): Promise<Float64Array[]> {
  return (await sampleVoxels(source)).map((sample) => Float64Array.from(sample, Number));
}
