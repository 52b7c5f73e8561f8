import { setMaxListeners } from 'node:events';
import { rm } from 'node:fs/promises';
import { other } from '../../../shared/api/mentions';
import { parseRoi } from '../../../shared/api/view-options';
import { bytesPerVoxel, isInteger, type DataType } from '../../../shared/base/data-type';
import { BugError, InvalidInputError } from '../../../shared/base/errors';
import { say } from '../../../shared/base/words';
import { product3, ZERO3, type Vec3 } from '../../../shared/base/vec3';
import type { VolumeBlock } from '../../../shared/base/volume-block';
import { narrowVoxels } from '../../../shared/kernels/narrow-voxels';
import { valueExtent, type ValueExtent } from '../../../shared/kernels/value-extent';
import type { VolumeInfo } from '../../../shared/precomputed/volume-info';
import { openSource } from '../../sources/registry';
import { isPrecomputedHandle } from '../../sources/precomputed-source';
import type { VolumeSource } from '../../sources/volume-source';
import { planMemory } from '../run/memory-budget';
import { WorkerPool } from '../run/worker-pool';
import { requireFree } from './part-file';
import { formatOf, idTableOf, type ExportRequest } from './export-request';
import type { ExportedVolume, VolumeFormat, VolumeWriter, WrittenOutput } from './exported-volume';
import { IdNumbering, narrowestType } from './id-numbering';
import { SlabReader, slabsOf } from './slab-reader';

/** What an export writes. */
export interface ExportForecast extends WrittenOutput {
  readonly output: string;
  readonly format: string;
  readonly size: Vec3;
  readonly channels: number;
  /** In a forecast, the type of the dataset. Ids are written in the narrowest one that holds all of them. */
  readonly dataType: DataType;
  readonly resolutionNm: Vec3;
  /** Position of the first voxel, as viewers count voxels. */
  readonly voxelOffset: Vec3;
  /** The path of the table of ids, if they are renumbered. */
  readonly idTable?: string;
}

/** The result of an export. */
export interface ExportSummary extends ExportForecast {
  /** The largest value, in decimal. */
  readonly most: string;
  readonly elapsedMs: number;
}

/** The largest slab. Larger ones wouldn't be faster. */
const MOST_SLAB_BYTES = 2 ** 28;
/** Two slabs, and memory for a copy in the output's type and for compression. */
const SLABS_IN_MEMORY = 4;

/**
 * Writes a scale of a dataset, or a part of it, as a file for other programs. It reads all values first, since they
 * determine the type and the value that is shown as white, and then writes the volume slice by slice.
 * @throws InvalidInputError if the volume can't be written in this format, or the output exists already;
 * CancelledError
 */
export async function exportVolume(request: ExportRequest): Promise<ExportSummary> {
  const started = Date.now();
  return withPlan(request, async (plan) => {
    const { format, table } = plan;
    const written = await new ExportJob(request, plan).run();
    return {
      output: request.output,
      format: format.title,
      ...written,
      ...(table === undefined ? {} : { idTable: table }),
      elapsedMs: Date.now() - started,
    };
  });
}

/**
 * Returns what an export would write, without reading voxels: the number of files, and at most how many bytes before
 * compression.
 * @throws InvalidInputError like {@link exportVolume}, before anything is read or written
 */
export async function forecastExport(what: ExportedPart): Promise<ExportForecast> {
  return withPlan(what, ({ format, table, shape }) => {
    const { size, channels, dataType, resolutionNm, voxelOffset } = shape;
    const own = format.files?.(shape) ?? 1 + (format.beside?.(what.output).length ?? 0);
    return Promise.resolve({
      output: what.output,
      format: format.title,
      size,
      channels,
      dataType,
      resolutionNm,
      voxelOffset,
      files: own + (table === undefined ? 0 : 1),
      bytes: product3(size) * channels * bytesPerVoxel(dataType),
      ...(table === undefined ? {} : { idTable: table }),
    });
  });
}

/**
 * Checks whether an export is possible.
 * @throws InvalidInputError like {@link exportVolume}, before anything is read or written
 */
export async function requireExportable(what: ExportedPart): Promise<void> {
  await withPlan(what, () => Promise.resolve());
}

type ExportedPart = Pick<
  ExportRequest,
  'dataset' | 'access' | 'output' | 'format' | 'scale' | 'roi' | 'channel' | 'ids'
>;

/** The plan of an export that is possible. */
interface ExportPlan {
  readonly format: VolumeFormat;
  readonly sources: readonly VolumeSource[];
  /** The path of the table of ids and their new numbers. */
  readonly table: string | undefined;
  readonly metadata: VolumeSource['metadata'];
  readonly shape: Omit<ExportedVolume, 'least' | 'most'>;
  readonly isLabels: boolean;
}

async function withPlan<T>(what: ExportedPart, action: (plan: ExportPlan) => Promise<T>): Promise<T> {
  const format = formatOf(what);
  const { output } = what;
  const table = what.ids === 'compact' ? idTableOf(output) : undefined;
  const outputs = [output, ...(format.beside?.(output) ?? []), ...(table === undefined ? [] : [table])];
  for (const path of outputs) await requireFree(path);
  const info = await infoOf(what);
  const sources = await openChannels(what, info, format);
  try {
    return await action(planOf(format, table, info, sources));
  } finally {
    for (const source of sources) await source.close();
  }
}

function planOf(
  format: VolumeFormat,
  table: string | undefined,
  info: VolumeInfo,
  sources: readonly VolumeSource[],
): ExportPlan {
  const [first] = sources;
  if (first === undefined) throw new BugError('there is nothing to export');
  const { metadata } = first;
  const { size, dataType, channels, resolutionNm = [1, 1, 1], voxelOffset = ZERO3 } = metadata;
  const shape = {
    size,
    channels: channels * sources.length,
    channelNames: undefined,
    dataType,
    kind: info.type,
    resolutionNm,
    voxelOffset,
  };
  const refusal = format.refuse?.(shape);
  if (refusal !== undefined)
    throw new InvalidInputError(refusal, { remedy: 'Choose another format, or a part.' });
  const isLabels = info.type === 'segmentation' && isInteger(dataType);
  if (table !== undefined && !isLabels) {
    throw new InvalidInputError('The dataset is an image: it has no ids to renumber.', {
      remedy: say`Keep the values: ${other('ids', 'keep')}.`,
      fields: { usage: true },
    });
  }
  return { format, sources, table, metadata, shape, isLabels };
}

/** @throws InvalidInputError if it isn't a dataset */
async function infoOf({ dataset, access }: ExportedPart): Promise<VolumeInfo> {
  const source = await openSource(dataset, { kind: 'image', access });
  await source.close();
  const { handle } = source;
  if (isPrecomputedHandle(handle)) return handle.info;
  throw new InvalidInputError(`${dataset} is not a dataset: it is read as ${source.metadata.format}.`, {
    remedy: 'Give the folder of a precomputed volume; convert makes one.',
  });
}

/** Opens the scale as one source, or as one for each channel if the format stores channels one after the other. */
async function openChannels(
  { dataset, access, scale, roi, channel }: ExportedPart,
  info: VolumeInfo,
  { hasChannelsTogether }: VolumeFormat,
): Promise<VolumeSource[]> {
  const found = info.scales.find(({ key }, i) => key === scale || String(i) === scale);
  if (found === undefined) {
    throw new InvalidInputError(`${dataset} has no scale ${scale}.`, {
      remedy: `Give a number from 0, the finest, to ${info.scales.length - 1}; or a key.`,
      details: info.scales.map(({ key, size }, i) => `${i}: ${key}, ${size.join(' × ')} voxels`),
      fields: { usage: true },
    });
  }
  if (roi !== undefined && parseRoi(roi) === undefined) throw new BugError(`the range ${roi} can't be read`);
  const open = (only: string | undefined) =>
    openSource(dataset, {
      dataset: found.key,
      access,
      kind: info.type,
      ...(roi === undefined ? {} : { roi }),
      ...(only === undefined ? {} : { channel: only }),
    });
  if (channel !== undefined || info.num_channels === 1 || hasChannelsTogether) return [await open(channel)];
  return Promise.all(Array.from({ length: info.num_channels }, (_, i) => open(String(i))));
}

class ExportJob {
  private done = 0;

  constructor(
    private readonly request: ExportRequest,
    private readonly plan: ExportPlan,
  ) {}

  async run(): Promise<Omit<ExportSummary, 'output' | 'format' | 'elapsedMs'>> {
    const { sources, table, shape, isLabels, format } = this.plan;
    const { size, channels, resolutionNm, voxelOffset } = shape;
    const memory = this.memory();
    // Each running step adds a listener.
    setMaxListeners(0, this.request.signal);
    const pool = new WorkerPool({ workerFile: this.request.workerFile, workers: memory.workers });
    try {
      const mostBytes = Math.min(MOST_SLAB_BYTES, Math.floor(memory.blockBytes / SLABS_IN_MEMORY));
      const readers = sources.map(
        (source) =>
          new SlabReader(
            source,
            slabsOf(source.metadata, mostBytes, format.chunk),
            pool,
            this.request.signal,
          ),
      );
      const numbering = table === undefined ? undefined : new IdNumbering();
      const { least, most } = await this.lookAt(readers, numbering);
      const written = isLabels ? narrowestType(least, most) : shape.dataType;
      const volume: ExportedVolume = {
        ...shape,
        dataType: written,
        least: Number(least),
        most: Number(most),
      };
      for (const note of format.notes(volume)) this.request.onNote?.(note);
      if (table !== undefined) await numbering?.write(table);
      const output = await this.write(readers, volume, numbering).catch(async (error: unknown) => {
        if (table !== undefined) await rm(table, { force: true });
        throw error;
      });
      return {
        ...output,
        files: output.files + (table === undefined ? 0 : 1),
        size,
        channels,
        dataType: written,
        resolutionNm,
        voxelOffset,
        most: String(most),
      };
    } finally {
      await pool.close();
    }
  }

  private memory() {
    const { format, metadata } = this.plan;
    const { size, channels, dataType, decodeBytes } = metadata;
    const sliceBytes = format.chunk === undefined ? size[0] * size[1] : product3(format.chunk);
    return planMemory({
      memoryBytes: this.request.memory,
      workers: this.request.workers,
      perWorkerBytes: decodeBytes,
      minimumBlockBytes: SLABS_IN_MEMORY * sliceBytes * channels * bytesPerVoxel(dataType),
      otherRemedy: say`export a smaller part, or export as Zarr, which does not need whole slices`,
    });
  }

  /** Finds the range of the values, and collects the ids if they are renumbered. */
  private async lookAt(
    readers: readonly SlabReader[],
    numbering: IdNumbering | undefined,
  ): Promise<ValueExtent> {
    let extent: ValueExtent | undefined;
    for (const reader of readers) {
      await reader.each((slab) => {
        extent = valueExtent(slab.data, extent);
        numbering?.add(slab.data);
        this.report(slab);
      });
    }
    if (numbering !== undefined) return { least: 0, most: numbering.number() };
    return extent ?? { least: 0, most: 0 };
  }

  private async write(
    readers: readonly SlabReader[],
    volume: ExportedVolume,
    numbering: IdNumbering | undefined,
  ): Promise<WrittenOutput> {
    const writer: VolumeWriter = await this.plan.format.create(this.request.output, volume);
    try {
      for (const [channel, reader] of readers.entries()) {
        await reader.each(async (slab) => {
          numbering?.apply(slab);
          await writer.write({ ...slab, data: narrowVoxels(slab.data, volume.dataType) }, channel);
          this.report(slab);
        });
      }
      return await writer.finish();
    } catch (error) {
      await writer.abandon();
      throw error;
    }
  }

  /** Reports progress. Each voxel counts twice, as it is checked and then written. */
  private report(slab: VolumeBlock): void {
    this.done += slab.data.length;
    const { size, channels } = this.plan.shape;
    const total = 2 * product3(size) * channels;
    this.request.onProgress?.(this.done, total);
  }
}
