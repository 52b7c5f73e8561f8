import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { constants, deflateRawSync, gzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { lookAtFile } from '../../../../src/main/sources/array/random-bytes';
import { DeflateBytes } from '../../../../src/main/sources/deflate/deflate-bytes';
import { indexDeflate } from '../../../../src/main/sources/deflate/deflate-index';
import { randomWords } from '../../../random';
import { temporaryFolder } from '../../../temporary-folder';

/** Returns runs and noise, so that all kinds of blocks and long copies occur. */
function sample(length: number): Buffer {
  const random = randomWords(length);
  const bytes = Buffer.alloc(length);
  for (let at = 0; at < length;) {
    const run = 1 + (random() % 40000);
    const kind = random() % 4;
    if (kind === 0) bytes.fill(random() & 0xff, at, at + run);
    else if (kind === 1) bytes.copyWithin(at, Math.max(0, at - 30000), Math.min(at, length - run));
    else for (let i = at; i < Math.min(length, at + run); i++) bytes[i] = random() & (kind === 2 ? 0xff : 7);
    at += run;
  }
  return bytes;
}

const raw = sample(5_000_000);
const PACKED: Readonly<Record<string, readonly [bytes: Buffer, wrapper: 'gzip' | 'none']>> = {
  'a gzip member': [gzipSync(raw), 'gzip'],
  'fast compression': [gzipSync(raw, { level: 1 }), 'gzip'],
  'stored blocks': [gzipSync(raw, { level: 0 }), 'gzip'],
  'the fixed code': [gzipSync(raw, { strategy: constants.Z_FIXED }), 'gzip'],
  'several members': [
    Buffer.concat([0, 1, 2, 3].map((i) => gzipSync(raw.subarray(i * 1_250_000, (i + 1) * 1_250_000)))),
    'gzip',
  ],
  'members of 64 KiB, an empty one last': [
    Buffer.concat([
      ...Array.from({ length: Math.ceil(raw.length / 65280) }, (_, i) =>
        gzipSync(raw.subarray(i * 65280, (i + 1) * 65280)),
      ),
      gzipSync(''),
    ]),
    'gzip',
  ],
  'no wrapper': [deflateRawSync(raw, { level: 9 }), 'none'],
};

describe.each(Object.entries(PACKED))('%s', (_, [packed, wrapper]) => {
  test('gives any range of what was packed', async () => {
    const path = join(await temporaryFolder(), 'packed');
    await writeFile(path, Buffer.concat([Buffer.from('before'), packed]));
    const file = await lookAtFile(path);
    const index = await indexDeflate(file, { start: 6, end: file.sizeBytes, wrapper });
    expect(index.rawBytes).toBe(raw.length);
    expect(JSON.stringify(index).length).toBeLessThan(500_000);
    const bytes = new DeflateBytes(file, index);
    const random = randomWords(7);
    for (let i = 0; i < 25; i++) {
      const start = random() % raw.length;
      const into = new Uint8Array(random() % Math.min(700_000, raw.length - start));
      await bytes.read(start, into);
      expect(Buffer.compare(into, raw.subarray(start, start + into.length))).toBe(0);
    }
    await bytes.close();
  });

  test('is refused when a bit is changed, or the end is missing', async () => {
    if (wrapper === 'none') return;
    const path = join(await temporaryFolder(), 'packed');
    for (const place of [0.01, 0.3, 0.7, 0.99]) {
      const damaged = Buffer.from(packed);
      const at = Math.floor(place * packed.length);
      damaged[at] = (damaged[at] ?? 0) ^ 0x10;
      await writeFile(path, damaged);
      const file = await lookAtFile(path);
      await expect(indexDeflate(file, { start: 0, end: file.sizeBytes, wrapper })).rejects.toMatchObject({
        tag: 'invalid-input',
      });
      await writeFile(path, packed.subarray(0, at));
      const short = await lookAtFile(path);
      const range = { start: 0, end: short.sizeBytes, wrapper } as const;
      await indexDeflate(short, range).then(
        // Members before the cut are complete. Only the array is too short, which is detected by its length.
        ({ rawBytes }) => expect(rawBytes).toBeLessThan(raw.length),
        (error: unknown) => expect(error).toMatchObject({ tag: 'invalid-input' }),
      );
    }
  });
});
