import { isAddress } from '../../shared/api/input-address';
import { whereOf } from '../places/read-document';
import { say } from '../../shared/base/words';
import { LabelStatistics } from '../../shared/kernels/label-statistics';
import { parseVolumeInfo } from '../../shared/precomputed/volume-info';
import { readInfoAt, readInfoJson } from './dataset/dataset';
import { datasetFolders } from '../../shared/precomputed/dataset-files';
import { verifyProvenance } from './dataset/provenance';
import { PRODUCTS } from './products';
import { planMemory } from './run/memory-budget';
import { WorkerPool } from './run/worker-pool';
import type { VerifyRequest } from './dataset/verification';
import type { ProductReport, VerifyReport } from './dataset/verify-report';
import { needsCounts } from './segments/verify-segments';
import { leastRegionBytes } from './volume/verify-volume';

const UNREAD_SKELETONS: ProductReport = {
  product: 'skeletons',
  ok: true,
  checked: 'not looked at',
  problems: [],
  warnings: [],
};

/** Reads the whole dataset, product by product, and reports its problems. */
export async function verifyDataset(request: VerifyRequest, products = PRODUCTS): Promise<VerifyReport> {
  const { dataset, access } = request;
  const found = await (isAddress(dataset) ? readInfoAt(dataset, access) : readInfoJson(dataset));
  const { root, json, problems } = found;
  if (problems.length > 0) return { dataset: root, ok: false, problems, products: [], scales: [] };
  const info = parseVolumeInfo(json, root);
  const memory = planMemory({
    memoryBytes: request.memoryBytes,
    workers: request.workers,
    perWorkerBytes: 0,
    minimumBlockBytes: leastRegionBytes(info),
    otherRemedy: say`verify it on a machine with more memory`,
  });
  const pool = new WorkerPool({ workerFile: request.workerFile, workers: memory.workers });
  const at = whereOf(found);
  const labels = needsCounts(info) ? new LabelStatistics() : undefined;
  const context = { dataset: { ...at, json, info }, request, pool, memory, labels };
  const reports: ProductReport[] = [];
  try {
    for (const product of products) {
      const report = await product.verify?.(context);
      if (report !== undefined) reports.push(report);
    }
    const provenance = await verifyProvenance(at);
    if (provenance !== undefined) reports.push(provenance);
    if (datasetFolders(json).some(({ kind }) => kind === 'skeletons')) reports.push(UNREAD_SKELETONS);
  } finally {
    await pool.close();
  }
  return {
    dataset: root,
    ok: reports.every(({ ok }) => ok),
    problems: reports.flatMap((report) => report.problems),
    products: reports,
    scales: reports.flatMap(({ scales = [] }) => scales),
  };
}
