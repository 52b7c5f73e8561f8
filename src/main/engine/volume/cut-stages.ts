import type { ConvertSpec } from '../../../shared/api/job-spec';
import { bytesPerVoxel } from '../../../shared/base/data-type';
import { min3, product3, type Vec3 } from '../../../shared/base/vec3';
import type { SourceMetadata } from '../../sources/volume-source';
import { LEAST_JOINING_BYTES } from '../components/component-plan';
import type { MemoryBudget, MemoryNeeds } from '../run/memory-budget';
import { chooseBlockShape, smallestBlockBytes, type BlockRequest } from '../blocks/block-plan';
import { BLOCKS_IN_FLIGHT, type PyramidStagePlan } from './pyramid-stage';
import type { VolumePlan } from './volume-plan';

/** The parts of a conversion that decide how its work is cut. */
export interface CutRequest {
  readonly spec: ConvertSpec;
  readonly source: SourceMetadata;
  readonly volume: VolumePlan;
}

/** Returns the smallest amounts of memory that the stages of a pyramid need. */
export function volumeNeeds(request: CutRequest): MemoryNeeds {
  const { spec, source } = request;
  const chunkVoxels = product3(min3(spec.chunkSize, source.size));
  return {
    // A chunk, its encoded and gzipped forms, and the data that the source decodes as one unit.
    perWorkerBytes: 4 * chunkVoxels * voxelBytes(request) + source.decodeBytes,
    minimumBlockBytes: leastBlocksBytes(request),
  };
}

/** Cuts the work into stages with blocks as large as the memory allows. */
export function cutStages(request: CutRequest, memory: MemoryBudget): PyramidStagePlan[] {
  const { spec, source, volume } = request;
  const least = leastBlocksBytes(request);
  // Joining components takes memory beside that of the blocks: a quarter of it, if that leaves enough.
  const joiningBytes =
    spec.components === undefined
      ? 0
      : Math.max(LEAST_JOINING_BYTES, Math.min(memory.blockBytes / 4, memory.blockBytes - least));
  const maxBytes = (memory.blockBytes - joiningBytes) / BLOCKS_IN_FLIGHT;
  const { storageShape, storageOrigin } = source;
  const block = chooseBlockShape({ ...blockRequest(request, 0, storageShape, storageOrigin), maxBytes });
  const stages: PyramidStagePlan[] = [
    { name: 'volume', readScale: 0, writesReadScale: true, block, storageShape, storageOrigin },
  ];
  let made = block.coarserScales;
  while (made < volume.pyramid.length - 1) {
    const own = blockRequest(request, made, spec.chunkSize);
    const next = chooseBlockShape({ ...own, maxBytes, minCoarserScales: 1 });
    stages.push({
      name: `scales-from-${volume.pyramid[made]?.key ?? made}`,
      readScale: made,
      writesReadScale: false,
      block: next,
      storageShape: spec.chunkSize,
    });
    made += next.coarserScales;
  }
  return stages;
}

/**
 * Returns the memory of the smallest blocks. A later stage may begin with any scale, so it is the maximum over all
 * scales.
 */
function leastBlocksBytes(request: CutRequest): number {
  const { volume, spec } = request;
  const least = volume.pyramid.map((_, scale) =>
    smallestBlockBytes(blockRequest(request, scale, spec.chunkSize)),
  );
  return BLOCKS_IN_FLIGHT * Math.max(...least);
}

function blockRequest(
  request: CutRequest,
  readScale: number,
  storageShape: Vec3,
  storageOrigin?: Vec3,
): Omit<BlockRequest, 'maxBytes'> {
  const { spec, source, volume } = request;
  return {
    size: volume.pyramid[readScale]?.size ?? source.size,
    chunkSize: spec.chunkSize,
    storageShape,
    storageOrigin,
    factors: volume.pyramid.slice(readScale + 1).map(({ factors }) => factors),
    bytesPerVoxel: voxelBytes(request),
    minCoarserScales: 0,
    // Components are found in pieces of whole blocks.
    inSlabs: spec.components === undefined,
  };
}

function voxelBytes({ volume: { info } }: CutRequest): number {
  return bytesPerVoxel(info.data_type) * info.num_channels;
}
