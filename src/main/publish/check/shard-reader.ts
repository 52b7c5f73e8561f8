import { InvalidInputError, isStudioError } from '../../../shared/base/errors';
import type { Sharding } from '../../../shared/precomputed/sharding';
import { objectUrl } from '../../base/web-address';
import { ShardedValues, type ShardedValue } from '../../places/sharded-values';
import { MOST_DOCUMENT_BYTES } from './answer-rules';
import type { CheckContext } from './check-context';
import { readRange } from './check-range';

/** Reads values of sharded storage as viewers do: three Range requests, the first two for the indexes. */
export class ShardReader {
  private readonly values: ShardedValues;
  /** Files that viewers would not get as they must, for reasons that are told. */
  private readonly refused = new Set<string>();

  /**
   * @param folder key of the scale or of the meshes
   * @param mostBytes of a value, unzipped
   */
  constructor(
    private readonly context: CheckContext,
    private readonly folder: string,
    sharding: Sharding,
    mostBytes: number,
  ) {
    const store = {
      getRange: (file: string, offsetBytes: number, lengthBytes: number) =>
        this.readPart(file, offsetBytes, lengthBytes),
    };
    const most = { valueBytes: mostBytes, indexBytes: MOST_DOCUMENT_BYTES };
    this.values = new ShardedValues(store, sharding, most);
  }

  /** no-shard: the file isn't there; missing: it is, but doesn't hold the key; refused: the reason is told. */
  async read(key: bigint): Promise<ShardedValue | 'no-shard' | 'missing' | 'refused'> {
    const file = this.values.fileOf(key);
    if (this.refused.has(file)) return 'refused';
    try {
      const value = await this.values.find(key);
      return typeof value === 'string' ? value : { ...value, file: this.fileOf(key) };
    } catch (error) {
      if (this.refused.has(file)) return 'refused';
      if (!isStudioError(error) || error.tag !== 'invalid-input') throw error;
      const message = `A shard of ${this.folder} is damaged: ${error.message}`;
      const url = objectUrl(this.context.base, this.fileOf(key));
      this.context.findings.fail('range', url, message, 'Upload the shard again.');
      return 'refused';
    }
  }

  /** Key of the file that a value belongs into. */
  fileOf(key: bigint): string {
    return `${this.folder}/${this.values.fileOf(key)}`;
  }

  private async readPart(
    file: string,
    offsetBytes: number,
    lengthBytes: number,
  ): Promise<Buffer | undefined> {
    if (lengthBytes === 0) throw new InvalidInputError(`It has a value of no bytes at ${offsetBytes}.`);
    const part = await readRange(this.context, `${this.folder}/${file}`, offsetBytes, lengthBytes);
    if (part !== 'refused') return part === 'missing' ? undefined : part;
    this.refused.add(file);
    throw new InvalidInputError(`${file} can't be read by parts.`);
  }
}
