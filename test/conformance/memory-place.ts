import { createHash } from 'node:crypto';
import { IoError } from '../../src/shared/base/errors';
import type { ListPage, ObjectHead, OutgoingObject, PartedObject, Place } from '../../src/main/places/place';

interface StoredObject {
  readonly bytes: Uint8Array;
  readonly object: OutgoingObject;
  readonly tag: string;
}

/** The objects of memory places, which several places may share. */
export type Objects = Map<string, StoredObject>;

const PAGE_OBJECTS = 2;

/** A place in memory, with pages of two objects. `calls` has the name of each call. */
export class MemoryPlace implements Place {
  readonly id = 'memory:';
  readonly parallel = { start: 4, most: 8 };
  readonly calls: string[] = [];
  private readonly parts = new Map<string, Map<number, Buffer>>();

  /** @param fails decides of each call, by its name and number, whether it fails in a way that may pass */
  constructor(
    private readonly objects: Objects = new Map(),
    private readonly fails: (call: string, number: number) => boolean = () => false,
    readonly partBytes = 1 << 19,
  ) {}

  private async call<T>(name: string, action: () => T): Promise<T> {
    await Promise.resolve();
    const number = this.calls.push(name);
    if (this.fails(name, number)) throw new IoError(`${name} failed.`, { retryable: true });
    return action();
  }

  prepare(): Promise<void> {
    return this.call('prepare', () => undefined);
  }

  get(key: string): Promise<Uint8Array | undefined> {
    return this.call('get', () => this.objects.get(key)?.bytes);
  }

  getRange(key: string, offset: number, length: number): Promise<Uint8Array | undefined> {
    return this.call('getRange', () => this.objects.get(key)?.bytes.subarray(offset, offset + length));
  }

  head(key: string, length: number): Promise<ObjectHead | undefined> {
    return this.call('head', () => {
      const found = this.objects.get(key);
      if (found === undefined) return undefined;
      const { bytes, object } = found;
      const { modifiedMs, contentType, contentEncoding } = object;
      const headers = { contentType, contentEncoding };
      return { bytes: bytes.subarray(0, length), sizeBytes: bytes.length, modifiedMs, headers };
    });
  }

  list(prefix: string): Promise<ListPage> {
    const keys = [...this.objects.keys()].filter((key) => key.startsWith(prefix));
    const page = (from: number): Promise<ListPage> =>
      this.call('list', () => {
        const end = from + PAGE_OBJECTS;
        const objects = keys.slice(from, end).flatMap((key) => {
          const found = this.objects.get(key);
          return found === undefined ? [] : [{ key, sizeBytes: found.bytes.length, tag: found.tag }];
        });
        return { objects, next: end < keys.length ? () => page(end) : undefined };
      });
    return page(0);
  }

  async put(object: OutgoingObject): Promise<string> {
    const bytes = await object.read(0, object.sizeBytes);
    return this.call('put', () => this.store(object, bytes));
  }

  beginParts(object: OutgoingObject): Promise<PartedObject> {
    return this.call('beginParts', () => {
      const there = this.parts.get(object.md5) ?? new Map<number, Buffer>();
      this.parts.set(object.md5, there);
      return {
        partBytes: this.partBytes,
        putPart: (index, bytes) => this.call(`putPart ${index}`, () => void there.set(index, bytes)),
        complete: () =>
          this.call('complete', () => {
            const indices = [...there.keys()].sort((a, b) => a - b);
            const parts = indices.map((index) => there.get(index) ?? Buffer.of());
            return this.store(object, Buffer.concat(parts));
          }),
      };
    });
  }

  remove(keys: readonly string[]): Promise<void> {
    return this.call('remove', () => {
      for (const key of keys) this.objects.delete(key);
    });
  }

  close(): Promise<void> {
    return Promise.resolve();
  }

  private store(object: OutgoingObject, bytes: Uint8Array): string {
    const tag = createHash('md5').update(bytes).digest('hex');
    this.objects.set(object.key, { bytes: Uint8Array.from(bytes), object, tag });
    return tag;
  }
}
