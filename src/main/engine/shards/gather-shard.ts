import { BugError, InvalidInputError } from '../../../shared/base/errors';
import { RESUME } from '../../../shared/api/mentions';
import { say } from '../../../shared/base/words';
import { ShardWriter } from '../../places/shard-writer';
import { openStore, type DatasetTarget } from '../blocks/dataset-target';
import type { WrittenFile } from '../run/written-file';
import { PackReader, type PackedChunk } from './pack-file';

/** A request to write one shard from the packs that hold its chunks. */
export interface GatherShardRequest {
  readonly target: DatasetTarget;
  readonly scale: number;
  readonly fileName: string;
  /** The chunks with firstKey ≤ key < endKey. */
  readonly firstKey: bigint;
  readonly endKey: bigint;
  /** Paths of the packs. */
  readonly packs: readonly string[];
}

export interface GatherShardResult {
  readonly bytesWritten: number;
  readonly files: number;
  /** The file of the shard; none if all its chunks were left out. */
  readonly made: readonly WrittenFile[];
}

interface Found extends PackedChunk {
  readonly pack: PackReader;
}

let spare = new Uint8Array();

export function gatherShard(request: GatherShardRequest): GatherShardResult {
  const { target, scale: index, fileName } = request;
  const scale = target.info.scales[index];
  if (scale?.sharding === undefined) throw new BugError(`scale ${index} has no shards`);
  const packs: PackReader[] = [];
  const shard = new ShardWriter(openStore(target), `${scale.key}/${fileName}`, scale.sharding);
  try {
    for (const path of request.packs) packs.push(openPack(path));
    for (const { key, pack, offsetBytes, lengthBytes } of chunksOf(packs, request)) {
      if (spare.length < lengthBytes) spare = new Uint8Array(lengthBytes);
      const bytes = spare.subarray(0, lengthBytes);
      pack.read(bytes, offsetBytes);
      shard.builder.addStored(key, bytes);
    }
    const file = shard.finish();
    if (file === undefined) return { bytesWritten: 0, files: 0, made: [] };
    return { bytesWritten: file.lengthBytes, files: 1, made: [[file.path, file.lengthBytes]] };
  } catch (error) {
    shard.abandon();
    throw error;
  } finally {
    for (const pack of packs) pack.close();
  }
}

function openPack(path: string): PackReader {
  const pack = PackReader.open(path);
  if (pack !== undefined) return pack;
  throw new InvalidInputError(`${path}, which this job has written, is missing or damaged.`, {
    remedy: say`Continue by ${RESUME}: what is missing is made again.`,
    fields: { path },
  });
}

/**
 * Returns the chunks in the order of their places in the shard, which is that of their keys: see volume-sharding.ts.
 */
function chunksOf(
  packs: readonly PackReader[],
  { firstKey, endKey }: Pick<GatherShardRequest, 'firstKey' | 'endKey'>,
): Found[] {
  return packs
    .flatMap((pack) => pack.chunksOf(firstKey, endKey).map((chunk): Found => ({ ...chunk, pack })))
    .sort((a, b) => (a.key < b.key ? -1 : 1));
}
