import { BoxGrid, boxShape, boxVolume, type Box } from '../../shared/base/box';
import { allocateVoxels } from '../../shared/base/data-type';
import { product3, vec3, type Vec3 } from '../../shared/base/vec3';
import { encodeChunk } from '../../shared/precomputed/chunk-encoding';
import { chunkShape, scaleBox } from '../../shared/precomputed/volume-info';
import type { ConversionPlan } from '../engine/conversion-plan';
import { chunkEncodingOf } from '../sources/precomputed-source';
import { reopenSource } from '../sources/registry';
import { deterministicGzip } from '../stores/compression';

const SAMPLED_CHUNKS = 12;

export interface ConversionEstimate {
  readonly bytes: number;
  readonly seconds: number;
  readonly sampledVoxels: number;
}

/**
 * What a conversion will write and how long it will take, from chunks here and there that are read, encoded
 * and compressed as the job would, on one thread, and thrown away.
 */
export async function estimateConversion(plan: ConversionPlan): Promise<ConversionEstimate> {
  const { info } = plan.volume;
  const [scale] = info.scales;
  if (scale === undefined) return { bytes: 0, seconds: 0, sampledVoxels: 0 };
  const source = await reopenSource(plan.handle);
  try {
    const grid = new BoxGrid(scaleBox(scale), chunkShape(scale));
    let [bytes, voxels, readMs, encodeMs] = [0, 0, 0, 0];
    for (const box of sampledChunks(grid)) {
      const startMs = performance.now();
      const data = allocateVoxels(info.data_type, boxVolume(box) * info.num_channels);
      await source.read(box, { box, channels: info.num_channels, data });
      const readEndMs = performance.now();
      const encoded = encodeChunk(chunkEncodingOf(info, scale), data, boxShape(box), info.num_channels);
      const { compression, compressionLevel } = plan.spec;
      bytes += compression === 'gzip' ? deterministicGzip(encoded, compressionLevel).length : encoded.length;
      encodeMs += performance.now() - readEndMs;
      // The job decodes whole storage units once; here they were decoded for one chunk of many.
      readMs += ((readEndMs - startMs) * boxVolume(box)) / decodedVoxels(box, source.metadata.storageShape);
      voxels += boxVolume(box);
      // Lets requests in between: this runs beside the interface's.
      await new Promise((resolve) => setImmediate(resolve));
    }
    const firstVoxels = product3(scale.size);
    const allVoxels = info.scales.reduce((sum, { size }) => sum + product3(size), 0);
    const seconds = (readMs * firstVoxels + encodeMs * allVoxels) / voxels / 1000 / plan.memory.workers;
    return { bytes: Math.round((bytes / voxels) * allVoxels), seconds, sampledVoxels: voxels };
  } finally {
    await source.close();
  }
}

/**
 * Chunks here and there: by the three-dimensional golden ratio (the R sequence of M. Roberts), whose points fill
 * the volume evenly however many there are.
 */
function sampledChunks(grid: BoxGrid): Box[] {
  const ratio = 1.2207440846057596;
  const indices = new Set<number>();
  for (let i = 0; i < Math.min(grid.length, SAMPLED_CHUNKS); i++) {
    const [x, y, z] = vec3((axis) => Math.floor(((0.5 + i / ratio ** (axis + 1)) % 1) * grid.counts[axis]));
    indices.add((z * grid.counts[1] + y) * grid.counts[0] + x);
  }
  return [...indices].map((index) => grid.at(index));
}

/** Voxels of the storage units that `box` touches. */
function decodedVoxels({ min, max }: Box, storage: Vec3): number {
  return product3(
    vec3(
      (axis) =>
        (Math.ceil(max[axis] / storage[axis]) - Math.floor(min[axis] / storage[axis])) * storage[axis],
    ),
  );
}
