import { BoxGrid, boxOfShape, boxVolume } from '../../../shared/base/box';
import { bytesPerVoxel } from '../../../shared/base/data-type';
import { BugError, CancelledError } from '../../../shared/base/errors';
import { inLanes } from '../../../shared/base/in-lanes';
import { equal3, min3, product3, vec3, type Vec3 } from '../../../shared/base/vec3';
import { fitsInto } from '../../../shared/kernels/copy-box';
import { chunkShape } from '../../../shared/precomputed/scale-chunks';
import { LabelStatistics } from '../../../shared/kernels/label-statistics';
import type { ScaleInfo, VolumeInfo } from '../../../shared/precomputed/volume-info';
import { MISREAD_REMEDY } from '../../codecs/chunks/viewer-misreadings';
import { isAddress } from '../../../shared/api/input-address';
import { whereOf } from '../../places/read-document';
import { openSource } from '../../sources/registry';
import { lookAtChunkFiles, problemsOfChunkFiles, type ChunkFiles } from '../../sources/chunk-files';
import type { PrecomputedHandle } from '../../sources/precomputed-source';
import type { VolumeSource } from '../../sources/volume-source';
import { chooseBlockShape } from '../blocks/block-plan';
import { connectivityOf } from '../components/component-plan';
import { readPyramidMethod, type PyramidMethod } from '../dataset/provenance';
import { shareSource } from '../blocks/shared-source';
import { addLoss, NO_LOSS, rootMeanSquare, type Loss } from './compare-lossy';
import { addMisread, type CompareRegionResult, type Expectation, type MisreadChunks } from './compare-region';
import type { VerifyContext } from '../dataset/verification';
import type { ProductReport, ScaleReport, VoxelDifference } from '../dataset/verify-report';

/** The usual number of voxels of the finer scale that make one of the coarser scale. */
const MOST_FINER_VOXELS = 8;
/**
 * How many blocks are in memory where ids were split: the decoded chunks, the dataset's and the input's voxels with a
 * margin, and both again without it.
 */
const SPLIT_BLOCKS = 5;
/** The most sentences per scale, since a broken disk damages all chunks. */
const MAX_PROBLEMS = 20;

/**
 * Decodes every chunk of every scale. It compares the first scale with the input, if that is given, and each other
 * scale with the result of downsampling the previous one, if the dataset's provenance says how it was made.
 */
export async function verifyVolume(context: VerifyContext): Promise<ProductReport> {
  const { request, dataset } = context;
  const { info } = dataset;
  const input =
    request.against === undefined
      ? undefined
      : await openSource(request.against, {
          ...request.sourceOptions,
          access: request.access,
          kind: info.type,
          dataType: info.data_type,
          isComparison: true,
          isIndexed: true,
        });
  try {
    const problems = input === undefined ? [] : inputMismatch(info, input);
    const method = await readPyramidMethod(dataset);
    const scales = problems.length > 0 ? [] : await new ScaleVerifier(context, method, input).verifyAll();
    const missingAllowed = method === undefined || method.skipEmpty;
    const isSound = (scale: ScaleReport): boolean =>
      scale.problems.length === 0 &&
      scale.differentVoxels === 0 &&
      (missingAllowed || scale.missingChunks === 0);
    return {
      product: 'volume',
      ok: problems.length === 0 && scales.every(isSound),
      checked: `${scales.reduce((sum, { chunks }) => sum + chunks, 0)} chunks`,
      problems,
      warnings: [],
      scales,
    };
  } finally {
    await input?.close();
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

/** Returns the memory for regions of one chunk, of any scale, with the finer voxels that they are made from, twice. */
export function leastRegionBytes({
  scales,
  data_type: dataType,
  num_channels: channels,
}: VolumeInfo): number {
  const most = Math.max(...scales.map((scale) => product3(min3(chunkShape(scale), scale.size))));
  return 2 * (1 + MOST_FINER_VOXELS) * most * bytesPerVoxel(dataType) * channels;
}

class ScaleVerifier {
  private doneVoxels = 0;
  private readonly totalVoxels: number;

  private readonly root: string;
  private readonly info: VolumeInfo;

  constructor(
    private readonly context: VerifyContext,
    private readonly method: PyramidMethod | undefined,
    private readonly input: VolumeSource | undefined,
  ) {
    ({ root: this.root, info: this.info } = context.dataset);
    this.totalVoxels = this.info.scales.reduce((sum, scale) => sum + product3(scale.size), 0);
  }

  async verifyAll(): Promise<ScaleReport[]> {
    const tallies = this.info.scales.map(() => new ScaleTally());
    for (const [index, tally] of tallies.entries()) {
      if (index > 0 || !this.isFirstCheckedOnTheWay()) await this.verify(index, tally, tallies[index - 1]);
    }
    const reports: ScaleReport[] = [];
    for (const [index, scale] of this.info.scales.entries()) {
      // The files at a web address can't be listed. Missing ones show when they are read.
      const files = isAddress(this.root) ? undefined : await lookAtChunkFiles(this.root, scale);
      const report = tallies[index]?.finish(scale.key, this.expectation(index), files);
      if (report !== undefined) reports.push(report);
    }
    return reports;
  }

  private async verify(index: number, tally: ScaleTally, finer: ScaleTally | undefined): Promise<void> {
    const scale = this.info.scales[index];
    if (scale === undefined) throw new BugError(`no scale ${index}`);
    const expectation = this.expectation(index);
    const dataset = this.handle(index, 'refuse');
    const grid = new BoxGrid(boxOfShape(scale.size), this.regionShape(scale, index, expectation));
    const onTheWay = index === 1 && this.isFirstCheckedOnTheWay() ? this.info.scales[0] : undefined;
    const { memory, pool, request, labels } = this.context;
    await inLanes(Array(grid.length).keys(), memory.workers, async (i) => {
      if (request.signal.aborted) throw new CancelledError();
      const box = grid.at(i);
      const countLabels = labels !== undefined;
      const region = { dataset, box, countLabels, ...(expectation === undefined ? {} : { expectation }) };
      const result = await pool.run('compare-region', region, request.signal);
      tally.add(result);
      const counted = result.labels ?? result.finer?.labels;
      if (counted !== undefined) labels?.merge(LabelStatistics.fromBytes(counted));
      if (result.finer !== undefined) finer?.add({ ...result.finer, comparedVoxels: 0, differentVoxels: 0 });
      const part = boxVolume(box) / product3(scale.size);
      this.doneVoxels += boxVolume(box) + (onTheWay === undefined ? 0 : part * product3(onTheWay.size));
      request.onProgress?.(Math.round(this.doneVoxels), this.totalVoxels);
    });
  }

  /**
   * Reports whether the first scale is checked while the second one is compared with it, so that its chunks, the
   * majority of all, are read only once. That requires that there is no input to compare with, and that regions of
   * the second scale cover whole chunks of the first.
   */
  private isFirstCheckedOnTheWay(): boolean {
    const [first, second] = this.info.scales;
    const factors = this.factors(1);
    if (this.input !== undefined || this.method === undefined || factors === undefined) return false;
    if (first === undefined || second === undefined) return false;
    const [fine, coarse] = [chunkShape(first), chunkShape(second)];
    return ([0, 1, 2] as const).every((i) => (coarse[i] * factors[i]) % fine[i] === 0);
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
      isChecked: index === 1 && this.isFirstCheckedOnTheWay(),
    };
  }

  /** Returns the whole factors from the previous scale to this one, if there are any. */
  private factors(index: number): Vec3 | undefined {
    const [finer, coarse] = [this.info.scales[index - 1], this.info.scales[index]];
    if (finer === undefined || coarse === undefined) return undefined;
    const factors = vec3((i) => Math.round(coarse.resolution[i] / finer.resolution[i]));
    const fits = ([0, 1, 2] as const).every((i) => Math.ceil(finer.size[i] / factors[i]) === coarse.size[i]);
    return fits ? factors : undefined;
  }

  /**
   * Returns the shape of the regions: whole chunks, and when comparing with an input, as many as keep its strips and
   * tiles whole within the memory.
   */
  private regionShape(scale: ScaleInfo, index: number, expectation: Expectation | undefined): Vec3 {
    const chunk = chunkShape(scale);
    const voxelBytes = bytesPerVoxel(this.info.data_type) * this.info.num_channels;
    const finerVoxels = expectation?.from === 'finer-scale' ? product3(this.factors(index) ?? chunk) : 1;
    const isSplit = expectation?.from === 'input' && expectation.split !== undefined;
    const blocks = isSplit ? SPLIT_BLOCKS : 1 + finerVoxels;
    const input = index === 0 ? this.input?.metadata : undefined;
    return chooseBlockShape({
      size: scale.size,
      chunkSize: chunk,
      storageShape: input?.storageShape ?? chunk,
      storageOrigin: input?.storageOrigin,
      factors: [],
      minCoarserScales: 0,
      inSlabs: false,
      bytesPerVoxel: voxelBytes * blocks,
      maxBytes: Math.min(
        this.context.memory.blockBytes / (2 * this.context.memory.workers),
        // Blocks have as many chunks as those of verification without components, which holds two blocks at a time.
        (isSplit ? SPLIT_BLOCKS / 2 : 1) * 128 * product3(min3(chunk, scale.size)) * voxelBytes,
      ),
    }).shape;
  }

  private handle(scale: number, missingChunks: 'zero' | 'refuse'): PrecomputedHandle {
    return { format: 'precomputed', ...whereOf(this.context.dataset), info: this.info, scale, missingChunks };
  }
}

function misreadWarning({ what, count, firstKey }: MisreadChunks): string {
  const which = count === 1 ? `The chunk ${firstKey} is` : `${count} chunks, such as ${firstKey}, are each`;
  return `${which} ${what}. ${MISREAD_REMEDY}`;
}

/** Adds up the results of the regions of a scale. */
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

  finish(key: string, expectation: Expectation | undefined, files: ChunkFiles | undefined): ScaleReport {
    // A scale of zeros may have no chunks, if a comparison shows that it is all zero.
    const isShownEmpty = expectation !== undefined && files?.known === 0 && files.unread.length === 0;
    const ofFiles = files === undefined || isShownEmpty ? [] : problemsOfChunkFiles(files);
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
