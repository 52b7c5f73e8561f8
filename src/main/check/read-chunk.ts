import type { Box } from '../../shared/base/box';
import { chunkKey, shardedChunkKey } from '../../shared/precomputed/scale-chunks';
import type { ScaleInfo } from '../../shared/precomputed/volume-info';
import { objectUrl } from '../base/web-address';
import { readObject, type CheckContext } from './check-context';
import { gunzip, isGzip } from '../places/compression';
import { gzAdvice } from './server-advice';
import { ShardReader } from './shard-reader';

/** A chunk's encoded bytes, and the file that holds them. */
interface ReadChunk {
  readonly bytes: Uint8Array;
  readonly file: string;
}

/** missing: there is no such chunk; refused: it can't be read, and the reason is among the findings. */
export type ChunkReader = (box: Box) => Promise<ReadChunk | 'missing' | 'refused'>;

/**
 * Reads chunks of a scale as the viewer does.
 * @param mostBytes limit for the unzipped size of a chunk
 */
export function chunkReader(context: CheckContext, scale: ScaleInfo, mostBytes: number): ChunkReader {
  const { sharding } = scale;
  if (sharding === undefined) return (box) => readFile(context, chunkKey(scale, box), mostBytes);
  const shards = new ShardReader(context, scale.key, sharding, mostBytes);
  return async (box) => {
    const key = shardedChunkKey(scale, box);
    const value = await shards.read(key);
    return value === 'no-shard' ? reportIfPublished(context, shards.fileOf(key)) : value;
  };
}

async function readFile(
  context: CheckContext,
  key: string,
  mostBytes: number,
): Promise<ReadChunk | 'missing' | 'refused'> {
  const url = objectUrl(context.base, key);
  const bytes = await readObject(context, key, { topic: 'chunks', what: 'A chunk', mostBytes });
  if (bytes === 'refused') return 'refused';
  if (bytes === 'missing')
    return (await reportGzName(context, url)) ? 'refused' : reportIfPublished(context, key);
  await checkTwin(context, url, bytes);
  return { bytes, file: key };
}

/**
 * Reports whether the server has NAME.gz but doesn't serve it as NAME, so that it doesn't fit the layout. What to do
 * about it goes to the findings.
 */
async function reportGzName({ prober, findings }: CheckContext, url: string): Promise<boolean> {
  const answer = await prober.ask({ url: `${url}.gz` });
  if (answer.status !== 200 || !isGzip(answer.body)) return false;
  const message =
    'The server sends the file NAME.gz only under that name. Viewers ask for NAME, and find nothing.';
  findings.fail('encoding', url, message, gzAdvice(answer.headers));
  return true;
}

/** Reports NAME and NAME.gz if both exist and differ, because readers differ in which of them they use. */
async function checkTwin({ prober, findings }: CheckContext, url: string, bytes: Uint8Array): Promise<void> {
  const answer = await prober.ask({ url: `${url}.gz` });
  if (answer.status !== 200) return;
  if (!isGzip(answer.body) || isSame(answer.body, bytes)) return;
  findings.fail(
    'encoding',
    url,
    'Both NAME and NAME.gz exist and differ. Servers and libraries differ in which of them they read.',
    { remedy: 'Remove those of an earlier layout.', ways: ['remove-stale'] },
  );
}

function isSame(zipped: Buffer, bytes: Uint8Array): boolean {
  try {
    return Buffer.compare(gunzip(zipped, bytes.length), bytes) === 0;
  } catch {
    return false;
  }
}

/** Reports a missing object if it was uploaded. Returns 'missing' if it wasn't, or if that is unknown. */
async function reportIfPublished(context: CheckContext, key: string): Promise<'missing' | 'refused'> {
  const { base, findings, request } = context;
  if ((await request.isPublished?.(key)) !== true) return 'missing';
  context.lacks = true;
  const message = `${key.endsWith('.shard') ? 'A shard' : 'A chunk'} that was uploaded can't be read: it is not there.`;
  const remedy =
    'Let everybody read the objects, and check that the address is the one that they were uploaded to.';
  findings.fail('chunks', objectUrl(base, key), message, remedy);
  return 'refused';
}
