import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { crc32, deflateRawSync, gzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { takeBytesRead } from '../../../../src/main/base/bytes-read';
import { lookAtFile } from '../../../../src/main/sources/array/random-bytes';
import { DeflateBytes } from '../../../../src/main/sources/deflate/deflate-bytes';
import { growingIndex } from '../../../../src/main/sources/deflate/deflate-index';
import { isComplete, shareIndex, useIndex } from '../../../../src/main/sources/deflate/shared-indexes';
import { randomWords } from '../../../random';
import { temporaryFolder } from '../../../temporary-folder';

const LENGTH = 12_000_000;
const random = randomWords(5);
/** Four bits a byte, so that the data packs to about half. */
const raw = Buffer.from(Uint8Array.from({ length: LENGTH }, () => random() & 15));
const packed = gzipSync(raw, { level: 1 });

async function packedFile(bytes: Buffer = packed) {
  const path = join(await temporaryFolder(), 'packed.gz');
  await writeFile(path, bytes);
  const file = await lookAtFile(path);
  const index = growingIndex({ start: 0, end: file.sizeBytes, wrapper: 'gzip' }, LENGTH);
  return { file, index, reader: () => new DeflateBytes(file, index) };
}

async function expectRange(bytes: DeflateBytes, start: number, end: number): Promise<void> {
  const into = new Uint8Array(end - start);
  await bytes.read(start, into);
  expect(Buffer.compare(into, raw.subarray(start, end))).toBe(0);
}

test('gives any range, in whatever order', async () => {
  const { reader } = await packedFile();
  const bytes = reader();
  const place = randomWords(9);
  for (let i = 0; i < 40; i++) {
    const start = place() % LENGTH;
    await expectRange(bytes, start, Math.min(LENGTH, start + (place() % 500_000)));
  }
  await bytes.close();
});

test('readers that read in turns unpack the data about once together', async () => {
  const { file, index, reader } = await packedFile();
  const readers = [reader(), reader(), reader()];
  takeBytesRead();
  for (let i = 0; i * 400_000 < LENGTH; i++) {
    const own = readers[i % 3];
    if (own !== undefined) await expectRange(own, i * 400_000, (i + 1) * 400_000);
  }
  // Each reader reads half a MiB of packed data ahead.
  expect(takeBytesRead()).toBeLessThan(file.sizeBytes + (LENGTH / 400_000) * 2 ** 19);
  expect(isComplete(shareIndex(file, index))).toBe(true);
  for (const bytes of readers) await bytes.close();
});

test('bytes that were passed over are kept for the reads that follow', async () => {
  const { file, index, reader } = await packedFile();
  const path = join(await temporaryFolder(), 'state', 'kept');
  useIndex(shareIndex(file, index), { path, mostBytes: 3_000_000 });
  const readers = [reader(), reader()];
  takeBytesRead();
  // Slices of 1,000,000 bytes are read in parts: of three slices the first part, then the second, and so on.
  for (let slices = 0; slices < LENGTH; slices += 3_000_000) {
    for (let part = 0; part < 10; part++) {
      for (let start = slices + part * 100_000; start < slices + 3_000_000; start += 1_000_000) {
        const own = readers[part % 2];
        if (own !== undefined) await expectRange(own, start, start + 100_000);
      }
    }
  }
  // Without the file it would be ten times.
  expect(takeBytesRead()).toBeLessThan(3 * file.sizeBytes);
  expect((await lookAtFile(path)).sizeBytes).toBeLessThanOrEqual(3_000_000);
  for (const bytes of readers) await bytes.close();
});

test('data that is damaged is refused when it is read, also by its checksum alone', async () => {
  const damaged = Buffer.from(packed);
  const checksum = damaged.length - 8;
  damaged[checksum] = (damaged[checksum] ?? 0) ^ 1;
  const { file, index, reader } = await packedFile(damaged);
  const [first, second] = [reader(), reader()];
  await expectRange(first, 0, LENGTH / 2);
  await expect(second.read(LENGTH / 2, new Uint8Array(LENGTH / 2))).rejects.toThrow('checksum is wrong');
  await Promise.all([first.close(), second.close()]);
  expect(isComplete(shareIndex(file, index))).toBe(false);
});

test.each([
  ['right', 0],
  ['wrong', 1],
])('data of a zip archive is compared with its checksum there, which is %s', async (_, change) => {
  const path = join(await temporaryFolder(), 'packed');
  await writeFile(path, deflateRawSync(raw, { level: 1 }));
  const file = await lookAtFile(path);
  const range = { start: 0, end: file.sizeBytes, wrapper: 'none' } as const;
  const index = growingIndex(range, LENGTH, (crc32(raw) ^ change) >>> 0);
  const [first, second] = [new DeflateBytes(file, index), new DeflateBytes(file, index)];
  await expectRange(first, 0, LENGTH / 2);
  const rest = second.read(LENGTH / 2, new Uint8Array(LENGTH / 2));
  if (change === 0) await rest;
  else await expect(rest).rejects.toThrow('checksum of its content is wrong');
  await Promise.all([first.close(), second.close()]);
});

test('data that is longer or shorter than expected is refused at its end', async () => {
  for (const length of [LENGTH - 1000, LENGTH + 1000]) {
    const { reader } = await packedFile(
      gzipSync(Buffer.concat([raw, raw]).subarray(0, length), { level: 1 }),
    );
    const bytes = reader();
    const into = new Uint8Array(LENGTH);
    await expect(bytes.read(0, into)).rejects.toThrow(`doesn't unpack to ${LENGTH} bytes`);
    await bytes.close();
  }
});
