import { open, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { FileReads } from '../../../src/main/base/file-reads';
import { noise } from '../../shared/deflate/content';
import { temporaryFolder } from '../../temporary-folder';

test('gives the same bytes at once and through the thread pool, to which it turns after a read that has waited', async () => {
  const content = noise(5000, 1);
  const path = join(await temporaryFolder(), 'file');
  await writeFile(path, content);
  const handle = await open(path);
  // Of two looks at the clock, one is before a read and one behind it.
  const times = [0, 0.5, 0, 5, 0, 0.5];
  const reads = new FileReads(() => times.shift() ?? 0);
  const wereAtOnce: boolean[] = [];
  for (let i = 0; i < 20; i++) {
    const into = new Uint8Array(100);
    const read = reads.read(handle, 37 * i, into);
    wereAtOnce.push(typeof read === 'number');
    expect(await read).toBe(100);
    expect(Buffer.compare(into, content.subarray(37 * i, 37 * i + 100))).toBe(0);
  }
  expect(wereAtOnce).toEqual(Array.from({ length: 20 }, (_, i) => i < 2 || i >= 10));
  await handle.close();
});

test.each([0, 5])('says how many bytes there are at the end of a file, after %i ms', async (waited) => {
  const path = join(await temporaryFolder(), 'file');
  await writeFile(path, noise(100, 1));
  const handle = await open(path);
  let time = 0;
  const reads = new FileReads(() => (time += waited));
  for (let i = 0; i < 2; i++) {
    expect(await reads.read(handle, 90, new Uint8Array(50))).toBe(10);
    expect(await reads.read(handle, 100, new Uint8Array(50))).toBe(0);
  }
  await handle.close();
});

test('throws what the file system says', async () => {
  const handle = await open(await temporaryFolder());
  expect(() => new FileReads().read(handle, 0, new Uint8Array(10))).toThrow(/EISDIR/);
  await handle.close();
});
