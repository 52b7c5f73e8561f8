import { resolve } from 'node:path';
import type { JobSummary } from '../../../shared/api/job-events';
import type { MeshSpec } from '../../../shared/api/job-spec';
import { named, set } from '../../../shared/api/mentions';
import { InvalidInputError } from '../../../shared/base/errors';
import { say } from '../../../shared/base/words';
import { parseVolumeInfo } from '../../../shared/precomputed/volume-info';
import type { S3Place } from '../../places/s3/s3-place';
import { openDataset, openInBucket, type Dataset } from '../dataset/dataset';
import type { MeshJobPlan } from './mesh-job-plan';
import { MESHES } from '../meshes/meshes-product';
import { openMeshing } from './open-meshing';
import type { JsonFields } from '../product';
import { planProducts } from './plan-products';
import { Journal } from '../run/journal';
import type { RemoteOutput } from '../run/remote-output';
import { isSwapping } from '../run/replace-files';
import type { JobOptions } from '../run/run-job';
import { runProducts, summaryOf } from './run-products';

/**
 * Plans the meshing of a dataset.
 * @param bucket the connected place of the dataset if that is in a bucket; that of the request is the folder of the job then
 * @throws if the dataset or the options are invalid, or don't fit together
 */
export async function planMeshJob(spec: MeshSpec, bucket?: RemoteOutput<S3Place>): Promise<MeshJobPlan> {
  const output = resolve(spec.dataset);
  const dataset = await openMeshable(output, () =>
    bucket === undefined ? openDataset(output) : openInBucket(bucket),
  );
  const planned = await planProducts(
    { spec, dataset, info: dataset.info },
    {
      memoryBytes: spec.memory,
      workers: spec.workers,
      otherRemedy: say`choose fewer ${named('workers')}`,
    },
  );
  const mesh = planned.plans.of(MESHES);
  if (mesh === undefined) {
    throw new InvalidInputError(say`${set('mesh', 'none')} leaves nothing to do.`, {
      fields: { usage: true },
    });
  }
  return { ...planned, ...dataset, output, spec, mesh };
}

/**
 * Opens the dataset. If a meshing in the folder `output` was stopped, returns what that has taken out of `info` as it was
 * when the meshing began: the whole of it while it moved its files to their places, and the folder of the meshes if
 * it deleted the old ones first.
 */
async function openMeshable(output: string, open: () => Promise<Dataset>): Promise<Dataset> {
  if (!(await Journal.isIn(output))) return open();
  const record = await Journal.readRecord(output).catch(() => undefined);
  if (record?.kind !== 'mesh') return open();
  const where = `the unfinished job in ${output}`;
  if (isSwapping(record))
    return { root: output, json: record.info, info: parseVolumeInfo(record.info, where) };
  const dataset = await open();
  const { mesh } = record.info;
  if (mesh === undefined || dataset.info.mesh !== undefined) return dataset;
  const json = { ...(dataset.json as JsonFields), mesh };
  return { ...dataset, json, info: parseVolumeInfo(json, where) };
}

/**
 * Runs a planned meshing. Existing meshes are kept, and `info` names them, until the new ones are complete.
 * @throws the error that stopped the job; finished tasks are kept and can be resumed
 */
export async function runMeshJob(plan: MeshJobPlan, options: JobOptions): Promise<JobSummary> {
  const { root, info, mesh } = plan;
  const scales = info.scales.slice(mesh.scale, mesh.scale + 1);
  const opened = await openMeshing(plan, options);
  return opened === 'complete' ? summaryOf(root, scales) : runProducts(opened, scales, options);
}
