import { ShardBuilder, type Sharding } from '../../shared/precomputed/sharding';
import { deterministicGzip } from './compression';
import type { FilePlace, ObjectWriter } from './file-place';

const GZIP_LEVEL = 6;

/**
 * Writes the file of one shard value by value, so that memory never holds the whole shard. The values must come in the
 * order that {@link ShardBuilder} requires. The caller must call `finish` or `abandon`.
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

  /** Completes the file and returns it. An empty shard gets no file; undefined is returned. */
  finish(): ObjectWriter | undefined {
    const { object, builder } = this;
    if (builder.isEmpty) return undefined;
    object.writeAt(builder.finish(), 0);
    object.finish();
    return object;
  }

  /** Discards the file. */
  abandon(): void {
    this.object.abandon();
  }
}
