import { expect, test } from 'vitest';
import { IoError } from '../../../src/shared/base/errors';
import { AdaptiveLimit } from '../../../src/main/base/adaptive-limit';
import { Retrier } from '../../../src/main/base/retrier';
import { callsThrough, countedReads, readsThrough } from '../../../src/main/places/calls-through';
import { outgoingBytes } from '../../../src/main/places/outgoing-file';
import { holdsObject, listObjects, removeAll, sendObject } from '../../../src/main/places/place';
import { Sender } from '../../../src/main/places/sender';
import { MemoryPlace, type Objects } from '../../conformance/memory-place';
import { testPlaceConformance } from '../../conformance/place-conformance';
import { openRemote } from '../../conformance/remote-place';

const { signal } = new AbortController();
const ATTRIBUTES = { modifiedMs: 0, contentType: 'text/plain', contentEncoding: undefined };
const objectOf = (key: string, text: string) => outgoingBytes(Buffer.from(text), { ...ATTRIBUTES, key });
const retried = (place: MemoryPlace) => callsThrough(place, new Retrier(signal, 1).run);

testPlaceConformance(
  'memory',
  async () => {
    const objects: Objects = new Map();
    const other = await openRemote(new MemoryPlace(objects));
    return { store: await openRemote(new MemoryPlace(objects)), reopen: () => other };
  },
  { keysArePaths: false },
);

testPlaceConformance(
  'memory each third call to which fails',
  async () => {
    const objects: Objects = new Map();
    const other = await openRemote(new MemoryPlace(objects));
    const failing = new MemoryPlace(objects, (_, number) => number % 3 === 0);
    return { store: await openRemote(failing), reopen: () => other };
  },
  { keysArePaths: false },
);

/** Fails the first call of each of these names. */
function onceEach(...names: string[]): (call: string) => boolean {
  const left = new Set(names);
  return (call) => left.delete(call);
}

test('a part of a large object that failed is sent again, and no other', async () => {
  const place = new MemoryPlace(undefined, onceEach('beginParts', 'putPart 1', 'complete'), 8);
  await sendObject(retried(place), objectOf('a', '0123456789abcdefghi'), signal);
  expect(place.calls.sort()).toEqual(
    [
      'beginParts',
      'beginParts',
      'complete',
      'complete',
      'putPart 0',
      'putPart 1',
      'putPart 1',
      'putPart 2',
    ].sort(),
  );
  expect(Buffer.from((await place.get('a')) ?? []).toString()).toBe('0123456789abcdefghi');
});

test('a listing goes on from the page that failed', async () => {
  const place = new MemoryPlace();
  for (const key of ['a', 'b', 'c', 'd', 'e']) await place.put(objectOf(key, key));
  let lists = 0;
  const failing = callsThrough(place, async (call) => {
    if (++lists % 2 === 0) throw new IoError('The network is down.', { retryable: true });
    return call();
  });
  const keys: string[] = [];
  for await (const { key } of listObjects(callsThrough(failing, new Retrier(signal, 1).run))) keys.push(key);
  expect(keys).toEqual(['a', 'b', 'c', 'd', 'e']);
  expect(place.calls.filter((call) => call === 'list')).toHaveLength(3);
});

test('a failure that will not pass is not tried again', async () => {
  const place = new MemoryPlace();
  let calls = 0;
  const refusing = callsThrough(place, () => {
    calls++;
    return Promise.reject(new IoError('The disk is full.'));
  });
  const { run } = new Retrier(signal, 1);
  await expect(callsThrough(refusing, run).remove(['a'])).rejects.toThrow('The disk is full.');
  expect(calls).toBe(1);
});

test('reads are limited and counted, each by a wrapper of its own', async () => {
  const objects: Objects = new Map();
  await new MemoryPlace(objects).put(objectOf('a', '0123456'));
  const limit = new AdaptiveLimit(2, 2, Number.POSITIVE_INFINITY);
  let [running, most, bytes] = [0, 0, 0];
  const watched = readsThrough(new MemoryPlace(objects), async (call) => {
    most = Math.max(most, ++running);
    return call().finally(() => running--);
  });
  const limited = readsThrough(watched, (call) => limit.run(0, call));
  const place = countedReads(limited, (read) => (bytes += read));
  const whole = Array.from({ length: 8 }, () => place.get('a'));
  await Promise.all([...whole, place.getRange('a', 5, 9), place.head('a', 3), place.get('b')]);
  expect(most).toBe(2);
  expect(bytes).toBe(8 * 7 + 2 + 3);
});

test('removes any number of objects by calls of a thousand', async () => {
  const place = new MemoryPlace();
  for (const key of ['a', 'b']) await place.put(objectOf(key, key));
  const keys = Array.from({ length: 1500 }, (_, i) => `missing/${i}`);
  expect(await removeAll(retried(place), [...keys, 'a'])).toBe(1501);
  expect(place.calls.filter((call) => call === 'remove')).toHaveLength(2);
  expect(await place.get('a')).toBeUndefined();
  expect(await place.get('b')).toHaveLength(1);
});

test('an object is the same by its bytes and by its headers', async () => {
  const place = new MemoryPlace();
  const object = objectOf('a', 'text');
  await sendObject(place, object, signal);
  const [there] = (await place.list('')).objects;
  if (there === undefined) return expect.fail('nothing is listed');
  expect(await holdsObject(place, there, object)).toBe(true);
  expect(await holdsObject(place, there, objectOf('a', 'tex!'))).toBe(false);
  expect(await holdsObject(place, there, objectOf('a', 'texts'))).toBe(false);
  expect(await holdsObject(place, there, { ...object, contentType: 'application/json' })).toBe(false);
  expect(await holdsObject(place, there, { ...object, contentEncoding: 'gzip' })).toBe(false);
});

test('a sender asks before each attempt whether it may still send', async () => {
  const place = new MemoryPlace(undefined, onceEach('put'));
  let asked = 0;
  const sender = new Sender(place, signal, 1, () => {
    asked++;
    return Promise.resolve();
  });
  const { sent } = await sender.begin(4, () => Promise.resolve(objectOf('a', 'text')));
  expect(await sent).toMatchObject({ key: 'a', remoteBytes: 4 });
  expect([asked, sender.retries]).toEqual([2, 1]);
});
