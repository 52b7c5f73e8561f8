import type { MeshSpec } from '../../../shared/api/job-spec';
import type { Dataset } from '../dataset/dataset';
import type { MeshPlan } from '../meshes/mesh-plan';
import type { PlannedProducts } from './plan-products';

/** A complete plan for meshing an existing dataset. Nothing is written yet. */
export interface MeshJobPlan extends PlannedProducts, Dataset {
  /** The folder of the job: the dataset's, or if that is in a bucket, a work folder. */
  readonly output: string;
  readonly spec: MeshSpec;
  readonly mesh: MeshPlan;
}
