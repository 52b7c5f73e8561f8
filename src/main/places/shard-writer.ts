import { ShardBuilder, type Sharding } from '../../shared/precomputed/sharding';
import { deterministicGzip } from './compression';
import type { FilePlace, ObjectWriter } from './place';

const GZIP_LEVEL = 6;

/**
 * Writes the file of one shard value by value, so that it needn't be in memory as a whole: see {@link ShardBuilder}, whose
 * order of values it wants. Whoever makes one calls `finish` or `abandon`.
 */
export class ShardWriter {
  readonly builder: ShardBuilder;
  private readonly object: ObjectWriter;

  constructor(store: FilePlace, key: string, sharding: Sharding) {
    const object = store.begin(key);
    this.object = object;
    this.builder = new ShardBuilder(
      sharding,
      (bytes) => deterministicGzip(bytes, GZIP_LEVEL),
      (bytes) => {
        if (object.lengthBytes === 0) object.write(new Uint8Array(this.builder.shardIndexBytes));
        object.write(bytes);
      },
    );
  }

  /** The finished file; undefined for a shard of nothing, which none is written for. */
  finish(): ObjectWriter | undefined {
    const { object, builder } = this;
    if (builder.isEmpty) return undefined;
    object.writeAt(builder.finish(), 0);
    object.finish();
    return object;
  }

  /** Nothing of the file stays. */
  abandon(): void {
    this.object.abandon();
  }
}
