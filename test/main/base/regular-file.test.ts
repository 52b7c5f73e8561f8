import { appendFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { openRegularFile } from '../../../src/main/base/regular-file';
import { noise } from '../../shared/deflate/content';
import { temporaryFolder } from '../../temporary-folder';

const content = noise(5000, 1);

async function writtenFile(): Promise<string> {
  const path = join(await temporaryFolder(), 'file');
  await writeFile(path, content);
  return path;
}

test('knows the size and the time that a file has when it is opened', async () => {
  const path = await writtenFile();
  const file = await openRegularFile(path);
  await appendFile(path, 'more');
  expect(file.sizeBytes).toBe(5000);
  expect(Math.abs(Date.now() - file.modifiedMs)).toBeLessThan(3_600_000);
  await file.close();
});

test('reads any part, and says how many bytes there are at the end', async () => {
  const file = await openRegularFile(await writtenFile());
  for (const [offset, bytes] of [
    [0, 100],
    [37, 100],
    [4950, 50],
    [5000, 0],
  ] as const) {
    const into = new Uint8Array(100);
    expect(await file.read(offset, into)).toBe(bytes);
    expect(Buffer.compare(into.subarray(0, bytes), content.subarray(offset, offset + bytes))).toBe(0);
  }
  expect(Buffer.compare(await file.readAll(), content)).toBe(0);
  await file.close();
});

test('reads no other file that has the number of a closed one, and closes it once', async () => {
  const path = await writtenFile();
  const closed = await openRegularFile(path);
  await closed.close();
  const other = await openRegularFile(path);
  expect(() => closed.read(0, new Uint8Array(10))).toThrow(/after it was closed/);
  await closed.close();
  expect(await other.read(0, new Uint8Array(10))).toBe(10);
  await other.close();
});

test('throws what the file system says', async () => {
  const folder = await temporaryFolder();
  await expect(openRegularFile(folder)).rejects.toMatchObject({ code: 'EISDIR' });
  await expect(openRegularFile(join(folder, 'none'))).rejects.toMatchObject({ code: 'ENOENT' });
});
