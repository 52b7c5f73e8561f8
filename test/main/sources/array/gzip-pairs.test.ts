import { gzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { gzipPairs } from '../../../../src/main/sources/array/gzip-pairs';
import { noise } from '../../../shared/deflate/content';

const contents = [1, 2, 3].map((seed) => noise(1000 * seed, seed));
const packed = contents.map((content) => gzipSync(content));
const damaged = Buffer.from(packed[1] ?? []);
damaged[damaged.length - 6] = (damaged[damaged.length - 6] ?? 0) ^ 1;

const read = (bytes: Uint8Array): Promise<Uint8Array> =>
  gzipPairs.during(() => gzipPairs.unpack(bytes, 4000));

test('gives each of the chunks that are read at once its own content', async () => {
  expect(await Promise.all(packed.map(read))).toEqual(contents);
});

test('unpacks a chunk by itself where the read beside it has none, or fails', async () => {
  const without = gzipPairs.during(() => Promise.resolve(7));
  expect(await Promise.all([read(packed[0] ?? damaged), without])).toEqual([contents[0], 7]);
  const failing = gzipPairs.during(() => Promise.reject(new Error('no such chunk')));
  const all = await Promise.allSettled([read(packed[2] ?? damaged), failing]);
  expect(all.map((one) => (one.status === 'fulfilled' ? one.value : 'failed'))).toEqual([
    contents[2],
    'failed',
  ]);
});

test('fails for the damaged one of two alone', async () => {
  for (const order of [
    [packed[0], damaged],
    [damaged, packed[0]],
  ]) {
    const all = await Promise.allSettled(order.map((bytes) => read(bytes ?? damaged)));
    const isSound = order.map((bytes) => bytes !== damaged);
    expect(all.map(({ status }) => status === 'fulfilled')).toEqual(isSound);
  }
});

test('unpacks outside of a read at once', async () => {
  expect(await gzipPairs.unpack(packed[0] ?? damaged, 1000)).toEqual(contents[0]);
});
