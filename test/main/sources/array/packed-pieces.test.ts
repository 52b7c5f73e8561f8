import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { bzip2Blocks } from '../../../../src/main/sources/array/bzip2-blocks';
import { indexPieces, PieceBytes, type Pieces } from '../../../../src/main/sources/array/piece-bytes';
import { lookAtFile, type FileRef } from '../../../../src/main/sources/array/random-bytes';
import { numbersOfText } from '../../../../src/main/sources/array/text-numbers';
import { fixture } from '../../../fixtures/voxels';
import { randomWords } from '../../../random';
import { temporaryFolder } from '../../../temporary-folder';

async function fileOf(content: Uint8Array | string): Promise<FileRef> {
  const path = join(await temporaryFolder(), 'packed');
  await writeFile(path, content);
  return lookAtFile(path);
}

async function expectRanges(file: FileRef, pieces: Pieces, raw: Uint8Array): Promise<void> {
  const index = await indexPieces(file, 0, pieces);
  expect(index.rawBytes).toBe(raw.length);
  const bytes = new PieceBytes(file, index, pieces);
  const random = randomWords(5);
  for (let i = 0; i < 12; i++) {
    const start = random() % raw.length;
    const into = new Uint8Array(random() % Math.min(300_000, raw.length - start));
    await bytes.read(start, into);
    expect(Buffer.compare(into, raw.subarray(start, start + into.length))).toBe(0);
  }
  await expect(bytes.read(raw.length - 1, new Uint8Array(2))).rejects.toMatchObject({ tag: 'invalid-input' });
  await bytes.close();
}

describe('blocks of bzip2', () => {
  const path = fixture('foreign-writers', 'blocks.bz2');
  const raw = new Uint8Array(3_120_000);
  for (let i = 0; i < 120_000; i++) raw[i] = (Math.imul(Math.imul(i, i), 0x9e3779b1) >>> 17) & 1;

  test('give any range of what Python has packed', async () => {
    await expectRanges(await lookAtFile(path), bzip2Blocks, raw);
  });

  test.each([0.3, 0.999])('are refused when the file ends after %d of it', async (part) => {
    const packed = await readFile(path);
    const file = await fileOf(packed.subarray(0, packed.length * part));
    await expect(indexPieces(file, 0, bzip2Blocks)).rejects.toMatchObject({ tag: 'invalid-input' });
  });

  test('are refused by their checksums when a bit is changed', async () => {
    const packed = await readFile(path);
    packed[2000] = (packed[2000] ?? 0) ^ 8;
    const file = await fileOf(packed);
    await expect(indexPieces(file, 0, bzip2Blocks)).rejects.toThrow('at byte');
  });
});

describe('numbers as text', () => {
  test('give any range of the numbers', async () => {
    const numbers = Float32Array.from({ length: 100_000 }, (_, i) => (i - 50_000) / 8);
    const text = [...numbers].map((value, i) => `${value}${i % 9 === 0 ? '\r\n' : ', '}`).join('');
    await expectRanges(await fileOf(text), numbersOfText('float32'), new Uint8Array(numbers.buffer));
  });

  test('of 64 bits are exact', async () => {
    const numbers = BigInt64Array.of(-9223372036854775808n, 9007199254740993n, 0n, 7n);
    const file = await fileOf('-9223372036854775808 9007199254740993 -0 +007');
    await expectRanges(file, numbersOfText('int64'), new Uint8Array(numbers.buffer));
  });

  test.each([
    ['uint8', '1 256'],
    ['uint8', '1 2.5'],
    ['uint8', '1 nan'],
    ['int64', '1 9223372036854775808'],
    ['uint64', '1 1.0'],
    ['float32', '1 two'],
  ] as const)('of the type %s are refused in "%s"', async (dataType, text) => {
    const file = await fileOf(text);
    await expect(indexPieces(file, 0, numbersOfText(dataType))).rejects.toThrow(
      `not a number of the type ${dataType}`,
    );
  });
});
