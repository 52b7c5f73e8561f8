import { peakMemoryBytes } from '../base/peak-memory';
import { join, resolve } from 'node:path';
import type { JobEvent, JobSummary } from '../../shared/api/job-events';
import { BugError, toStudioError } from '../../shared/base/errors';
import { product3 } from '../../shared/base/vec3';
import { LabelStatistics, type LabelEntry } from '../../shared/kernels/label-statistics';
import { formatSegmentProperties } from '../../shared/precomputed/segment-properties';
import { isLossy } from '../../shared/precomputed/scale-chunks';
import { formatVolumeInfo } from '../../shared/precomputed/volume-info';
import type { PrecomputedHandle } from '../sources/precomputed-source';
import { LocalFolderStore } from '../stores/local-folder';
import { componentNames } from './components/component-list';
import { connectivityOf, pieceGrid, type ComponentPlan } from './components/component-plan';
import { componentStages, relabelBlock } from './components/component-stages';
import { openConversionJournal } from './conversion-journal';
import type { ConversionPlan } from './conversion-plan';
import { chunkCompression, type DatasetTarget } from './dataset-target';
import { writeIdsFile } from './ids-file';
import { segmentCounts } from './segment-counts';
import { JOB_FOLDER, Journal } from './run/journal';
import { readLabelLists } from './label-list';
import type { MemoryBudget } from './run/memory-budget';
import { LEAST_SURFACE_BYTES, meshFolders, meshStages } from './mesh-stages';
import { datasetFolders, deleteDataset } from './output-folder';
import { formatProvenance } from './provenance';
import { ArenaPool } from './run/arena-pool';
import { arenaBytes, BLOCKS_IN_FLIGHT, PyramidStage, type PyramidStagePlan } from './pyramid-stage';
import { runStages } from './run/run-stages';
import { shareSource } from './shared-source';
import { askedIds, segmentsCsv, meshInfoText, missingIdNotes } from './segment-files';
import type { Stage, WrittenChunks } from './run/stage';
import { WorkerPool } from './run/worker-pool';

export interface ConversionOptions {
  /** Go on with the unfinished job in the output folder, if there is one. */
  readonly resume: boolean;
  /** Delete the dataset in the output folder first, if there is one. */
  readonly overwrite: boolean;
  readonly workerFile: string;
  /** Threads that were started while the job was planned; theirs who started them to close. */
  readonly startedPool?: WorkerPool;
  readonly signal: AbortSignal;
  readonly emit: (event: JobEvent) => void;
  readonly onWritten?: (chunks: WrittenChunks) => void;
}

/**
 * Converts as planned. The dataset's `info` is written last: a folder with an `info` is complete.
 * @throws what went wrong; what is done then stays and can be resumed
 */
export async function runConversion(plan: ConversionPlan, options: ConversionOptions): Promise<JobSummary> {
  const output = resolve(plan.spec.output);
  const opened = await openConversionJournal(plan, output, options);
  if (opened === 'complete') return completeSummary(plan, output);
  const { journal, stagePlans, memory } = opened;
  const pool = await openPool(options, memory.workers);
  try {
    const { pyramid, components } = makeStages(plan, stagePlans, memory, output, options.emit);
    const blocks = pyramid[0]?.taskCount ?? 0;
    const stages = [...components, ...pyramid, ...makeMeshStages(plan, output, memory.workers, blocks)];
    const meter = await runStages({
      job: 'convert',
      stages,
      pool,
      memoryBytes: memory.totalBytes,
      journal,
      signal: options.signal,
      emit: options.emit,
      ...(options.onWritten === undefined ? {} : { onWritten: options.onWritten }),
    });
    await pool.close();
    await finish(plan, output, blocks, options.emit);
    await journal.remove();
    return { ...completeSummary(plan, output), ...meter.totals() };
  } catch (error) {
    await pool.close();
    await leave(journal, plan, output, error);
    throw error;
  }
}

/** The threads that were started, if they are as many as the memory allows. */
async function openPool(
  { workerFile, startedPool }: ConversionOptions,
  workers: number,
): Promise<WorkerPool> {
  if (startedPool?.workers === workers) return startedPool;
  await startedPool?.close();
  return new WorkerPool({ workerFile, workers });
}

/** What is done waits to be resumed; of a job that failed before anything was done, nothing stays. */
async function leave(
  journal: Journal,
  { volume }: ConversionPlan,
  output: string,
  error: unknown,
): Promise<void> {
  if (journal.isEmpty && toStudioError(error).tag !== 'cancelled') {
    try {
      await deleteDataset(output, datasetFolders(volume.info));
      await journal.remove();
      return;
    } catch {
      // It must not hide why the job failed.
    }
  }
  await journal.release();
}

async function finish(
  plan: ConversionPlan,
  output: string,
  blocks: number,
  emit: (event: JobEvent) => void,
): Promise<void> {
  const store = new LocalFolderStore(output, Journal.scratchFolder(output));
  const put = (key: string, text: string) => store.put(key, new TextEncoder().encode(text));
  const { info } = plan.volume;
  if (info.segment_properties !== undefined) {
    const labels = await countedLabels(output, blocks);
    for (const message of missingIdNotes(labels, askedIds(plan.mesh, plan.names))) {
      emit({ event: 'log', level: 'warning', message });
    }
    const resolution = info.scales[0]?.resolution ?? [1, 1, 1];
    const names = plan.spec.components === undefined ? plan.names : await componentNames(output, plan.names);
    await put(`${info.segment_properties}/info`, formatSegmentProperties(labels, resolution, names));
    await writeIds(plan, output, labels);
    if (plan.mesh !== undefined) {
      await put(`${plan.mesh.folder}/info`, meshInfoText(plan.mesh, info.segment_properties));
    }
  }
  await put('provenance', formatProvenance(plan));
  await put('info', formatVolumeInfo(info));
}

/** The labels that the first stage has counted, but for the background. */
async function countedLabels(output: string, blocks: number): Promise<LabelEntry[]> {
  const store = labelStore(output);
  const labels = new LabelStatistics();
  for (let block = 0; block < blocks; block++) {
    const bytes = await store.get(String(block));
    if (bytes === undefined) throw new BugError(`the labels of block ${block} are missing`);
    labels.merge(LabelStatistics.fromBytes(bytes));
  }
  return [...labels].filter(({ id }) => id !== 0n);
}

function labelStore(output: string): LocalFolderStore {
  return new LocalFolderStore(join(output, JOB_FOLDER, 'labels'), Journal.scratchFolder(output));
}

async function writeIds(plan: ConversionPlan, output: string, labels: readonly LabelEntry[]): Promise<void> {
  const { spec, mesh, volume } = plan;
  if (spec.idsFile === undefined) return;
  const lists =
    mesh === undefined ? [] : await readLabelLists(meshFolders(output).lists, 2 ** mesh.batches.shard_bits);
  const meshed = new Set(lists.filter(({ isMeshed }) => isMeshed).map(({ id }) => id));
  const listed = labels.map((label) => ({ ...label, isMeshed: meshed.has(label.id) }));
  const counts = await segmentCounts(listed, output, volume.info, 0);
  await writeIdsFile(spec.idsFile, segmentsCsv(counts, volume.info.scales[0]?.resolution ?? [1, 1, 1]));
}

function makeMeshStages(
  { mesh, volume, spec }: ConversionPlan,
  output: string,
  workers: number,
  blocks: number,
): Stage[] {
  if (mesh === undefined) return [];
  const source: PrecomputedHandle = {
    format: 'precomputed',
    root: output,
    info: volume.info,
    scale: mesh.scale,
    missingChunks: spec.skipEmpty ? 'zero' : 'refuse',
  };
  // The memory of the volume's blocks stays theirs.
  const resources = { workers, surfaceBytes: LEAST_SURFACE_BYTES };
  return meshStages(mesh, source, meshFolders(output), resources, async () => {
    const labels = await countedLabels(output, blocks);
    return new Map(labels.map(({ id, voxels }) => [id, voxels]));
  });
}

function completeSummary(plan: ConversionPlan, output: string): JobSummary {
  return {
    output,
    elapsedMs: 0,
    voxels: product3(plan.source.size),
    scales: plan.volume.pyramid.length,
    files: 0,
    bytesRead: 0,
    bytesWritten: 0,
    peakMemoryBytes: peakMemoryBytes(),
  };
}

function makeStages(
  plan: ConversionPlan,
  stagePlans: readonly PyramidStagePlan[],
  memory: MemoryBudget,
  output: string,
  emit: (event: JobEvent) => void,
): { readonly components: readonly Stage[]; readonly pyramid: readonly PyramidStage[] } {
  const { spec, volume, handle } = plan;
  const target: DatasetTarget = {
    root: output,
    scratch: Journal.scratchFolder(output),
    info: volume.info,
    compression: chunkCompression(spec, volume.info),
    skipEmpty: spec.skipEmpty,
  };
  const largestArena = Math.max(...stagePlans.map((stage) => arenaBytes(stage, volume)));
  const arenas = new ArenaPool(largestArena, memory.workers, (message) => {
    emit({ event: 'log', level: 'warning', message });
  });
  const split = componentPlan(plan, stagePlans, output);
  const pieces = split && pieceGrid(split);
  const input = shareSource(handle);
  const copies = volume.info.scales.some(isLossy) ? exactCopies(target) : undefined;
  const pyramid = stagePlans.map((stage, i) => {
    const own: PrecomputedHandle = {
      format: 'precomputed',
      root: copies?.root ?? output,
      info: copies?.info ?? volume.info,
      scale: stage.readScale,
      missingChunks: spec.skipEmpty ? 'zero' : 'refuse',
    };
    const source = stage.writesReadScale ? input : shareSource(own);
    return new PyramidStage(stage, volume, source, target, arenas, {
      labelStore: volume.info.segment_properties === undefined ? undefined : labelStore(output),
      copyTarget: i + 1 < stagePlans.length ? copies : undefined,
      prepare:
        split !== undefined && pieces !== undefined && stage.writesReadScale
          ? (block, context) => relabelBlock(split, pieces, block, context)
          : undefined,
    });
  });
  if (split === undefined) return { components: [], pyramid };
  const components = componentStages(split, {
    source: input,
    storage: plan.source,
    dataType: volume.info.data_type,
    arenas,
    joiningBytes: memory.blockBytes - BLOCKS_IN_FLIGHT * largestArena,
  });
  return { components, pyramid };
}

/** The volume is split in the blocks in which it is converted; undefined where its ids stay whole. */
function componentPlan(
  { spec, source }: ConversionPlan,
  stagePlans: readonly PyramidStagePlan[],
  output: string,
): ComponentPlan | undefined {
  const [first] = stagePlans;
  if (spec.components === undefined || first === undefined) return undefined;
  return {
    connectivity: connectivityOf(spec.components),
    size: source.size,
    block: first.block.shape,
    output,
  };
}

/** What a stage reads must be what would be in memory were there more of it, whatever the encoding loses. */
function exactCopies({ info, root, ...target }: DatasetTarget): DatasetTarget {
  const scales = info.scales.map((scale) => ({ ...scale, encoding: 'raw' as const }));
  return { ...target, root: join(root, JOB_FOLDER, 'exact'), info: { ...info, scales } };
}
