import { BoxGrid, boxOfShape, boxVolume } from '../../shared/base/box';
import { allocateVoxels } from '../../shared/base/data-type';
import { scatter } from '../../shared/base/scatter';
import { min3, vec3 } from '../../shared/base/vec3';
import type { VolumeSource } from './volume-source';

const SAMPLED_BOXES = 24;
/** On each axis, of a storage unit at most. */
const MOST_EDGE = 128;
const MOST_DEPTH = 4;

/**
 * Values of up to 24 places of the volume, of each channel: the same ones for the same volume. Of a volume that is
 * stored in a few units it is as if these were smaller.
 */
export async function sampleValues(source: VolumeSource): Promise<Float64Array[]> {
  const { size, storageShape, channels, dataType } = source.metadata;
  const edge = min3(min3(storageShape, size), [MOST_EDGE, MOST_EDGE, MOST_DEPTH]);
  const grid = new BoxGrid(
    boxOfShape(size),
    vec3((axis) => Math.max(1, edge[axis])),
  );
  const parts: number[][] = Array.from({ length: channels }, () => []);
  for (const box of scatter(grid, SAMPLED_BOXES)) {
    const voxels = boxVolume(box);
    const data = allocateVoxels(dataType, voxels * channels);
    await source.read(box, { box, channels, data });
    parts.forEach((part, channel) => {
      for (let i = channel * voxels; i < (channel + 1) * voxels; i++) part.push(Number(data[i]));
    });
  }
  return parts.map((part) => Float64Array.from(part));
}
