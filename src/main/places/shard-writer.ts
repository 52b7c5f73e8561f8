import { ShardBuilder, type Sharding } from '../../shared/precomputed/sharding';
import { deterministicGzip } from './compression';
import type { FilePlace, ObjectWriter } from './file-place';

const GZIP_LEVEL = 6;
/** Small values are gathered up to this many bytes, as each write takes as long as many of them. */
const BUFFER_BYTES = 2 ** 18;

/**
 * Writes the file of one shard value by value, so that memory never holds the whole shard. The values must come in the
 * order that {@link ShardBuilder} requires. The caller must call `finish` or `abandon`.
 */
export class ShardWriter {
  readonly builder: ShardBuilder;
  private readonly object: ObjectWriter;
  private readonly buffer = new Uint8Array(BUFFER_BYTES);
  private buffered = 0;

  constructor(store: FilePlace, key: string, sharding: Sharding) {
    this.object = store.begin(key);
    this.builder = new ShardBuilder(
      sharding,
      (bytes) => deterministicGzip(bytes, GZIP_LEVEL),
      (bytes) => {
        this.write(bytes);
      },
    );
  }

  /** Completes the file and returns it. An empty shard gets no file; undefined is returned. */
  finish(): ObjectWriter | undefined {
    const { object, builder } = this;
    if (builder.isEmpty) return undefined;
    const shardIndex = builder.finish();
    this.flush();
    object.writeAt(shardIndex, 0);
    object.finish();
    return object;
  }

  /** Discards the file. */
  abandon(): void {
    this.object.abandon();
  }

  private write(bytes: Uint8Array): void {
    if (this.buffered + bytes.length > BUFFER_BYTES) this.flush();
    if (bytes.length > BUFFER_BYTES) {
      this.object.write(bytes);
    } else {
      this.buffer.set(bytes, this.buffered);
      this.buffered += bytes.length;
    }
  }

  private flush(): void {
    const { object, builder, buffer, buffered } = this;
    // Room for the shard index, which is written at the end.
    if (object.lengthBytes === 0) object.write(new Uint8Array(builder.shardIndexBytes));
    if (buffered > 0) object.write(buffer.subarray(0, buffered));
    this.buffered = 0;
  }
}
