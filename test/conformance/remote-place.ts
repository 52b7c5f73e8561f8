import { Retrier } from '../../src/main/base/retrier';
import { callsThrough } from '../../src/main/places/calls-through';
import type { WritablePlace } from '../../src/main/places/file-place';
import { outgoingBytes } from '../../src/main/places/outgoing-file';
import { listObjects, sendObject, type Place } from '../../src/main/places/place';
import { atEnd } from '../end-with-test';

const ATTRIBUTES = { modifiedMs: 0, contentType: 'text/plain', contentEncoding: undefined };

/** Opens a place that objects are sent to by the interface that all places share, with retries. */
export async function openRemote(given: Place): Promise<WritablePlace> {
  atEnd(() => given.close());
  const { signal } = new AbortController();
  const place = callsThrough(given, new Retrier(signal, 5).run);
  await place.prepare();
  return {
    get: (key) => place.get(key),
    getRange: (...range) => place.getRange(...range),
    size: async (key) => (await place.head(key, 1))?.sizeBytes,
    list: async function* (prefix) {
      for await (const { key } of listObjects(place, prefix)) yield key;
    },
    put: async (key, bytes) => {
      await sendObject(place, outgoingBytes(Buffer.from(bytes), { ...ATTRIBUTES, key }), signal);
    },
    delete: (key) => place.remove([key]),
  };
}
