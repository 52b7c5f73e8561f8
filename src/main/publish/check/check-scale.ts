import { BoxGrid, boxShape, boxVolume, type Box } from '../../../shared/base/box';
import { allocateVoxels } from '../../../shared/base/data-type';
import { isStudioError } from '../../../shared/base/errors';
import { decodeChunk, type ChunkEncoding } from '../../../shared/precomputed/chunk-encoding';
import {
  chunkKey,
  chunkShape,
  scaleBox,
  type ScaleInfo,
  type VolumeInfo,
} from '../../../shared/precomputed/volume-info';
import { objectUrl } from './address';
import { checkCors, decodeBody, explainStatus, s3ErrorCode } from './answer-rules';
import { readRange } from './check-range';
import type { CheckContext } from './check-context';
import { askFollowing } from './follow';

export interface ScaleCheck {
  readonly key: string;
  /** Chunks (of a sharded scale: shards) that were asked for, and of those the ones that are not there. */
  readonly checked: number;
  readonly missing: number;
}

const SAMPLE_CHUNKS = 24;
const PARALLEL = 16;
/** Segments to look for meshes of. */
const MOST_SEGMENTS = 200;
const SAMPLE_SHARDS = 16;

/**
 * Reads a sample of a scale's chunks (or all) and decodes them.
 * @param mayMiss whether chunks of zeros have no file; undefined where that isn't known
 * @param segments collects some of the ids that were met
 */
export async function checkScale(
  context: CheckContext,
  info: VolumeInfo,
  scale: ScaleInfo,
  mayMiss: boolean | undefined,
  segments: Set<bigint>,
): Promise<ScaleCheck> {
  if (scale.sharding !== undefined) return checkShards(context, scale, scale.sharding);
  const grid = new BoxGrid(scaleBox(scale), chunkShape(scale));
  const { all = false, onProgress } = context.request;
  const indices = all ? undefined : sampleIndices(grid.length, SAMPLE_CHUNKS);
  const total = indices?.length ?? grid.length;
  let next = 0;
  let missing = 0;
  const work = async (): Promise<void> => {
    while (next < total) {
      const i = next++;
      const box = grid.at(indices?.[i] ?? i);
      if (!(await checkChunk(context, info, scale, box, segments))) missing++;
      onProgress?.(i + 1, total);
    }
  };
  await Promise.all(Array.from({ length: PARALLEL }, work));
  if (missing > 0) reportMissing(context, scale, missing, total, mayMiss);
  return { key: scale.key, checked: total, missing };
}

/** The first, the last and the ones evenly between, without repeats. */
export function sampleIndices(length: number, count: number): number[] {
  if (length <= count) return Array.from({ length }, (_, i) => i);
  return Array.from({ length: count }, (_, i) => Math.round((i * (length - 1)) / (count - 1)));
}

/** False where there is no such chunk. */
async function checkChunk(
  { base, prober, findings, request }: CheckContext,
  info: VolumeInfo,
  scale: ScaleInfo,
  box: Box,
  segments: Set<bigint>,
): Promise<boolean> {
  const key = chunkKey(scale, box);
  const url = objectUrl(base, key);
  const answer = await askFollowing(prober, { url }, findings);
  if (answer === undefined) return true;
  const forbidden = answer.status === 403 && s3ErrorCode(answer) !== undefined;
  if (answer.status === 404 || forbidden) {
    const expected = request.isPublished?.(key);
    if (expected !== true) return expected === false;
    const [text, remedy] = explainStatus(answer);
    findings.fail('chunks', url, `A chunk that was uploaded can't be read: ${text}.`, remedy);
    return true;
  }
  checkCors(answer, prober.origin, findings);
  if (answer.status !== 200) {
    const [text, remedy] = explainStatus(answer);
    findings.fail('chunks', url, `A chunk can't be read: ${text}.`, remedy);
    return true;
  }
  const bytes = decodeBody(answer, findings);
  if (bytes === undefined) return true;
  const problem = chunkProblem(info, scale, box, bytes, segments);
  if (problem !== undefined) {
    const message = `A chunk of ${scale.key} can't be decoded: ${problem}`;
    findings.fail(
      'chunks',
      url,
      message,
      'Upload it again; if that is no help, run `verify` on the dataset.',
    );
  }
  return true;
}

function chunkProblem(
  info: VolumeInfo,
  scale: ScaleInfo,
  box: Box,
  bytes: Uint8Array,
  segments: Set<bigint>,
): string | undefined {
  const encoding = encodingOf(info, scale);
  if (encoding === undefined) return undefined;
  const voxels = allocateVoxels(info.data_type, boxVolume(box) * info.num_channels);
  try {
    decodeChunk(encoding, bytes, boxShape(box), info.num_channels, voxels);
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

/** How chunks are decoded here; undefined for the encodings that only the viewer knows. */
function encodingOf(info: VolumeInfo, scale: ScaleInfo): ChunkEncoding | undefined {
  const dataType = info.data_type;
  if (scale.encoding === 'raw') return { encoding: 'raw', dataType };
  const blockSize = scale.compressed_segmentation_block_size;
  if (scale.encoding !== 'compressed_segmentation' || blockSize === undefined) return undefined;
  return { encoding: 'compressed_segmentation', dataType, blockSize };
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
    'Publish the dataset again, which sends what is missing. Where the files are there, let everybody read them.';
  const message = `${missing} of ${total} chunks of ${scale.key} are not there`;
  if (mayMiss === true) {
    if (missing === total) {
      findings.warn(
        'chunks',
        url,
        `${message}: all that was looked at may be empty.`,
        'Look again with --all.',
      );
    }
  } else if (mayMiss === false || missing === total) {
    findings.fail('chunks', url, `${message}; viewers show them as empty.`, remedy);
  } else {
    const text = `${message}: right if the tool that wrote them leaves out empty chunks.`;
    findings.warn('chunks', url, text, remedy);
  }
}

/**
 * Reads the index of some shards by range: pairs of uint64 (start and end of each minishard's index), which
 * must be in order. Which shards there are can't be known from outside, so the first names are tried.
 */
export async function checkShards(
  context: CheckContext,
  scale: { readonly key: string },
  { shard_bits, minishard_bits }: NonNullable<ScaleInfo['sharding']>,
): Promise<ScaleCheck> {
  const shards = 2 ** Math.min(shard_bits, 52);
  const digits = Math.max(1, Math.ceil(shard_bits / 4));
  const indexBytes = 16 * 2 ** Math.min(minishard_bits, 16);
  const indices = sampleIndices(Math.min(shards, 4096), context.request.all === true ? 4096 : SAMPLE_SHARDS);
  let found = 0;
  for (const index of indices) {
    const key = `${scale.key}/${index.toString(16).padStart(digits, '0')}.shard`;
    const bytes = await readRange(context, key, 0, indexBytes);
    if (bytes === undefined) continue;
    found++;
    if (!isShardIndex(bytes)) {
      const message = 'The index at the beginning of a shard is damaged.';
      context.findings.fail('range', objectUrl(context.base, key), message, 'Upload the shard again.');
    }
  }
  if (found === 0 && context.findings.list().every(({ topic }) => topic !== 'range')) {
    const url = objectUrl(context.base, scale.key);
    const message = `None of ${indices.length} shards of ${scale.key} that were asked for is there.`;
    const severity = indices.length === shards ? 'fail' : 'warn';
    context.findings[severity](
      'chunks',
      url,
      message,
      'Publish the dataset again, which sends what is missing.',
    );
  }
  return { key: scale.key, checked: indices.length, missing: indices.length - found };
}

function isShardIndex(bytes: Buffer): boolean {
  for (let i = 0; i + 16 <= bytes.length; i += 16) {
    if (bytes.readBigUInt64LE(i) > bytes.readBigUInt64LE(i + 8)) return false;
  }
  return bytes.length > 0 && bytes.length % 16 === 0;
}
