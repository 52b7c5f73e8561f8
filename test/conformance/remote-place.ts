import { Retrier } from '../../src/main/base/retrier';
import { outgoingBytes } from '../../src/main/places/outgoing-file';
import type { WritablePlace } from '../../src/main/places/place';
import type { RemotePlace } from '../../src/main/places/remote-place';
import { atEnd } from '../end-with-test';

const ATTRIBUTES = { modifiedMs: 0, contentType: 'text/plain', contentEncoding: undefined };

/** Opens a remote place by the interface that all places share, with retries. */
export async function openRemote(place: RemotePlace): Promise<WritablePlace> {
  atEnd(() => place.close());
  const { signal } = new AbortController();
  const { run } = new Retrier(signal, 5);
  await place.prepare(run);
  return {
    get: (key) => run(() => place.get(key)),
    getRange: (...range) => run(() => place.getRange(...range)),
    size: async (key) => (await run(() => place.head(key, 1)))?.sizeBytes,
    list: async function* (prefix) {
      for await (const { key } of place.list(run, prefix)) yield key;
    },
    put: async (key, bytes) => {
      await place.put(outgoingBytes(Buffer.from(bytes), { ...ATTRIBUTES, key }), run, signal);
    },
    delete: (key) => place.remove([key], run),
  };
}
