import { named, set } from '../../shared/api/mentions';
import { say } from '../../shared/base/words';
import { join, resolve } from 'node:path';
import { peakMemoryBytes } from '../base/peak-memory';
import type { JobEvent, JobSummary } from '../../shared/api/job-events';
import type { MeshSpec } from '../../shared/api/job-spec';
import { bytesPerVoxel } from '../../shared/base/data-type';
import { InvalidInputError } from '../../shared/base/errors';
import { product3 } from '../../shared/base/vec3';
import { formatSegmentProperties, type NamedSegment } from '../../shared/precomputed/segment-properties';
import { parseVolumeInfo, type VolumeInfo } from '../../shared/precomputed/volume-info';
import type { PrecomputedHandle } from '../sources/precomputed-source';
import { getUncompressed } from '../places/compression';
import { LocalFolder } from '../places/local-folder';
import type { MeshJobPlan } from './mesh-job-plan';
import { openDataset, type Dataset } from './dataset';
import { Journal } from './run/journal';
import { datasetFolders, folderPath } from './dataset-folders';
import { checkIdsFile, writeIdsFile } from './segments/ids-file';
import { readLabelLists, type ListedLabel } from './segments/label-list';
import { planMemory } from './run/memory-budget';
import { planMeshes, type MeshPlan } from './meshes/mesh-plan';
import { meshFolders, meshResources, meshStages, meshWorkerBytes } from './meshes/mesh-stages';
import { readNames } from './segments/names-file';
import { listsSegments, meshSettings, openMeshing, segmentsFolderOf } from './open-meshing';
import { withMeshing } from './provenance';
import { isSwapping } from './run/replace-files';
import { runJob, type JobOptions } from './run/run-job';
import { exactCounts, segmentCounts } from './segments/segment-counts';
import { askedIds, meshInfoText, missingIdNotes, segmentsCsv } from './segments/segment-files';
import { WorkerPool } from './run/worker-pool';

/** @throws what is wrong with the dataset, the options, or the two together */
export async function planMeshJob(spec: MeshSpec): Promise<MeshJobPlan> {
  const { root, json, info } = await openMeshable(spec.dataset);
  const mesh = await planMeshes(spec, info);
  if (mesh === undefined) {
    throw new InvalidInputError(say`${set('mesh', 'none')} leaves nothing to do.`, {
      fields: { usage: true },
    });
  }
  requireOwnFolder(root, mesh.folder, json);
  if (spec.idsFile !== undefined) await checkIdsFile(spec.idsFile);
  await requireAnyListed(mesh, root, info);
  const names = spec.names === undefined ? new Map<bigint, NamedSegment>() : await readNames(spec.names);
  const memory = planMemory({
    memoryBytes: spec.memory,
    workers: spec.workers,
    perWorkerBytes: meshWorkerBytes(mesh, bytesPerVoxel(info.data_type)),
    minimumBlockBytes: 0,
    otherRemedy: say`choose fewer ${named('workers')}`,
  });
  return {
    spec,
    root,
    json: json as Readonly<Record<string, unknown>>,
    info,
    mesh,
    names,
    memory,
    resources: meshResources(memory),
  };
}

/** @throws InvalidInputError where the folder for meshes isn't the dataset's, or holds another part of it */
function requireOwnFolder(root: string, name: string, json: unknown): void {
  const path = folderPath(name);
  const other = datasetFolders(json).find((folder) => folder.path === path && folder.kind !== 'mesh');
  if (path !== undefined && other === undefined) return;
  const what =
    path === undefined
      ? 'no folder below it'
      : `a folder that holds its ${NOUNS[other?.kind ?? 'scale']} too`;
  throw new InvalidInputError(`The dataset in ${root} names '${name}' for its meshes: ${what}.`, {
    remedy: `Correct "mesh" in ${join(root, 'info')}, or take it out, then mesh again.`,
    fields: { path: root },
  });
}

const NOUNS = {
  scale: 'voxels',
  mesh: 'meshes',
  segments: 'list of segments',
  skeletons: 'skeletons',
} as const;

/** The dataset, or what a meshing began with that was stopped while it put its files in their places. */
async function openMeshable(path: string): Promise<Dataset> {
  const root = resolve(path);
  if (!(await Journal.isIn(root))) return openDataset(path);
  const record = await Journal.readRecord(root).catch(() => undefined);
  if (record?.kind !== 'mesh' || !isSwapping(record)) return openDataset(path);
  return { root, json: record.info, info: parseVolumeInfo(record.info, `the unfinished job in ${root}`) };
}

/** Some ids may be wrong; where all are, the list belongs to another volume, and no mesh should make place for it. */
async function requireAnyListed({ segments }: MeshPlan, root: string, info: VolumeInfo): Promise<void> {
  const counts = segments === undefined ? undefined : await exactCounts(root, info);
  if (segments === undefined || counts === undefined || segments.some((id) => counts.has(BigInt(id)))) return;
  const shown = segments.length > 3 ? [...segments.slice(0, 3), '…'] : segments;
  throw new InvalidInputError(
    say`None of the ${segments.length} segments of ${named('segments')} (${shown.join(', ')}) is in ${root}.`,
    {
      remedy: 'Give ids that its list of segments has.',
      fields: { code: 'unknown-segments', options: ['segments'] },
    },
  );
}

export interface MeshJobResult {
  readonly summary: JobSummary;
  readonly labels: readonly ListedLabel[];
}

/**
 * Meshes as planned. Meshes that are there stay, and `info` names them, until the new ones are whole.
 * @throws what went wrong; what is done stays and can be resumed
 */
export async function runMeshJob(plan: MeshJobPlan, options: JobOptions): Promise<MeshJobResult> {
  const { root: output, mesh, memory, info } = plan;
  const journal = await openMeshing(plan, options);
  if (journal === 'complete') return { summary: summaryOf(plan), labels: [] };
  const { root } = journal;
  const folders = meshFolders(output, root);
  const source: PrecomputedHandle = {
    format: 'precomputed',
    root: output,
    info,
    scale: mesh.scale,
    missingChunks: 'zero',
  };
  let labels: readonly ListedLabel[] = [];
  const meter = await runJob(
    {
      journal,
      pool: new WorkerPool({ workerFile: options.workerFile, workers: memory.workers }),
      memoryBytes: memory.totalBytes,
      stages: meshStages(mesh, source, folders, plan.resources, async () => {
        return (await exactCounts(output, info)) ?? new Map<bigint, number>();
      }),
      finish: async () => {
        labels = await readLabelLists(folders.lists, 2 ** mesh.batches.shard_bits);
        return finish(plan, root, labels, options.emit);
      },
    },
    options,
  );
  return { summary: { ...summaryOf(plan), ...meter.totals() }, labels };
}

function summaryOf({ root, info, mesh }: MeshJobPlan): JobSummary {
  return {
    output: root,
    voxels: product3(info.scales[mesh.scale]?.size ?? [0, 0, 0]),
    scales: 1,
    peakMemoryBytes: peakMemoryBytes(),
    elapsedMs: 0,
    files: 0,
    bytesRead: 0,
    bytesWritten: 0,
  };
}

/** Writes what is left but the dataset's `info`, whose text it gives. */
async function finish(
  plan: MeshJobPlan,
  root: string,
  labels: readonly ListedLabel[],
  emit: (event: JobEvent) => void,
): Promise<string> {
  const { root: output, mesh, info, json, names, spec } = plan;
  const store = new LocalFolder(root, Journal.scratchFolder(output));
  // Nothing may be left under the other name, which readers might take instead.
  const put = async (key: string, text: string) => {
    await store.put(key, new TextEncoder().encode(text));
    await store.delete(`${key}.gz`);
  };
  const place = mesh.scale === 0 ? 'the volume' : `scale ${mesh.scale} of the volume`;
  for (const message of missingIdNotes(labels, askedIds(mesh, names), place)) {
    emit({ event: 'log', level: 'warning', message });
  }
  const segments = segmentsFolderOf(plan);
  const counts = await segmentCounts(labels, output, info, mesh.scale);
  const resolution = info.scales[0]?.resolution ?? [1, 1, 1];
  if (listsSegments(plan)) {
    const properties = formatSegmentProperties(counts.rows, resolution, names, counts.areEstimates);
    await put(`${segments}/info`, properties);
  }
  await put(`${mesh.folder}/info`, meshInfoText(mesh, segments));
  if (spec.idsFile !== undefined) await writeIdsFile(spec.idsFile, segmentsCsv(counts, resolution));
  const before = await getUncompressed(new LocalFolder(output), 'provenance');
  const provenance = withMeshing(before && new TextDecoder().decode(before), meshSettings(spec));
  if (provenance !== undefined) await put('provenance', provenance);
  const changed = {
    ...json,
    mesh: mesh.folder,
    ...(listsSegments(plan) ? { segment_properties: segments } : {}),
  };
  return `${JSON.stringify(changed, null, 2)}\n`;
}
