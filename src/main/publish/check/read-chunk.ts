import type { Box } from '../../../shared/base/box';
import { chunkKey, shardedChunkKey } from '../../../shared/precomputed/scale-chunks';
import type { ScaleInfo } from '../../../shared/precomputed/volume-info';
import { objectUrl } from '../../base/web-address';
import { isMissingObject } from '../../base/http-answer';
import { checkCors, decodeBody, explainStatus } from './answer-rules';
import type { CheckContext } from './check-context';
import { askFollowing } from './follow';
import { ShardReader } from './shard-reader';

/** A chunk's bytes, still encoded, and the file that they are in. */
interface ReadChunk {
  readonly bytes: Uint8Array;
  readonly file: string;
}

/** missing: there is none; told: it can't be read, and the reason is among the findings. */
export type ChunkReader = (box: Box) => Promise<ReadChunk | 'missing' | 'told'>;

/**
 * Reads chunks of a scale as the viewer does.
 * @param mostBytes of a chunk, unzipped
 */
export function chunkReader(context: CheckContext, scale: ScaleInfo, mostBytes: number): ChunkReader {
  const { sharding } = scale;
  if (sharding === undefined) return (box) => readObject(context, chunkKey(scale, box), mostBytes);
  const shards = new ShardReader(context, scale.key, sharding, mostBytes);
  return async (box) => {
    const key = shardedChunkKey(scale, box);
    const value = await shards.read(key);
    if (value === 'refused') return 'told';
    return value === 'no-shard' ? tellIfPublished(context, shards.fileOf(key)) : value;
  };
}

async function readObject(
  context: CheckContext,
  key: string,
  mostBytes: number,
): Promise<ReadChunk | 'missing' | 'told'> {
  const { base, prober, findings } = context;
  const url = objectUrl(base, key);
  const answer = await askFollowing(prober, { url }, findings);
  if (answer === undefined) return 'told';
  if (isMissingObject(answer)) return tellIfPublished(context, key);
  checkCors(answer, prober.origin, findings);
  if (answer.status !== 200) {
    const [text, remedy] = explainStatus(answer);
    findings.fail('chunks', url, `A chunk can't be read: ${text}.`, remedy);
    return 'told';
  }
  const bytes = decodeBody(answer, findings, mostBytes);
  return bytes === undefined ? 'told' : { bytes, file: key };
}

/** What was uploaded must be there. */
async function tellIfPublished(
  { base, findings, request }: CheckContext,
  key: string,
): Promise<'missing' | 'told'> {
  if ((await request.isPublished?.(key)) !== true) return 'missing';
  const message = `${key.endsWith('.shard') ? 'A shard' : 'A chunk'} that was uploaded can't be read: it is not there.`;
  const remedy =
    'Let everybody read the objects, and check that the address is the one that they were uploaded to.';
  findings.fail('chunks', objectUrl(base, key), message, remedy);
  return 'told';
}
