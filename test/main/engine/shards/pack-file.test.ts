import { mkdir, readdir, readFile, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { addToPack, PackReader, PackWriter } from '../../../../src/main/engine/shards/pack-file';
import { temporaryFolder } from '../../../temporary-folder';

async function makePack(folder: string): Promise<string> {
  const path = join(folder, 'packs', '3.0');
  const writer = await PackWriter.begin(path, join(folder, 'scratch'));
  writer.note([addToPack(writer.pack, 9n, Uint8Array.of(7, 8, 9))]);
  // Garbage from a worker that died, which is not recorded.
  addToPack(writer.pack, 9n, Uint8Array.of(0));
  writer.note([
    addToPack(writer.pack, 2n ** 63n, Uint8Array.of(5)),
    addToPack(writer.pack, 2n, Uint8Array.of(1, 2)),
  ]);
  await writer.finish();
  return path;
}

test('a pack has its chunks, then an index by key', async () => {
  const folder = await temporaryFolder();
  const bytes = await readFile(await makePack(folder));
  expect([...bytes.subarray(0, 7)]).toEqual([7, 8, 9, 0, 5, 1, 2]);
  const words = Array.from({ length: 12 }, (_, i) => bytes.readBigUInt64LE(7 + 8 * i));
  expect(words.slice(0, 9)).toEqual([2n, 5n, 2n, 9n, 0n, 3n, 2n ** 63n, 4n, 1n]);
  expect(words.slice(9, 11)).toEqual([7n, 3n]);
  expect(bytes.subarray(-8).toString('latin1')).toBe('PPSPACK1');
  expect(await readdir(join(folder, 'scratch'))).toEqual([]);
});

test('chunks are found by ranges of keys', async () => {
  const pack = PackReader.open(await makePack(await temporaryFolder()));
  if (pack === undefined) throw new Error('there is no pack');
  const keys = (first: bigint, end: bigint) => pack.chunksOf(first, end).map(({ key }) => key);
  expect(keys(0n, 2n ** 64n)).toEqual([2n, 9n, 2n ** 63n]);
  expect(keys(2n, 9n)).toEqual([2n]);
  expect(keys(3n, 10n)).toEqual([9n]);
  expect(keys(10n, 20n)).toEqual([]);
  const bytes = new Uint8Array(3);
  pack.read(bytes, 0);
  expect([...bytes]).toEqual([7, 8, 9]);
  expect(() => {
    pack.read(new Uint8Array(1000), 0);
  }).toThrow('ends too early');
  pack.close();
});

test('a pack without chunks is one', async () => {
  const folder = await temporaryFolder();
  const writer = await PackWriter.begin(join(folder, 'empty'), folder);
  await writer.finish();
  const pack = PackReader.open(join(folder, 'empty'));
  expect(pack?.chunksOf(0n, 2n ** 64n)).toEqual([]);
  pack?.close();
});

test('one that is abandoned, cut short, gone or something else is none', async () => {
  const folder = await temporaryFolder();
  const writer = await PackWriter.begin(join(folder, 'abandoned'), join(folder, 'scratch'));
  addToPack(writer.pack, 1n, Uint8Array.of(1));
  await writer.abandon();
  expect(await readdir(folder, { recursive: true })).toEqual(['scratch']);
  expect(PackReader.open(join(folder, 'abandoned'))).toBeUndefined();
  const path = await makePack(folder);
  const { length } = await readFile(path);
  for (const left of [length - 1, length - 24, 40, 7, 0]) {
    await truncate(path, left);
    expect(PackReader.open(path)).toBeUndefined();
  }
  await mkdir(join(folder, 'other'));
  await writeFile(join(folder, 'other', 'file'), new Uint8Array(100));
  expect(PackReader.open(join(folder, 'other', 'file'))).toBeUndefined();
});
