import { setMaxListeners } from 'node:events';
import { rm } from 'node:fs/promises';
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
import type { PrecomputedHandle } from '../../sources/precomputed-source';
import type { SourceHandle, VolumeSource } from '../../sources/volume-source';
import { planMemory } from '../run/memory-budget';
import { WorkerPool } from '../run/worker-pool';
import { requireFree } from './part-file';
import { formatOf, idTableOf, type ExportRequest } from './export-request';
import type { ExportedVolume, VolumeFormat, VolumeWriter, WrittenOutput } from './exported-volume';
import { IdNumbering, narrowestType } from './id-numbering';
import { SlabReader, slabsOf } from './slab-reader';

/** What has been exported. */
export interface ExportSummary extends WrittenOutput {
  readonly output: string;
  readonly format: string;
  readonly size: Vec3;
  readonly channels: number;
  readonly dataType: DataType;
  readonly resolutionNm: Vec3;
  /** Of the first voxel, as viewers count them. */
  readonly voxelOffset: Vec3;
  /** The largest value, in decimal. */
  readonly most: string;
  /** The table of ids, where they get new numbers. */
  readonly idTable?: string;
  readonly elapsedMs: number;
}

/** Larger slabs gain nothing. */
const MOST_SLAB_BYTES = 2 ** 28;
/** Two slabs, and a copy in the type that is written with what packing takes. */
const SLABS_IN_MEMORY = 4;

/**
 * Writes a scale of a dataset, or a part of it, as a file for other programs: first its values are looked at, as they decide
 * the type and what is shown as white; then it is written slice by slice.
 * @throws InvalidInputError where it can't be written so, or the output is there already; CancelledError
 */
export async function exportVolume(request: ExportRequest): Promise<ExportSummary> {
  const started = Date.now();
  const format = formatOf(request);
  const { output } = request;
  const table = request.ids === 'compact' ? idTableOf(output) : undefined;
  const outputs = [output, ...(format.beside?.(output) ?? []), ...(table === undefined ? [] : [table])];
  for (const path of outputs) await requireFree(path);
  const info = await infoOf(request.dataset);
  const sources = await openChannels(request, info, format);
  try {
    const job = new ExportJob(request, format, info, sources);
    const written = await job.run(table);
    return {
      output,
      format: format.title,
      ...written,
      ...(table === undefined ? {} : { idTable: table }),
      elapsedMs: Date.now() - started,
    };
  } finally {
    for (const source of sources) await source.close();
  }
}

/** @throws InvalidInputError where it isn't a dataset */
async function infoOf(dataset: string): Promise<VolumeInfo> {
  const source = await openSource(dataset, { kind: 'image' });
  await source.close();
  const { handle } = source;
  if (isPrecomputed(handle)) return handle.info;
  throw new InvalidInputError(`${dataset} is not a dataset: it is read as ${source.metadata.format}.`, {
    remedy: 'Give the folder of a precomputed volume; convert makes one.',
  });
}

function isPrecomputed(handle: SourceHandle): handle is PrecomputedHandle {
  return handle.format === 'precomputed';
}

/** The scale as one source; or as one for each channel, where the format has these one after the other. */
async function openChannels(
  { dataset, scale, roi, channel }: ExportRequest,
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
      kind: info.type,
      ...(roi === undefined ? {} : { roi }),
      ...(only === undefined ? {} : { channel: only }),
    });
  if (channel !== undefined || info.num_channels === 1 || hasChannelsTogether) return [await open(channel)];
  return Promise.all(Array.from({ length: info.num_channels }, (_, i) => open(String(i))));
}

class ExportJob {
  private done = 0;
  private readonly metadata: VolumeSource['metadata'];
  private readonly isLabels: boolean;

  constructor(
    private readonly request: ExportRequest,
    private readonly format: VolumeFormat,
    private readonly info: VolumeInfo,
    private readonly sources: readonly VolumeSource[],
  ) {
    const [first] = sources;
    if (first === undefined) throw new BugError('there is nothing to export');
    this.metadata = first.metadata;
    this.isLabels = info.type === 'segmentation' && isInteger(first.metadata.dataType);
  }

  async run(table: string | undefined): Promise<Omit<ExportSummary, 'output' | 'format' | 'elapsedMs'>> {
    const { size, dataType } = this.metadata;
    const channels = this.metadata.channels * this.sources.length;
    const resolutionNm = this.metadata.resolutionNm ?? [1, 1, 1];
    const voxelOffset = this.metadata.voxelOffset ?? ZERO3;
    const shape = {
      size,
      channels,
      channelNames: undefined,
      dataType,
      kind: this.info.type,
      resolutionNm,
      voxelOffset,
    };
    const refusal = this.format.refuse?.(shape);
    if (refusal !== undefined)
      throw new InvalidInputError(refusal, { remedy: 'Choose another format, or a part.' });
    if (table !== undefined && !this.isLabels) {
      throw new InvalidInputError('The dataset is an image: it has no ids to renumber.', {
        remedy: 'Keep the values (--ids keep).',
        fields: { usage: true },
      });
    }
    const memory = this.memory();
    // Each step that is under way listens.
    setMaxListeners(0, this.request.signal);
    const pool = new WorkerPool({ workerFile: this.request.workerFile, workers: memory.workers });
    try {
      const mostBytes = Math.min(MOST_SLAB_BYTES, Math.floor(memory.blockBytes / SLABS_IN_MEMORY));
      const readers = this.sources.map(
        (source) =>
          new SlabReader(
            source,
            slabsOf(source.metadata, mostBytes, this.format.chunk),
            pool,
            this.request.signal,
          ),
      );
      const numbering = table === undefined ? undefined : new IdNumbering();
      const { least, most } = await this.lookAt(readers, numbering);
      const written = this.isLabels ? narrowestType(least, most) : dataType;
      const volume: ExportedVolume = {
        ...shape,
        dataType: written,
        least: Number(least),
        most: Number(most),
      };
      for (const note of this.format.notes(volume)) this.request.onNote?.(note);
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
    const { size, channels, dataType, decodeBytes } = this.metadata;
    const sliceBytes = this.format.chunk === undefined ? size[0] * size[1] : product3(this.format.chunk);
    return planMemory({
      memoryBytes: this.request.memoryBytes,
      workers: this.request.workers,
      perWorkerBytes: decodeBytes,
      minimumBlockBytes: SLABS_IN_MEMORY * sliceBytes * channels * bytesPerVoxel(dataType),
      otherRemedy: say`export a smaller part, or export as Zarr, which does not need whole slices`,
    });
  }

  /** The values that occur, with new numbers where that is wanted. */
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
    const writer: VolumeWriter = await this.format.create(this.request.output, volume);
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

  /** Each voxel is looked at, and written. */
  private report(slab: VolumeBlock): void {
    this.done += slab.data.length;
    const total = 2 * product3(this.metadata.size) * this.metadata.channels * this.sources.length;
    this.request.onProgress?.(this.done, total);
  }
}
