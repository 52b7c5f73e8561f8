import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { crc32, deflateRawSync, gzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { takeBytesRead } from '../../../../src/main/base/bytes-read';
import { lookAtFile } from '../../../../src/main/sources/array/random-bytes';
import { DeflateBytes } from '../../../../src/main/sources/deflate/deflate-bytes';
import { growingIndex } from '../../../../src/main/sources/deflate/deflate-index';
import { beginKept } from '../../../../src/main/sources/deflate/kept-bytes';
import { GrowingIndex } from '../../../../src/main/sources/deflate/growing-index';
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
  useIndex(shareIndex(file, index), beginKept(path, 3_000_000));
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

test('slices that several blocks read whole are unpacked once', async () => {
  const { file, index, reader } = await packedFile();
  const path = join(await temporaryFolder(), 'kept');
  useIndex(shareIndex(file, index), beginKept(path, 4_000_000));
  const readers = [reader(), reader()];
  takeBytesRead();
  // Each block is narrower than a slice, so that it reads all of its three slices and copies a part of them.
  for (let slices = 0; slices < LENGTH; slices += 3_000_000) {
    for (let block = 0; block < 8; block++) {
      const own = readers[block % 2];
      if (own !== undefined) await expectRange(own, slices, slices + 3_000_000);
    }
  }
  // Without the file it would be eight times.
  expect(takeBytesRead()).toBeLessThan(2 * file.sizeBytes);
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

test('the last bytes may be read where they are kept, by a reader that is far behind', async () => {
  const { file, index, reader } = await packedFile();
  const path = join(await temporaryFolder(), 'kept');
  useIndex(shareIndex(file, index), beginKept(path, 3_000_000));
  const [first, second] = [reader(), reader()];
  await expectRange(first, 0, 1000);
  await expectRange(second, 0, 1000);
  await expectRange(first, LENGTH - 1_000_000, LENGTH - 1000);
  await expectRange(second, LENGTH - 500_000, LENGTH);
  await Promise.all([first.close(), second.close()]);
});

test('another job reads nothing from the file of a job that was cancelled', async () => {
  const { file, index, reader } = await packedFile();
  const folder = await temporaryFolder();
  const shared = shareIndex(file, index);
  useIndex(shared, beginKept(join(folder, 'first'), 3_000_000));
  const cancelled = reader();
  await expectRange(cancelled, 2_000_000, 2_100_000);
  await cancelled.close();
  useIndex(shareIndex(file, index), beginKept(join(folder, 'second'), 3_000_000));
  const next = reader();
  await expectRange(next, 3_000_000, 4_000_000);
  await expectRange(next, 1_500_000, 2_000_000);
  await next.close();
});

test('a place stays as it was given while another thread notes later ones', () => {
  const index = GrowingIndex.begin(LENGTH);
  const other = new GrowingIndex(index.memory, LENGTH);
  const note = (to: GrowingIndex, rawOffset: number) => {
    const window = new Uint8Array(8).fill(rawOffset / 100_000);
    to.pass(rawOffset, () => ({
      bit: 8 * rawOffset,
      rawOffset,
      checksum: 1,
      memberBytes: rawOffset,
      window,
    }));
  };
  note(index, 100_000);
  const place = index.before(150_000);
  for (let i = 2; i < 40; i++) note(other, i * 100_000);
  expect(place).toMatchObject({ rawOffset: 100_000, window: new Uint8Array(8).fill(1) });
  expect(index.before(3_850_000)).toMatchObject({ rawOffset: 3_800_000, window: new Uint8Array(8).fill(38) });
  expect(index.before(1_150_000)).toMatchObject({ rawOffset: 1_100_000 });
});
