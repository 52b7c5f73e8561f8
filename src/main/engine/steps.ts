import type { SerializedError } from '../../shared/base/errors';
import type { CompareRegionRequest, CompareRegionResult } from './volume/compare-region';
import type { ComponentsRequest, ComponentsResult, FoundComponents } from './components/find-components';
import type { JoinComponentsRequest, JoinComponentsResult } from './components/join-components';
import type { GatherShardRequest, GatherShardResult } from './shards/gather-shard';
import { loadRegion, type LoadRegionRequest, type LoadRegionResult } from './blocks/load-region';
import type { MeshBlockRequest, MeshBlockResult } from './meshes/mesh-block';
import type { MeshLabelsRequest, MeshLabelsResult } from './meshes/mesh-labels';
import type { ReadMeshesRequest, ReadMeshesResult } from './meshes/read-meshes';
import { writeChunks, type WriteChunksRequest, type WriteChunksResult } from './volume/write-chunks';

/** The steps that a worker can do. Each has a name, a request of plain data and shared blocks, and a result. */
export interface Steps {
  'load-region': { request: LoadRegionRequest; result: LoadRegionResult };
  'find-components': { request: ComponentsRequest; result: FoundComponents };
  'join-components': { request: JoinComponentsRequest; result: JoinComponentsResult };
  'relabel-components': { request: ComponentsRequest; result: ComponentsResult };
  'write-chunks': { request: WriteChunksRequest; result: WriteChunksResult };
  'gather-shard': { request: GatherShardRequest; result: GatherShardResult };
  'mesh-block': { request: MeshBlockRequest; result: MeshBlockResult };
  'mesh-labels': { request: MeshLabelsRequest; result: MeshLabelsResult };
  'read-meshes': { request: ReadMeshesRequest; result: ReadMeshesResult };
  'compare-region': { request: CompareRegionRequest; result: CompareRegionResult };
}
export type StepName = keyof Steps;

export type StepCall = { [N in StepName]: { name: N; request: Steps[N]['request'] } }[StepName];

/**
 * The outcome of a step as it is passed between threads. Expected errors are data, so that they differ from crashes.
 * A thread that does not know the memory that a call names does nothing, and lacks it.
 */
export type StepOutcome =
  | { readonly result: unknown }
  | { readonly error: SerializedError }
  | { readonly lacksMemory: true };

/**
 * Runs a step. A worker loads the first steps of a conversion when it starts, and other steps when they are first
 * needed.
 */
export async function runStep(call: StepCall): Promise<Steps[StepName]['result']> {
  switch (call.name) {
    case 'load-region':
      return loadRegion(call.request);
    case 'find-components':
      return (await import('./components/find-components')).findComponents(call.request);
    case 'join-components':
      return (await import('./components/join-components')).joinComponents(call.request);
    case 'relabel-components':
      return (await import('./components/find-components')).relabelComponents(call.request);
    case 'write-chunks':
      return writeChunks(call.request);
    case 'gather-shard':
      return (await import('./shards/gather-shard')).gatherShard(call.request);
    case 'mesh-block':
      return (await import('./meshes/mesh-block')).meshBlockStep(call.request);
    case 'mesh-labels':
      return (await import('./meshes/mesh-labels')).meshLabels(call.request);
    case 'read-meshes':
      return (await import('./meshes/read-meshes')).readMeshes(call.request);
    case 'compare-region':
      return (await import('./volume/compare-region')).compareRegion(call.request);
  }
}
