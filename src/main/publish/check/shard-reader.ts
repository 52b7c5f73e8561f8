import { InvalidInputError, isStudioError } from '../../../shared/base/errors';
import {
  findInShard,
  shardFileName,
  shardOf,
  type Sharding,
  type ShardLocation,
} from '../../../shared/precomputed/sharding';
import { gunzip } from '../../stores/compression';
import { objectUrl } from '../../base/web-address';
import { readRange, type RangeAnswer } from './check-range';
import { MOST_DOCUMENT_BYTES } from './answer-rules';
import type { CheckContext } from './check-context';

/** Parts of indexes that are kept: neighbours in space share them. */
const MOST_KEPT = 256;

/** A value of a shard, unzipped, and where it stands in which file. */
export interface ShardedValue {
  readonly bytes: Uint8Array;
  readonly file: string;
  readonly location: ShardLocation;
}

/** Reads values of sharded storage as viewers do: three Range requests, the first two for the indexes. */
export class ShardReader {
  private readonly kept = new Map<string, Promise<RangeAnswer>>();

  /**
   * @param folder key of the scale or of the meshes
   * @param mostBytes of a value, unzipped
   */
  constructor(
    private readonly context: CheckContext,
    private readonly folder: string,
    private readonly sharding: Sharding,
    private readonly mostBytes: number,
  ) {}

  /** no-shard: the file isn't there; missing: it is, but doesn't hold the key; refused: the reason is told. */
  async read(key: bigint): Promise<ShardedValue | 'no-shard' | 'missing' | 'refused'> {
    const file = this.fileOf(key);
    try {
      let failure: 'no-shard' | 'missing' | 'refused' = 'missing';
      const readIndex = async (offsetBytes: number, lengthBytes: number): Promise<Uint8Array | undefined> => {
        const part = await this.readIndex(file, offsetBytes, lengthBytes);
        if (typeof part !== 'string') return part;
        failure = part === 'missing' ? 'no-shard' : part;
        return undefined;
      };
      const location = await findInShard(key, this.sharding, readIndex, (bytes) =>
        gunzip(bytes, MOST_DOCUMENT_BYTES),
      );
      if (location === undefined) return failure;
      const bytes = await this.readValue(file, location);
      if (typeof bytes !== 'string') return { bytes, file, location };
      return bytes === 'missing' ? 'no-shard' : bytes;
    } catch (error) {
      if (!isStudioError(error) || error.tag !== 'invalid-input') throw error;
      const message = `A shard of ${this.folder} is damaged: ${error.message}`;
      this.context.findings.fail(
        'range',
        objectUrl(this.context.base, file),
        message,
        'Upload the shard again.',
      );
      return 'refused';
    }
  }

  /** Key of the file that a value belongs into. */
  fileOf(key: bigint): string {
    return `${this.folder}/${shardFileName(shardOf(key, this.sharding).shard, this.sharding)}`;
  }

  private async readIndex(file: string, offsetBytes: number, lengthBytes: number): Promise<RangeAnswer> {
    const name = `${file} ${offsetBytes} ${lengthBytes}`;
    const known = this.kept.get(name);
    if (known !== undefined) return known;
    const reading = readRange(this.context, file, offsetBytes, lengthBytes);
    this.kept.set(name, reading);
    const [oldest] = this.kept.keys();
    if (this.kept.size > MOST_KEPT && oldest !== undefined) this.kept.delete(oldest);
    return reading;
  }

  private async readValue(file: string, { offsetBytes, lengthBytes }: ShardLocation): Promise<RangeAnswer> {
    if (lengthBytes === 0) throw new InvalidInputError(`It has a value of no bytes at ${offsetBytes}.`);
    const stored = await readRange(this.context, file, offsetBytes, lengthBytes);
    if (typeof stored === 'string') return stored;
    if (stored.length !== lengthBytes) throw new InvalidInputError('It ends within a value.');
    return this.sharding.data_encoding === 'gzip' ? gunzip(stored, this.mostBytes) : stored;
  }
}
