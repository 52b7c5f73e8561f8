import type { MeshSpec } from '../../shared/api/job-spec';
import type { Dataset } from './dataset';
import type { MeshPlan } from './meshes/mesh-plan';
import type { PlannedProducts } from './plan-products';

/** The meshing of a dataset that is there, everything decided and nothing written. */
export interface MeshJobPlan extends PlannedProducts, Dataset {
  readonly spec: MeshSpec;
  readonly mesh: MeshPlan;
}
