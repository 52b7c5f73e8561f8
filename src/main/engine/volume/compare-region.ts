import { boxOfShape, boxVolume, BoxGrid, intersectBoxes, type Box } from '../../../shared/base/box';
import { allocateVoxels, dataTypeOf, type VoxelArray } from '../../../shared/base/data-type';
import { isStudioError } from '../../../shared/base/errors';
import { multiply3, type Vec3 } from '../../../shared/base/vec3';
import { positionIn, type VolumeBlock } from '../../../shared/base/volume-block';
import { downsampleRegion, type DownsampleMethod } from '../../../shared/kernels/downsample';
import { copyBox } from '../../../shared/kernels/copy-box';
import { LabelStatistics } from '../../../shared/kernels/label-statistics';
import { chunkShape, isLossy } from '../../../shared/precomputed/scale-chunks';
import { misreadByViewer } from '../../codecs/chunks/viewer-misreadings';
import { PrecomputedSource, type PrecomputedHandle } from '../../sources/precomputed-source';
import { openShared, type SharedSource } from '../blocks/shared-source';
import { unsplitBlocks, type SplitIds } from '../components/compare-components';
import { addLoss, compareLossyChunk, NO_LOSS, type Loss } from './compare-lossy';
import type { VoxelDifference } from '../dataset/verify-report';

/** The expected contents of a region. */
export type Expectation =
  | { readonly from: 'input'; readonly source: SharedSource; readonly split?: SplitIds }
  | {
      readonly from: 'finer-scale';
      readonly source: PrecomputedHandle;
      readonly factors: Vec3;
      readonly method: DownsampleMethod;
      readonly ignoreBackground: boolean;
      /** Whether the chunks of the finer scale are checked while they are read. They are whole chunks then. */
      readonly isChecked: boolean;
    };

/**
 * A request to decode every chunk in `box`, which consists of whole chunks, and to compare the voxels with the
 * expected ones.
 */
export interface CompareRegionRequest {
  readonly dataset: PrecomputedHandle;
  readonly box: Box;
  readonly expectation?: Expectation;
  /** Whether to count the voxels of each label of the first scale in the region. */
  readonly countLabels: boolean;
}

/** Valid chunks that the viewer shows wrongly, for one reason. */
export interface MisreadChunks {
  /** The description of the chunks, to follow "it is". */
  readonly what: string;
  readonly count: number;
  readonly firstKey: string;
}

/** Adds chunks to a list with one entry for each reason. */
export function addMisread(known: MisreadChunks[], { what, count, firstKey }: MisreadChunks): void {
  const at = known.findIndex((other) => other.what === what);
  const other = known[at];
  if (other === undefined) known.push({ what, count, firstKey });
  else known[at] = { ...other, count: other.count + count };
}

/** The result of decoding chunks. */
interface ChunkResult {
  readonly chunks: number;
  readonly missingChunks: number;
  /** One sentence each, for chunks that can't be decoded. */
  readonly problems: readonly string[];
  /** Chunks that Neuroglancer shows wrongly. */
  readonly misread: readonly MisreadChunks[];
  /** Statistics of the labels (see LabelStatistics) of the first scale, if they were requested and all was decoded. */
  readonly labels?: Uint8Array;
}

export interface CompareRegionResult extends ChunkResult {
  readonly comparedVoxels: number;
  readonly differentVoxels: number;
  readonly firstDifference?: VoxelDifference;
  /** The differences, if the scale's encoding is lossy. Voxels within its tolerance don't count as different. */
  readonly loss?: Loss;
  /** The result for the finer scale, if that was checked as well. */
  readonly finer?: ChunkResult;
}

export async function compareRegion(request: CompareRegionRequest): Promise<CompareRegionResult> {
  const { dataset, box, expectation, countLabels } = request;
  const found = await decodeChunks(dataset, box, countLabels);
  const nothing = { ...found.result, comparedVoxels: 0, differentVoxels: 0 };
  if (expectation?.from === 'finer-scale') return compareWithFiner(request, found, expectation, nothing);
  if (expectation === undefined || found.result.problems.length > 0) return nothing;
  const input = await openShared(expectation.source);
  if (expectation.split !== undefined) {
    const whole = new PrecomputedSource({ ...dataset, missingChunks: 'zero' });
    const unsplit = await unsplitBlocks(whole, input, box, expectation.split);
    return {
      ...nothing,
      problems: unsplit.problems,
      comparedVoxels: boxVolume(box),
      ...differences(partOf(unsplit.expected, box), partOf(unsplit.found, box)),
    };
  }
  const expected = emptyBlock(found.source, box);
  await input.read(box, expected);
  return { ...nothing, ...(await compareBlocks(dataset, found, expected)) };
}

/** Compares a region with the finer scale, unless either can't be read, which is reported with the scale concerned. */
async function compareWithFiner(
  { dataset, countLabels }: CompareRegionRequest,
  found: DecodedChunks,
  expectation: Expectation & { readonly from: 'finer-scale' },
  nothing: CompareRegionResult,
): Promise<CompareRegionResult> {
  const { source, factors, method, ignoreBackground, isChecked } = expectation;
  const { box } = found.block;
  if (!isChecked && found.result.problems.length > 0) return nothing;
  const size = source.info.scales[source.scale]?.size ?? [0, 0, 0];
  const windows = { min: multiply3(box.min, factors), max: multiply3(box.max, factors) };
  const finerBox = intersectBoxes(windows, boxOfShape(size));
  const finer = isChecked
    ? await decodeChunks({ ...source, missingChunks: 'refuse' }, finerBox, countLabels)
    : await decodePart(source, finerBox);
  const base = { ...nothing, ...(isChecked ? { finer: finer.result } : {}) };
  if (found.result.problems.length > 0 || finer.result.problems.length > 0) return base;
  const expected = emptyBlock(found.source, box);
  downsampleRegion(method, finer.block, expected, box, factors, { ignoreBackground });
  return { ...base, ...(await compareBlocks(dataset, found, expected)) };
}

type Comparison = Pick<CompareRegionResult, 'differentVoxels' | 'firstDifference' | 'loss'>;

async function compareBlocks(
  { info, scale: index }: PrecomputedHandle,
  { source: { metadata }, block: found }: DecodedChunks,
  expected: VolumeBlock,
): Promise<Comparison & { readonly comparedVoxels: number }> {
  const comparedVoxels = boxVolume(expected.box);
  const scale = info.scales[index];
  if (scale === undefined || !isLossy(scale) || info.data_type !== 'uint8') {
    return { comparedVoxels, ...differences(expected, found) };
  }
  let loss = NO_LOSS;
  let beyond: Comparison = { differentVoxels: 0 };
  for (const chunk of new BoxGrid(boxOfShape(metadata.size), chunkShape(scale)).touching(expected.box)) {
    const compared = await compareLossyChunk(expected, found, chunk, scale);
    loss = addLoss(loss, compared.loss);
    if (compared.isWithin) continue;
    const parts = [partOf(expected, chunk), partOf(found, chunk)] as const;
    const here = differences(...parts);
    beyond = { ...here, ...beyond, differentVoxels: beyond.differentVoxels + here.differentVoxels };
  }
  return { comparedVoxels, ...beyond, loss };
}

function partOf({ channels, data, ...block }: VolumeBlock, box: Box): VolumeBlock {
  const part = { box, channels, data: allocateVoxels(dataTypeOf(data), boxVolume(box) * channels) };
  copyBox({ ...block, channels, data }, part, box);
  return part;
}

function differences(expected: VolumeBlock, found: VolumeBlock): Comparison {
  const { count, first } = countDifferences(expected.data, found.data);
  return {
    differentVoxels: count,
    ...(first === undefined ? {} : { firstDifference: describeDifference(expected, found, first) }),
  };
}

interface DecodedChunks {
  readonly source: PrecomputedSource;
  readonly block: VolumeBlock;
  readonly result: ChunkResult;
}

/**
 * Decodes the chunks of a box, which consists of whole chunks. Missing and damaged chunks are filled with zeros.
 * @param countLabels whether to count labels, if the chunks are of the first scale
 */
async function decodeChunks(
  dataset: PrecomputedHandle,
  box: Box,
  countLabels: boolean,
): Promise<DecodedChunks> {
  const scale = dataset.info.scales[dataset.scale];
  const misread: MisreadChunks[] = [];
  const source = new PrecomputedSource(dataset, (key, bytes) => {
    const what = scale && misreadByViewer(scale, dataset.info.num_channels, bytes);
    if (what !== undefined) addMisread(misread, { what, count: 1, firstKey: key });
  });
  const { size, storageShape } = source.metadata;
  const block = emptyBlock(source, box);
  const problems: string[] = [];
  let chunks = 0;
  let missingChunks = 0;
  for (const chunk of new BoxGrid(boxOfShape(size), storageShape).touching(box)) {
    chunks++;
    try {
      await source.read(chunk, block);
    } catch (error) {
      if (!isStudioError(error) || error.tag !== 'invalid-input') throw error;
      if (error.fields['code'] === 'missing-chunk') missingChunks++;
      else problems.push(error.message);
    }
  }
  const isCounted = countLabels && dataset.scale === 0 && problems.length === 0;
  const labels = isCounted ? { labels: labelsOf(block) } : {};
  return { source, block, result: { chunks, missingChunks, problems, misread, ...labels } };
}

function labelsOf(block: VolumeBlock): Uint8Array {
  const statistics = new LabelStatistics();
  statistics.accumulate(block, block.box);
  return statistics.toBytes();
}

/** Decodes any box. If it can't be read, the result has a problem. */
async function decodePart(dataset: PrecomputedHandle, box: Box): Promise<DecodedChunks> {
  const source = new PrecomputedSource(dataset);
  const block = emptyBlock(source, box);
  const result = { chunks: 0, missingChunks: 0, misread: [] };
  try {
    await source.read(box, block);
    return { source, block, result: { ...result, problems: [] } };
  } catch (error) {
    if (!isStudioError(error) || error.tag !== 'invalid-input') throw error;
    return { source, block, result: { ...result, problems: [error.message] } };
  }
}

function emptyBlock({ metadata }: PrecomputedSource, box: Box): VolumeBlock {
  const { channels, dataType } = metadata;
  return { box, channels, data: allocateVoxels(dataType, boxVolume(box) * channels) };
}

/** Counts voxels whose bits differ, and returns the index of the first one. */
function countDifferences(a: VoxelArray, b: VoxelArray): { count: number; first: number | undefined } {
  const bytes = a.BYTES_PER_ELEMENT;
  const wordsA = unsignedView(a);
  const wordsB = unsignedView(b);
  const words = Math.max(1, bytes / 4);
  let count = 0;
  let first: number | undefined;
  for (let i = 0; i < a.length; i++) {
    const w = i * words;
    if (wordsA[w] === wordsB[w] && wordsA[w + words - 1] === wordsB[w + words - 1]) continue;
    count++;
    first ??= i;
  }
  return { count, first };
}

/**
 * Returns the bits of voxels as numbers that can be compared without allocation: the halves of 64-bit voxels,
 * otherwise whole voxels.
 */
function unsignedView(voxels: VoxelArray): Uint8Array | Uint16Array | Uint32Array {
  const { buffer, byteOffset, byteLength } = voxels;
  if (voxels.BYTES_PER_ELEMENT === 1) return new Uint8Array(buffer, byteOffset, byteLength);
  if (voxels.BYTES_PER_ELEMENT === 2) return new Uint16Array(buffer, byteOffset, byteLength / 2);
  return new Uint32Array(buffer, byteOffset, byteLength / 4);
}

function describeDifference(expected: VolumeBlock, found: VolumeBlock, index: number): VoxelDifference {
  const position = positionIn(expected, index);
  return { position, expected: String(expected.data[index]), found: String(found.data[index]) };
}
