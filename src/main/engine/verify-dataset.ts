import { z } from 'zod';
import { CONVERT_OPTIONS, type SourceOptions } from '../../shared/api/job-spec';
import { BoxGrid, boxOfShape } from '../../shared/base/box';
import { bytesPerVoxel } from '../../shared/base/data-type';
import { BugError, CancelledError } from '../../shared/base/errors';
import { equal3, min3, product3, vec3, type Vec3 } from '../../shared/base/vec3';
import { fitsInto } from '../../shared/kernels/copy-box';
import { DOWNSAMPLE_METHODS } from '../../shared/kernels/downsample';
import { chunkShape } from '../../shared/precomputed/scale-chunks';
import { parseVolumeInfo, type ScaleInfo, type VolumeInfo } from '../../shared/precomputed/volume-info';
import { MISREAD_REMEDY } from '../codecs/chunks/viewer-misreadings';
import { openSource } from '../sources/registry';
import { lookAtChunkFiles, problemsOfChunkFiles, type ChunkFiles } from '../sources/chunk-files';
import type { PrecomputedHandle } from '../sources/precomputed-source';
import type { VolumeSource } from '../sources/volume-source';
import { getUncompressed } from '../stores/compression';
import { LocalFolderStore } from '../stores/local-folder';
import { chooseBlockShape } from './block-plan';
import { connectivityOf } from './components/component-plan';
import { readInfoJson } from './dataset';
import { defaultMemoryBytes } from './run/memory-budget';
import { shareSource } from './shared-source';
import { addLoss, NO_LOSS, rootMeanSquare, type Loss } from './steps/compare-lossy';
import {
  addMisread,
  type CompareRegionResult,
  type Expectation,
  type MisreadChunks,
  type VoxelDifference,
} from './steps/compare-region';
import { WorkerPool } from './run/worker-pool';

export interface VerifyRequest {
  readonly dataset: string;
  /** An input to compare the first scale with, voxel by voxel. */
  readonly against?: string;
  /** How that is read. */
  readonly sourceOptions: SourceOptions;
  readonly workers: number;
  readonly workerFile: string;
  readonly signal: AbortSignal;
  /** Called as regions are done. */
  readonly onProgress?: (doneVoxels: number, totalVoxels: number) => void;
}

export interface ScaleReport {
  readonly key: string;
  readonly chunks: number;
  readonly missingChunks: number;
  /** What the voxels were compared with. */
  readonly comparedWith: 'the input' | 'the scale before' | 'nothing';
  readonly comparedVoxels: number;
  readonly differentVoxels: number;
  readonly firstDifference?: VoxelDifference;
  /** Where the scale's encoding changes values: by how much, at most and as the root mean square. */
  readonly loss?: { readonly largest: number; readonly rootMeanSquare: number };
  readonly problems: readonly string[];
  /** What isn't wrong with the dataset, but shown wrongly by the viewer. */
  readonly warnings: readonly string[];
}

export interface VerifyReport {
  readonly dataset: string;
  readonly ok: boolean;
  /** What is wrong with `info`, or with the dataset as a whole. */
  readonly problems: readonly string[];
  readonly scales: readonly ScaleReport[];
}

/** What a comparison showed, after the number of voxels: "all equal". */
export function comparisonWords({ differentVoxels, loss }: ScaleReport): string {
  if (differentVoxels > 0) return `${differentVoxels} DIFFERENT`;
  if (loss === undefined) return 'all equal';
  const { largest, rootMeanSquare } = loss;
  return `within what the encoding loses (${rootMeanSquare.toFixed(2)} root mean square, at most ${largest})`;
}

/** How the pyramid was made, from the provenance that this program writes. */
const provenanceSchema = z.object({ processing: z.array(z.unknown()) });
const conversionSchema = z.object({
  method: z.object({
    downsample: z.object({ method: z.enum(DOWNSAMPLE_METHODS), ignoreBackground: z.boolean() }),
    skipEmpty: z.boolean(),
    options: z.object({ components: CONVERT_OPTIONS.components.schema.optional() }).optional(),
  }),
});
type PyramidMethod = z.output<typeof conversionSchema>['method'];

/** At most this many sentences a scale: a broken disk breaks all chunks. */
const MAX_PROBLEMS = 20;

/**
 * Decodes every chunk of every scale; compares the first scale with `against` where that is given, and each
 * other one with what the one before makes, where the dataset's provenance tells how it was made.
 */
export async function verifyDataset(request: VerifyRequest): Promise<VerifyReport> {
  const { root, json, problems } = await readInfoJson(request.dataset);
  if (problems.length > 0) return { dataset: root, ok: false, problems, scales: [] };
  const info = parseVolumeInfo(json, root);
  const method = await readPyramidMethod(root);
  const input =
    request.against === undefined
      ? undefined
      : await openSource(request.against, {
          ...request.sourceOptions,
          kind: info.type,
          dataType: info.data_type,
        });
  const pool = new WorkerPool({ workerFile: request.workerFile, workers: request.workers });
  try {
    const mismatch = input === undefined ? [] : inputMismatch(info, input);
    if (mismatch.length > 0) return { dataset: root, ok: false, problems: mismatch, scales: [] };
    const verifier = new ScaleVerifier(request, root, info, method, input, pool);
    const scales: ScaleReport[] = [];
    for (let scale = 0; scale < info.scales.length; scale++) scales.push(await verifier.verify(scale));
    const missingAllowed = method === undefined || method.skipEmpty;
    const ok = scales.every(
      (scale) =>
        scale.problems.length === 0 &&
        scale.differentVoxels === 0 &&
        (missingAllowed || scale.missingChunks === 0),
    );
    return { dataset: root, ok, problems: [], scales };
  } finally {
    await pool.close();
    await input?.close();
  }
}

async function readPyramidMethod(root: string): Promise<PyramidMethod | undefined> {
  const bytes = await getUncompressed(new LocalFolderStore(root), 'provenance');
  if (bytes === undefined) return undefined;
  try {
    const parsed = provenanceSchema.safeParse(JSON.parse(new TextDecoder().decode(bytes)));
    const steps = (parsed.data?.processing ?? []).map((step) => conversionSchema.safeParse(step).data);
    return steps.findLast((step) => step !== undefined)?.method;
  } catch {
    return undefined;
  }
}

function inputMismatch(info: VolumeInfo, input: VolumeSource): string[] {
  const size = info.scales[0]?.size ?? [0, 0, 0];
  const problems: string[] = [];
  if (!equal3(size, input.metadata.size)) {
    problems.push(
      `size: the dataset has ${size.join(' × ')} voxels, the input ${input.metadata.size.join(' × ')}`,
    );
  }
  if (info.num_channels !== input.metadata.channels) {
    problems.push(`channels: the dataset has ${info.num_channels}, the input ${input.metadata.channels}`);
  }
  if (!fitsInto(input.metadata.dataType, info.data_type)) {
    problems.push(
      `data type: the dataset has ${info.data_type}, which doesn't hold the input's ${input.metadata.dataType}`,
    );
  }
  return problems;
}

class ScaleVerifier {
  private doneVoxels = 0;
  private readonly totalVoxels: number;

  constructor(
    private readonly request: VerifyRequest,
    private readonly root: string,
    private readonly info: VolumeInfo,
    private readonly method: PyramidMethod | undefined,
    private readonly input: VolumeSource | undefined,
    private readonly pool: WorkerPool,
  ) {
    this.totalVoxels = info.scales.reduce((sum, scale) => sum + product3(scale.size), 0);
  }

  async verify(index: number): Promise<ScaleReport> {
    const scale = this.info.scales[index];
    if (scale === undefined) throw new BugError(`no scale ${index}`);
    const expectation = this.expectation(index);
    const dataset = this.handle(index, 'refuse');
    const grid = new BoxGrid(boxOfShape(scale.size), this.regionShape(scale, index, expectation));
    const report = new ScaleTally();
    let next = 0;
    const lane = async (): Promise<void> => {
      while (next < grid.length) {
        if (this.request.signal.aborted) throw new CancelledError();
        const box = grid.at(next++);
        const request = { dataset, box, ...(expectation === undefined ? {} : { expectation }) };
        report.add(await this.pool.run('compare-region', request, this.request.signal));
        this.doneVoxels += product3(vec3((i) => box.max[i] - box.min[i]));
        this.request.onProgress?.(this.doneVoxels, this.totalVoxels);
      }
    };
    await Promise.all(Array.from({ length: this.request.workers }, lane));
    return report.finish(scale.key, expectation, await lookAtChunkFiles(this.root, scale));
  }

  private expectation(index: number): Expectation | undefined {
    if (index === 0) {
      if (this.input === undefined) return undefined;
      const components = this.method?.options?.components;
      const split = components && { connectivity: connectivityOf(components), root: this.root };
      return {
        from: 'input',
        source: shareSource(this.input.handle),
        ...(split === undefined ? {} : { split }),
      };
    }
    const factors = this.factors(index);
    if (this.method === undefined || factors === undefined) return undefined;
    return {
      from: 'finer-scale',
      source: this.handle(index - 1, 'zero'),
      factors,
      ...this.method.downsample,
    };
  }

  /** Whole factors that take the scale before to this one, where there are such. */
  private factors(index: number): Vec3 | undefined {
    const [finer, coarse] = [this.info.scales[index - 1], this.info.scales[index]];
    if (finer === undefined || coarse === undefined) return undefined;
    const factors = vec3((i) => Math.round(coarse.resolution[i] / finer.resolution[i]));
    const fits = ([0, 1, 2] as const).every((i) => Math.ceil(finer.size[i] / factors[i]) === coarse.size[i]);
    return fits ? factors : undefined;
  }

  /** Whole chunks; against an input, as many as keep its strips and tiles whole in the memory there is. */
  private regionShape(scale: ScaleInfo, index: number, expectation: Expectation | undefined): Vec3 {
    const chunk = chunkShape(scale);
    const voxelBytes = bytesPerVoxel(this.info.data_type) * this.info.num_channels;
    const finerVoxels = expectation?.from === 'finer-scale' ? product3(this.factors(index) ?? chunk) : 1;
    const input = index === 0 ? this.input?.metadata : undefined;
    return chooseBlockShape({
      size: scale.size,
      chunkSize: chunk,
      storageShape: input?.storageShape ?? chunk,
      storageOrigin: input?.storageOrigin,
      factors: [],
      minCoarserScales: 0,
      inSlabs: false,
      bytesPerVoxel: voxelBytes * (1 + finerVoxels),
      maxBytes: Math.min(
        defaultMemoryBytes() / (2 * this.request.workers),
        128 * product3(min3(chunk, scale.size)) * voxelBytes,
      ),
    }).shape;
  }

  private handle(scale: number, missingChunks: 'zero' | 'refuse'): PrecomputedHandle {
    return { format: 'precomputed', root: this.root, info: this.info, scale, missingChunks };
  }
}

function misreadWarning({ what, count, firstKey }: MisreadChunks): string {
  const which = count === 1 ? `The chunk ${firstKey} is` : `${count} chunks, such as ${firstKey}, are each`;
  return `${which} ${what}. ${MISREAD_REMEDY}`;
}

/** Adds up what the regions of a scale showed. */
class ScaleTally {
  private chunks = 0;
  private missingChunks = 0;
  private comparedVoxels = 0;
  private differentVoxels = 0;
  private firstDifference: VoxelDifference | undefined;
  private loss: Loss | undefined;
  private readonly problems: string[] = [];
  private readonly misread: MisreadChunks[] = [];
  private problemCount = 0;

  add(result: CompareRegionResult): void {
    this.chunks += result.chunks;
    this.missingChunks += result.missingChunks;
    this.comparedVoxels += result.comparedVoxels;
    this.differentVoxels += result.differentVoxels;
    this.firstDifference ??= result.firstDifference;
    if (result.loss !== undefined) this.loss = addLoss(this.loss ?? NO_LOSS, result.loss);
    for (const chunks of result.misread) addMisread(this.misread, chunks);
    this.problemCount += result.problems.length;
    this.problems.push(...result.problems.slice(0, MAX_PROBLEMS - this.problems.length));
  }

  finish(key: string, expectation: Expectation | undefined, files: ChunkFiles): ScaleReport {
    // A scale of zeros may have no chunks, where something says that it is of zeros.
    const isShownEmpty = expectation !== undefined && files.known === 0 && files.unread.length === 0;
    const ofFiles = isShownEmpty ? [] : problemsOfChunkFiles(files);
    this.problemCount += ofFiles.length;
    this.problems.unshift(...ofFiles);
    const more = this.problemCount - this.problems.length;
    return {
      key,
      chunks: this.chunks,
      missingChunks: this.missingChunks,
      comparedWith:
        expectation === undefined
          ? 'nothing'
          : expectation.from === 'input'
            ? 'the input'
            : 'the scale before',
      comparedVoxels: this.comparedVoxels,
      differentVoxels: this.differentVoxels,
      ...(this.firstDifference === undefined ? {} : { firstDifference: this.firstDifference }),
      ...(this.loss === undefined
        ? {}
        : { loss: { largest: this.loss.largest, rootMeanSquare: rootMeanSquare(this.loss) } }),
      problems: more > 0 ? [...this.problems, `and ${more} more`] : this.problems,
      warnings: this.misread.map(misreadWarning),
    };
  }
}
