import type { MeshSpec } from '../../shared/api/job-spec';
import type { NamedSegment } from '../../shared/precomputed/segment-properties';
import type { VolumeInfo } from '../../shared/precomputed/volume-info';
import type { MeshPlan } from './meshes/mesh-plan';
import type { MeshResources } from './meshes/mesh-stages';
import type { MemoryBudget } from './run/memory-budget';

/** The meshing of a dataset that is there, everything decided and nothing written. */
export interface MeshJobPlan {
  readonly spec: MeshSpec;
  readonly root: string;
  /** The dataset's `info` as it stands. */
  readonly json: Readonly<Record<string, unknown>>;
  readonly info: VolumeInfo;
  readonly mesh: MeshPlan;
  readonly names: ReadonlyMap<bigint, NamedSegment>;
  readonly memory: MemoryBudget;
  readonly resources: MeshResources;
}
