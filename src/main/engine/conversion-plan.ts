import { sourceOptionsSchema, type ConvertSpec } from '../../shared/api/job-spec';
import { bytesPerVoxel } from '../../shared/base/data-type';
import { min3, product3, type Vec3 } from '../../shared/base/vec3';
import { openSource } from '../sources/registry';
import type { SourceHandle, SourceMetadata } from '../sources/volume-source';
import { chooseBlockShape, smallestBlockBytes, type BlockRequest } from './volume/block-plan';
import { checkIdsFile } from './segments/ids-file';
import { finderBytes, LEAST_JOINING_BYTES } from './components/component-plan';
import type { NamedSegment } from '../../shared/precomputed/segment-properties';
import { planMeshes, type MeshPlan } from './meshes/mesh-plan';
import { meshWorkerBytes } from './meshes/mesh-stages';
import { readNames } from './segments/names-file';
import { planMemory, type MemoryBudget, type MemoryNeeds } from './run/memory-budget';
import { checkOutputApart, outputState, type OutputState } from './output-folder';
import { BLOCKS_IN_FLIGHT, type PyramidStagePlan } from './volume/pyramid-stage';
import { planVolume, type VolumePlan } from './volume/volume-plan';

/** A conversion that was looked at from all sides and not begun: nothing is written yet. */
export interface ConversionPlan {
  /** Its type is decided. */
  readonly spec: ConvertSpec;
  readonly source: SourceMetadata;
  readonly handle: SourceHandle;
  readonly volume: VolumePlan;
  readonly memory: MemoryBudget;
  readonly needs: MemoryNeeds;
  readonly stages: readonly PyramidStagePlan[];
  readonly outputState: OutputState;
  /** Undefined where no meshes are wanted. */
  readonly mesh: MeshPlan | undefined;
  readonly names: ReadonlyMap<bigint, NamedSegment>;
}

/**
 * Opens the input and decides everything, writing nothing.
 * @throws what is wrong with the input, the options, or the two together
 */
export async function planConversion(asked: ConvertSpec): Promise<ConversionPlan> {
  const source = await openSource(asked.input, {
    ...sourceOptionsSchema.parse(asked),
    ...(asked.type === undefined ? {} : { kind: asked.type }),
    ...(asked.dataType === undefined ? {} : { dataType: asked.dataType }),
  });
  try {
    await checkOutputApart(asked.input, asked.output);
    if (asked.idsFile !== undefined) await checkIdsFile(asked.idsFile);
    const volume = planVolume(asked, source.metadata);
    const spec = { ...asked, type: volume.info.type };
    const mesh = spec.type === 'segmentation' ? await planMeshes(spec, volume.info) : undefined;
    const names = spec.names === undefined ? new Map<bigint, NamedSegment>() : await readNames(spec.names);
    const { memory, needs, stages } = planStages(spec, source.metadata, volume, mesh);
    return {
      spec,
      source: source.metadata,
      handle: source.handle,
      volume,
      memory,
      needs,
      stages,
      outputState: await outputState(spec.output),
      mesh,
      names,
    };
  } finally {
    await source.close();
  }
}

function planStages(
  spec: ConvertSpec,
  source: SourceMetadata,
  volume: VolumePlan,
  mesh: MeshPlan | undefined,
) {
  const { info, pyramid } = volume;
  const voxelBytes = bytesPerVoxel(info.data_type) * info.num_channels;
  const chunkVoxels = product3(min3(spec.chunkSize, source.size));
  const request = (
    readScale: number,
    storageShape: Vec3,
    storageOrigin?: Vec3,
  ): Omit<BlockRequest, 'maxBytes'> => ({
    size: pyramid[readScale]?.size ?? source.size,
    chunkSize: spec.chunkSize,
    storageShape,
    storageOrigin,
    factors: pyramid.slice(readScale + 1).map(({ factors }) => factors),
    bytesPerVoxel: voxelBytes,
    minCoarserScales: 0,
    // Components are found in pieces of whole blocks.
    inSlabs: spec.components === undefined,
  });
  // Any scale may be the one that a later stage begins with.
  const leastBlocksBytes =
    BLOCKS_IN_FLIGHT *
    Math.max(...pyramid.map((_, scale) => smallestBlockBytes(request(scale, spec.chunkSize))));
  const needs: MemoryNeeds = {
    // A chunk, its encoded and its gzipped form, and what the source decodes at once.
    perWorkerBytes: Math.max(
      4 * chunkVoxels * voxelBytes + source.decodeBytes,
      mesh === undefined ? 0 : meshWorkerBytes(mesh, voxelBytes),
      spec.components === undefined ? 0 : source.decodeBytes + finderBytes(source.size),
    ),
    minimumBlockBytes: leastBlocksBytes + (spec.components === undefined ? 0 : LEAST_JOINING_BYTES),
  };
  const memory = planMemory({ memoryBytes: spec.memory, workers: spec.workers, ...needs });
  // What is joined of components is beside the blocks' memory, a quarter of it where that can be had.
  const joiningBytes =
    spec.components === undefined
      ? 0
      : Math.max(LEAST_JOINING_BYTES, Math.min(memory.blockBytes / 4, memory.blockBytes - leastBlocksBytes));
  const maxBytes = (memory.blockBytes - joiningBytes) / BLOCKS_IN_FLIGHT;
  const { storageShape, storageOrigin } = source;
  const block = chooseBlockShape({ ...request(0, storageShape, storageOrigin), maxBytes });
  const stages: PyramidStagePlan[] = [
    { name: 'volume', readScale: 0, writesReadScale: true, block, storageShape, storageOrigin },
  ];
  let made = block.coarserScales;
  while (made < pyramid.length - 1) {
    const next = chooseBlockShape({ ...request(made, spec.chunkSize), maxBytes, minCoarserScales: 1 });
    stages.push({
      name: `scales-from-${pyramid[made]?.key ?? made}`,
      readScale: made,
      writesReadScale: false,
      block: next,
      storageShape: spec.chunkSize,
    });
    made += next.coarserScales;
  }
  return { needs, memory, stages };
}
