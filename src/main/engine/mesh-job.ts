import { named, OVERWRITE, RESUME, set } from '../../shared/api/mentions';
import { say } from '../../shared/base/words';
import { peakMemoryBytes } from '../base/peak-memory';
import type { JobEvent, JobSummary } from '../../shared/api/job-events';
import type { MeshSpec } from '../../shared/api/job-spec';
import { bytesPerVoxel } from '../../shared/base/data-type';
import { InvalidInputError } from '../../shared/base/errors';
import { product3 } from '../../shared/base/vec3';
import { formatSegmentProperties, type NamedSegment } from '../../shared/precomputed/segment-properties';
import type { VolumeInfo } from '../../shared/precomputed/volume-info';
import type { PrecomputedHandle } from '../sources/precomputed-source';
import { LocalFolderStore } from '../stores/local-folder';
import type { ConversionOptions } from './convert-job';
import { openDataset } from './dataset';
import { Journal } from './run/journal';
import { checkIdsFile, writeIdsFile } from './ids-file';
import { readLabelLists, type ListedLabel } from './label-list';
import { planMemory, type MemoryBudget } from './run/memory-budget';
import { planMeshes, type MeshPlan } from './mesh-plan';
import { meshFolders, meshResources, meshStages, meshWorkerBytes, type MeshResources } from './mesh-stages';
import { readNames } from './names-file';
import { runStages } from './run/run-stages';
import { exactCounts, segmentCounts } from './segment-counts';
import { askedIds, meshInfoText, missingIdNotes, segmentsCsv, SEGMENTS_FOLDER } from './segment-files';
import { WorkerPool } from './run/worker-pool';

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

/** @throws what is wrong with the dataset, the options, or the two together */
export async function planMeshJob(spec: MeshSpec): Promise<MeshJobPlan> {
  const { root, json, info } = await openDataset(spec.dataset);
  const mesh = await planMeshes(spec, info);
  if (mesh === undefined) {
    throw new InvalidInputError(say`${set('mesh', 'none')} leaves nothing to do.`, {
      fields: { usage: true },
    });
  }
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
 * Meshes as planned. The dataset's `info` names the meshes when all of them are there.
 * @throws what went wrong; what is done stays and can be resumed
 */
export async function runMeshJob(plan: MeshJobPlan, options: ConversionOptions): Promise<MeshJobResult> {
  const { root, mesh, memory, info } = plan;
  const journal = await openMeshJournal(plan, options);
  const pool = new WorkerPool({ workerFile: options.workerFile, workers: memory.workers });
  const folders = meshFolders(root);
  try {
    const source: PrecomputedHandle = {
      format: 'precomputed',
      root,
      info,
      scale: mesh.scale,
      missingChunks: 'zero',
    };
    const meter = await runStages({
      job: 'mesh',
      stages: meshStages(mesh, source, folders, plan.resources, async () => {
        return (await exactCounts(root, info)) ?? new Map<bigint, number>();
      }),
      pool,
      memoryBytes: memory.totalBytes,
      journal,
      signal: options.signal,
      emit: options.emit,
    });
    await pool.close();
    const labels = await readLabelLists(folders.lists, 2 ** mesh.batches.shard_bits);
    await finish(plan, labels, options.emit);
    await journal.remove();
    const voxels = product3(info.scales[mesh.scale]?.size ?? [0, 0, 0]);
    const summary = {
      output: root,
      voxels,
      scales: 1,
      peakMemoryBytes: peakMemoryBytes(),
      ...meter.totals(),
    };
    return { summary, labels };
  } catch (error) {
    await pool.close();
    await journal.release();
    throw error;
  }
}

/** What `job.json` holds. */
interface MeshRecord {
  readonly version: 1;
  readonly kind: 'mesh';
  readonly settings: unknown;
  readonly info: unknown;
  /** True while the meshes that were there are still to be deleted. */
  readonly replaces: boolean;
}

async function openMeshJournal(
  plan: MeshJobPlan,
  { resume, overwrite }: Pick<ConversionOptions, 'resume' | 'overwrite'>,
): Promise<Journal> {
  const { root, mesh, json } = plan;
  const unfinished = (await Journal.isIn(root))
    ? ((await Journal.readJob(root)) as Partial<MeshRecord>)
    : undefined;
  const store = new LocalFolderStore(root);
  const record: MeshRecord = { version: 1, kind: 'mesh', settings: { mesh }, info: json, replaces: false };
  let replaces: boolean;
  let journal: Journal;
  if (resume && unfinished !== undefined) {
    if (unfinished.kind !== 'mesh' || JSON.stringify(unfinished.settings) !== JSON.stringify({ mesh })) {
      throw new InvalidInputError(`The unfinished job in ${root} is another one, or had other options.`, {
        remedy: say`Give the same options as before, or start anew by ${OVERWRITE}.`,
        fields: { code: 'settings-changed' },
      });
    }
    replaces = unfinished.replaces === true;
    journal = await Journal.resume(root);
  } else {
    if (unfinished !== undefined && (unfinished.kind !== 'mesh' || !overwrite)) {
      throw new InvalidInputError(`There is an unfinished job in ${root}.`, {
        remedy: say`Go on with it by ${RESUME} first, or start a meshing anew by ${OVERWRITE}.`,
        fields: { state: 'unfinished' },
      });
    }
    replaces = await hasAny(store, `${mesh.folder}/`);
    if (replaces && !overwrite) {
      throw new InvalidInputError(`The dataset in ${root} already has meshes, in ${mesh.folder}.`, {
        remedy: say`Replace them by ${OVERWRITE}.`,
        fields: { state: 'mesh' },
      });
    }
    journal = await Journal.create(root, { ...record, replaces });
  }
  if (replaces) {
    for await (const key of store.list(`${mesh.folder}/`)) await store.delete(key);
    await journal.writeJob(record);
  }
  return journal;
}

async function hasAny(store: LocalFolderStore, prefix: string): Promise<boolean> {
  for await (const key of store.list(prefix)) return key !== '';
  return false;
}

async function writeInfo(store: LocalFolderStore, info: Readonly<Record<string, unknown>>): Promise<void> {
  await store.put('info', new TextEncoder().encode(`${JSON.stringify(info, null, 2)}\n`));
  await store.delete('info.gz');
}

async function finish(
  plan: MeshJobPlan,
  labels: readonly ListedLabel[],
  emit: (event: JobEvent) => void,
): Promise<void> {
  const { root, mesh, info, json, names, spec } = plan;
  const store = new LocalFolderStore(root, Journal.scratchFolder(root));
  const put = (key: string, text: string) => store.put(key, new TextEncoder().encode(text));
  const place = mesh.scale === 0 ? 'the volume' : `scale ${mesh.scale} of the volume`;
  for (const message of missingIdNotes(labels, askedIds(mesh, names), place)) {
    emit({ event: 'log', level: 'warning', message });
  }
  const segments = info.segment_properties ?? SEGMENTS_FOLDER;
  const counts = await segmentCounts(labels, root, info, mesh.scale);
  const resolution = info.scales[0]?.resolution ?? [1, 1, 1];
  const listsSegments = info.segment_properties === undefined || spec.names !== undefined;
  if (listsSegments) {
    const properties = formatSegmentProperties(counts.rows, resolution, names, counts.areEstimates);
    await put(`${segments}/info`, properties);
  }
  await put(`${mesh.folder}/info`, meshInfoText(mesh, segments));
  if (spec.idsFile !== undefined) await writeIdsFile(spec.idsFile, segmentsCsv(counts, resolution));
  await writeInfo(store, {
    ...json,
    mesh: mesh.folder,
    ...(listsSegments ? { segment_properties: segments } : {}),
  });
}
