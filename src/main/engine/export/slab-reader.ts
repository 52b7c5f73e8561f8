import { boxOfShape, BoxGrid, type Box } from '../../../shared/base/box';
import { BugError, CancelledError } from '../../../shared/base/errors';
import { bytesPerVoxel } from '../../../shared/base/data-type';
import { allocateKernelMemory } from '../../../shared/base/kernel-memory';
import { min3, vec3, ZERO3, type Vec3 } from '../../../shared/base/vec3';
import type { VolumeBlock } from '../../../shared/base/volume-block';
import type { VolumeSource } from '../../sources/volume-source';
import type { WorkerPool } from '../run/worker-pool';
import { loadBoxes } from '../blocks/block-plan';
import { stepVoxels } from '../blocks/step-voxels';
import { blockBytes, viewBlock, type SharedBlock } from '../blocks/shared-block';
import { shareSource, type SharedSource } from '../blocks/shared-source';

/** Two slabs, so that one is read while the previous one is written. */
const SLABS = 2;

/**
 * Returns the parts in which a volume is read, in the order of their voxels: either as many whole slices as fit,
 * aligned to chunks of the source, or blocks of whole chunks of the output.
 * @param mostBytes the most bytes of a part
 */
export function slabsOf(
  { size, channels, dataType, storageShape, storageOrigin = ZERO3 }: VolumeSource['metadata'],
  mostBytes: number,
  chunk: Vec3 | undefined,
): BoxGrid {
  const voxelBytes = bytesPerVoxel(dataType) * channels;
  const most = Math.max(1, Math.floor(mostBytes / voxelBytes));
  if (chunk === undefined) {
    const depth = Math.max(1, Math.floor(most / (size[0] * size[1])));
    const whole = Math.max(1, storageShape[2]);
    const slices = depth >= whole ? depth - (depth % whole) : depth;
    return new BoxGrid(boxOfShape(size), [size[0], size[1], slices], [0, 0, storageOrigin[2]]);
  }
  const cell: [number, number, number] = [...chunk];
  for (const axis of [0, 1, 2] as const) {
    const others = cell.reduce(
      (product, edge, i) => (i === axis ? product : product * Math.min(edge, size[i as 0 | 1 | 2])),
      1,
    );
    const fitting = Math.max(1, Math.floor(most / (others * chunk[axis])));
    cell[axis] = chunk[axis] * Math.min(fitting, Math.ceil(size[axis] / chunk[axis]));
  }
  return new BoxGrid(
    boxOfShape(size),
    vec3((i) => cell[i]),
  );
}

/** Reads a volume slab by slab on all threads. */
export class SlabReader {
  constructor(
    private readonly source: VolumeSource,
    private readonly slabs: BoxGrid,
    private readonly pool: WorkerPool,
    private readonly signal: AbortSignal,
  ) {}

  /**
   * Reads all slabs.
   * @param take is called with each slab, and may use its voxels until it returns
   */
  async each(take: (slab: VolumeBlock) => Promise<void> | void): Promise<void> {
    const { channels, dataType, size } = this.source.metadata;
    const shared = shareSource(this.source.handle);
    const bytes = blockBytes(boxOfShape(min3(this.slabs.cell, size)), channels, dataType);
    const memories = Array.from({ length: Math.min(SLABS, this.slabs.length) }, () =>
      allocateKernelMemory(bytes, this.pool.workers),
    );
    const load = async (index: number): Promise<VolumeBlock> => {
      const memory = memories[index % memories.length];
      if (memory === undefined) throw new BugError('there is no memory for a slab');
      const block = { memory, offsetBytes: 0, box: this.slabs.at(index), channels, dataType };
      await this.load(shared, block);
      return viewBlock(block);
    };
    let next = this.slabs.length > 0 ? load(0) : undefined;
    for (let i = 0; next !== undefined; i++) {
      const slab = await next;
      next = i + 1 < this.slabs.length ? load(i + 1) : undefined;
      // If `take` fails, the slab that is being read is abandoned.
      next?.catch(() => undefined);
      await take(slab);
    }
  }

  private async load(source: SharedSource, block: SharedBlock): Promise<void> {
    const { storageShape, storageOrigin } = this.source.metadata;
    const voxels = stepVoxels(block, this.pool.workers);
    const boxes = loadBoxes(block.box, voxels, storageShape, storageOrigin);
    const read = async (box: Box): Promise<void> => {
      if (this.signal.aborted) throw new CancelledError();
      await this.pool.run('load-region', { source, box, block }, this.signal);
    };
    await Promise.all(Array.from({ length: boxes.length }, (_, i) => read(boxes.at(i))));
  }
}
