import { InvalidInputError, isStudioError } from '../../shared/base/errors';
import type { Sharding } from '../../shared/precomputed/sharding';
import { objectUrl } from '../base/web-address';
import { ShardedValues, type ShardedValue } from '../places/sharded-values';
import { MOST_DOCUMENT_BYTES } from './answer-rules';
import type { CheckContext } from './check-context';
import { readRange } from './check-range';

/** Reads values of sharded storage as viewers do, with three Range requests: two for the indexes, then the value. */
export class ShardReader {
  private readonly values: ShardedValues;
  /** Files that viewers could not read; the findings say why. */
  private readonly refused = new Set<string>();

  /**
   * @param folder key of the scale or of the meshes
   * @param mostBytes limit for the unzipped size of a value
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

  /**
   * Reads a value.
   * @returns no-shard if there is no such file; missing if the file doesn't hold the key; refused if it can't be read,
   * with the reason in the findings
   */
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

  /** Returns the key of the shard file for a value. */
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
