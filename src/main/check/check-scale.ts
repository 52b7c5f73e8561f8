import { BoxGrid, boxShape, boxVolume, type Box } from '../../shared/base/box';
import { allocateVoxels, bytesPerVoxel } from '../../shared/base/data-type';
import { isStudioError } from '../../shared/base/errors';
import { inLanes } from '../../shared/base/in-lanes';
import { product3 } from '../../shared/base/vec3';
import { chunkShape, scaleBox } from '../../shared/precomputed/scale-chunks';
import type { ScaleInfo, VolumeInfo } from '../../shared/precomputed/volume-info';
import { objectUrl } from '../base/web-address';
import { decodeStoredChunk } from '../codecs/chunks/stored-chunk';
import { mostEncodedBytes } from '../sources/precomputed-folder';
import { MISREAD_REMEDY, misreadByViewer } from '../codecs/chunks/viewer-misreadings';
import type { CheckContext } from './check-context';
import { chunkReader, type ChunkReader } from './read-chunk';

export interface ScaleCheck {
  readonly key: string;
  /** Number of chunks of the scale. */
  readonly chunks: number;
  /** Number of chunks that were requested, and how many of them are missing. */
  readonly checked: number;
  readonly missing: number;
}

const SAMPLE_CHUNKS = 24;
const PARALLEL = 16;
/** Largest number of segments to look for meshes of. */
const MOST_SEGMENTS = 200;

/**
 * Reads a sample of a scale's chunks (or all) and decodes them.
 * @param mayMiss whether chunks of zeros have no file; undefined if that is unknown
 * @param segments collects some of the ids in the chunks
 */
export async function checkScale(
  context: CheckContext,
  info: VolumeInfo,
  scale: ScaleInfo,
  mayMiss: boolean | undefined,
  segments: Set<bigint>,
): Promise<ScaleCheck> {
  const chunkBytes = product3(chunkShape(scale)) * bytesPerVoxel(info.data_type) * info.num_channels;
  const read = chunkReader(context, scale, mostEncodedBytes(chunkBytes));
  const grid = new BoxGrid(scaleBox(scale), chunkShape(scale));
  const { all = false, onProgress } = context.request;
  const indices = all ? undefined : sampleIndices(grid.length, SAMPLE_CHUNKS);
  const total = indices?.length ?? grid.length;
  let missing = 0;
  await inLanes(Array(total).keys(), PARALLEL, async (i) => {
    const box = grid.at(indices?.[i] ?? i);
    if (!(await checkChunk(context, info, scale, read, box, segments))) missing++;
    onProgress?.(i + 1, total);
  });
  if (missing > 0 && context.request.isPublished === undefined)
    reportMissing(context, scale, missing, total, mayMiss);
  return { key: scale.key, chunks: grid.length, checked: total, missing };
}

/** Returns the first index, the last, and evenly spaced ones between them, without repeats. */
export function sampleIndices(length: number, count: number): number[] {
  if (length <= count) return Array.from({ length }, (_, i) => i);
  return Array.from({ length: count }, (_, i) => Math.round((i * (length - 1)) / (count - 1)));
}

/** Checks a chunk. Returns false if it is missing. */
async function checkChunk(
  { base, findings }: CheckContext,
  info: VolumeInfo,
  scale: ScaleInfo,
  read: ChunkReader,
  box: Box,
  segments: Set<bigint>,
): Promise<boolean> {
  const chunk = await read(box);
  if (typeof chunk === 'string') return chunk !== 'missing';
  const misread = misreadByViewer(scale, info.num_channels, chunk.bytes);
  if (misread !== undefined) {
    findings.warn(
      'chunks',
      objectUrl(base, chunk.file),
      `A chunk of ${scale.key} is ${misread}.`,
      MISREAD_REMEDY,
    );
  }
  const problem = await chunkProblem(info, scale, box, chunk.bytes, segments);
  if (problem !== undefined) {
    const message = `A chunk of ${scale.key} can't be decoded: ${problem}`;
    const remedy = 'Upload it again; if that does not help, run `verify` on the dataset.';
    findings.fail('chunks', objectUrl(base, chunk.file), message, remedy);
  }
  return true;
}

async function chunkProblem(
  info: VolumeInfo,
  scale: ScaleInfo,
  box: Box,
  bytes: Uint8Array,
  segments: Set<bigint>,
): Promise<string | undefined> {
  const voxels = allocateVoxels(info.data_type, boxVolume(box) * info.num_channels);
  try {
    await decodeStoredChunk(info, scale, bytes, boxShape(box), voxels);
  } catch (error) {
    if (!isStudioError(error)) throw error;
    return error.message;
  }
  if (info.type === 'segmentation' && segments.size < MOST_SEGMENTS) {
    for (let i = 0; i < voxels.length && segments.size < MOST_SEGMENTS; i += 97) {
      const id = BigInt(voxels[i] ?? 0);
      if (id !== 0n) segments.add(id);
    }
  }
  return undefined;
}

function reportMissing(
  { base, findings }: CheckContext,
  scale: ScaleInfo,
  missing: number,
  total: number,
  mayMiss: boolean | undefined,
): void {
  const url = objectUrl(base, scale.key);
  const remedy =
    'Publish the dataset again, which sends what is missing. If the files are there, let everybody read them.';
  const message = `${missing} of ${total} chunks of ${scale.key} are not there`;
  if (mayMiss === true) {
    if (missing === total) {
      findings.warn('chunks', url, `${message}: all chunks of the sample may be empty.`, {
        remedy: 'Look at all of them.',
        ways: ['look-at-all'],
      });
    }
  } else if (mayMiss === false || missing === total) {
    findings.fail('chunks', url, `${message}; viewers show them as empty.`, remedy);
  } else {
    const text = `${message}: right if the tool that wrote them leaves out empty chunks.`;
    findings.warn('chunks', url, text, remedy);
  }
}
