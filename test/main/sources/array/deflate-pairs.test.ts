import { deflateSync, gzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { deflatePairs, GZIP, ZLIB } from '../../../../src/main/sources/array/deflate-pairs';
import { noise } from '../../../shared/deflate/content';

const MOST_BYTES = 4000;
/** What a zlib stream unpacks to has to fill the most bytes. */
const CONTENTS = {
  gzip: [1, 2, 3].map((seed) => noise(1000 * seed, seed)),
  zlib: [1, 2, 3].map((seed) => noise(MOST_BYTES, seed)),
};
const GZIPPED = CONTENTS.gzip.map((content) => gzipSync(content));
const DEFLATED = CONTENTS.zlib.map((content) => deflateSync(content));

describe.each([
  { name: 'gzip', packing: GZIP, packed: GZIPPED, contents: CONTENTS.gzip },
  { name: 'zlib', packing: ZLIB, packed: DEFLATED, contents: CONTENTS.zlib },
])('$name', ({ packing, packed, contents }) => {
  // The last bytes of both are a checksum, in gzip a length too.
  const damaged = Buffer.from(packed[1] ?? []);
  const at = damaged.length - (packing === GZIP ? 6 : 2);
  damaged[at] = (damaged[at] ?? 0) ^ 1;
  const read = (bytes: Uint8Array): Promise<Uint8Array> =>
    deflatePairs.during(() => deflatePairs.unpack(packing, bytes, MOST_BYTES));

  test('gives each of the chunks that are read at once its own content', async () => {
    expect(await Promise.all(packed.map(read))).toEqual(contents);
  });

  test('unpacks a chunk by itself where the read beside it has none, or fails', async () => {
    const without = deflatePairs.during(() => Promise.resolve(7));
    expect(await Promise.all([read(packed[0] ?? damaged), without])).toEqual([contents[0], 7]);
    const failing = deflatePairs.during(() => Promise.reject(new Error('no such chunk')));
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
    expect(await deflatePairs.unpack(packing, packed[0] ?? damaged, MOST_BYTES)).toEqual(contents[0]);
  });
});

test('a chunk that waits is unpacked by its own packing, whatever the next one has', async () => {
  const [gzipped, deflated] = [GZIPPED[0] ?? Buffer.alloc(0), DEFLATED[0] ?? Buffer.alloc(0)];
  const reads = [
    deflatePairs.during(() => deflatePairs.unpack(GZIP, gzipped, MOST_BYTES)),
    deflatePairs.during(() => deflatePairs.unpack(ZLIB, deflated, MOST_BYTES)),
  ];
  expect(await Promise.all(reads)).toEqual([CONTENTS.gzip[0], CONTENTS.zlib[0]]);
});
