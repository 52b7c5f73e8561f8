import { peakMemoryBytes } from '../base/peak-memory';
import { join, resolve } from 'node:path';
import type { JobEvent, JobSummary } from '../../shared/api/job-events';
import { BugError } from '../../shared/base/errors';
import { boxOfShape } from '../../shared/base/box';
import { product3 } from '../../shared/base/vec3';
import { LabelStatistics, type LabelEntry } from '../../shared/kernels/label-statistics';
import { formatSegmentProperties } from '../../shared/precomputed/segment-properties';
import { isLossy } from '../../shared/precomputed/scale-chunks';
import { formatVolumeInfo } from '../../shared/precomputed/volume-info';
import { fingerprintOf } from '../sources/input-parts';
import type { PrecomputedHandle } from '../sources/precomputed-source';
import { LocalFolder } from '../places/local-folder';
import { componentNames } from './components/component-list';
import { connectivityOf, pieceGrid, type ComponentPlan } from './components/component-plan';
import { componentStages, relabelBlock } from './components/component-stages';
import { openConversion, type OpenedConversion } from './open-conversion';
import type { ConversionPlan } from './conversion-plan';
import { chunkCompression, type DatasetTarget } from './volume/dataset-target';
import { writeIdsFile } from './segments/ids-file';
import { segmentCounts } from './segments/segment-counts';
import { JOB_FOLDER, Journal } from './run/journal';
import { readLabelLists } from './segments/label-list';
import type { MemoryBudget } from './run/memory-budget';
import { LEAST_SURFACE_BYTES, meshFolders, meshStages } from './meshes/mesh-stages';
import { requireRoom } from './volume/room';
import { tryChunks } from './volume/try-chunks';
import { formatProvenance } from './provenance';
import { ArenaPool } from './run/arena-pool';
import { arenaBytes, BLOCKS_IN_FLIGHT, PyramidStage, type PyramidStagePlan } from './volume/pyramid-stage';
import { redoTasks } from './run/redo-tasks';
import { runJob, type JobOptions } from './run/run-job';
import { shareSource } from './volume/shared-source';
import { askedIds, segmentsCsv, meshInfoText, missingIdNotes } from './segments/segment-files';
import type { Stage } from './run/stage';
import { WorkerPool } from './run/worker-pool';

/**
 * Converts as planned. The dataset's `info` is written last: a folder with an `info` is complete. A dataset that is
 * replaced stays whole until the new one is.
 * @throws what went wrong; what is done then stays and can be resumed
 */
export async function runConversion(plan: ConversionPlan, options: JobOptions): Promise<JobSummary> {
  const output = resolve(plan.spec.output);
  if (!options.resume) {
    await requireRoom(plan);
    await tryChunks(plan);
  }
  const opened = await openConversion(plan, output, options);
  if (opened === 'complete') return completeSummary(plan, output);
  const { journal, stagePlans, memory } = opened;
  const pool = await openPool(options, memory.workers);
  const { root } = journal;
  const { pyramid, components } = makeStages(plan, stagePlans, memory, output, root, options.emit);
  const blocks = pyramid[0]?.taskCount ?? 0;
  const stages = [...components, ...pyramid, ...makeMeshStages(plan, output, root, memory.workers, blocks)];
  await redoChanged(opened, stages, plan, options.emit);
  const meter = await runJob(
    {
      journal,
      pool,
      memoryBytes: memory.totalBytes,
      stages,
      finish: () => finish(plan, journal, blocks, options.emit),
    },
    options,
  );
  return { ...completeSummary(plan, output), ...meter.totals() };
}

/** What used a part of the input that has changed is done again; the record then has the input as it is now. */
async function redoChanged(
  { journal, input, changed }: OpenedConversion,
  stages: readonly Stage[],
  { volume, source }: ConversionPlan,
  emit: (event: JobEvent) => void,
): Promise<void> {
  if (changed.length === 0) return;
  const whole = boxOfShape(source.size);
  const boxes = changed.map(({ box }) => box ?? whole);
  const sizes = volume.info.scales.map(({ size }) => size);
  const redone = await redoTasks(journal, stages, boxes, sizes);
  await journal.update({ input: [...input] });
  const names = changed.slice(0, MOST_NAMED).map(({ name }) => name);
  const more = changed.length > names.length ? ` and ${changed.length - names.length} more` : '';
  const message =
    `Changed since the job was begun: ${names.join(', ')}${more}. ` +
    (redone === 0
      ? 'No finished part has used what changed.'
      : `Finished parts that used them, done again: ${redone}.`);
  emit({ event: 'log', level: 'warning', message });
}

const MOST_NAMED = 20;

/** The threads that were started, if they are as many as the memory allows. */
async function openPool({ workerFile, startedPool }: JobOptions, workers: number): Promise<WorkerPool> {
  if (startedPool?.workers === workers) return startedPool;
  await startedPool?.close();
  return new WorkerPool({ workerFile, workers });
}

/** Writes what is left of the dataset but `info`, whose text it gives. */
async function finish(
  plan: ConversionPlan,
  { output, root, record }: Journal,
  blocks: number,
  emit: (event: JobEvent) => void,
): Promise<string> {
  const store = new LocalFolder(root, Journal.scratchFolder(output));
  const put = (key: string, text: string) => store.put(key, new TextEncoder().encode(text));
  const { info } = plan.volume;
  if (info.segment_properties !== undefined) {
    const labels = await countedLabels(output, blocks);
    for (const message of missingIdNotes(labels, askedIds(plan.mesh, plan.names))) {
      emit({ event: 'log', level: 'warning', message });
    }
    const resolution = info.scales[0]?.resolution ?? [1, 1, 1];
    const names = plan.spec.components === undefined ? plan.names : await componentNames(root, plan.names);
    await put(`${info.segment_properties}/info`, formatSegmentProperties(labels, resolution, names));
    await writeIds(plan, output, root, labels);
    if (plan.mesh !== undefined) {
      await put(`${plan.mesh.folder}/info`, meshInfoText(plan.mesh, info.segment_properties));
    }
  }
  await put('provenance', formatProvenance(plan, fingerprintOf(record.input, plan.source)));
  return formatVolumeInfo(info);
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

function labelStore(output: string): LocalFolder {
  return new LocalFolder(join(output, JOB_FOLDER, 'labels'), Journal.scratchFolder(output));
}

async function writeIds(
  plan: ConversionPlan,
  output: string,
  root: string,
  labels: readonly LabelEntry[],
): Promise<void> {
  const { spec, mesh, volume } = plan;
  if (spec.idsFile === undefined) return;
  const lists =
    mesh === undefined
      ? []
      : await readLabelLists(meshFolders(output, root).lists, 2 ** mesh.batches.shard_bits);
  const meshed = new Set(lists.filter(({ isMeshed }) => isMeshed).map(({ id }) => id));
  const listed = labels.map((label) => ({ ...label, isMeshed: meshed.has(label.id) }));
  const counts = await segmentCounts(listed, root, volume.info, 0);
  await writeIdsFile(spec.idsFile, segmentsCsv(counts, volume.info.scales[0]?.resolution ?? [1, 1, 1]));
}

function makeMeshStages(
  { mesh, volume, spec }: ConversionPlan,
  output: string,
  root: string,
  workers: number,
  blocks: number,
): Stage[] {
  if (mesh === undefined) return [];
  const source: PrecomputedHandle = {
    format: 'precomputed',
    root,
    info: volume.info,
    scale: mesh.scale,
    missingChunks: spec.skipEmpty ? 'zero' : 'refuse',
  };
  // The memory of the volume's blocks stays theirs.
  const resources = { workers, surfaceBytes: LEAST_SURFACE_BYTES };
  return meshStages(mesh, source, meshFolders(output, root), resources, async () => {
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
  root: string,
  emit: (event: JobEvent) => void,
): { readonly components: readonly Stage[]; readonly pyramid: readonly PyramidStage[] } {
  const { spec, volume, handle } = plan;
  const target: DatasetTarget = {
    root,
    scratch: Journal.scratchFolder(output),
    info: volume.info,
    compression: chunkCompression(spec, volume.info),
    skipEmpty: spec.skipEmpty,
  };
  const largestArena = Math.max(...stagePlans.map((stage) => arenaBytes(stage, volume)));
  const arenas = new ArenaPool(largestArena, memory.workers, (message) => {
    emit({ event: 'log', level: 'warning', message });
  });
  const split = componentPlan(plan, stagePlans, output, root);
  const pieces = split && pieceGrid(split);
  const input = shareSource(handle);
  const copies = volume.info.scales.some(isLossy) ? exactCopies(target, output) : undefined;
  const pyramid = stagePlans.map((stage, i) => {
    const own: PrecomputedHandle = {
      format: 'precomputed',
      root: copies?.root ?? root,
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
  root: string,
): ComponentPlan | undefined {
  const [first] = stagePlans;
  if (spec.components === undefined || first === undefined) return undefined;
  return {
    connectivity: connectivityOf(spec.components),
    size: source.size,
    block: first.block.shape,
    output,
    root,
  };
}

/** What a stage reads must be what would be in memory were there more of it, whatever the encoding loses. */
function exactCopies({ info, ...target }: DatasetTarget, output: string): DatasetTarget {
  const scales = info.scales.map((scale) => ({ ...scale, encoding: 'raw' as const }));
  return { ...target, root: join(output, JOB_FOLDER, 'exact'), info: { ...info, scales } };
}
