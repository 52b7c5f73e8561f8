import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { readRemapFile } from '../../../../src/main/sources/views/remap-file';
import { readPlainRow } from '../../../../src/main/sources/views/plain-row';

const folder = mkdtempSync(join(tmpdir(), 'precomputed-studio-'));
afterAll(() => rmSync(folder, { recursive: true }));

async function becomes(text: string, id: bigint): Promise<bigint | undefined> {
  const path = join(folder, 'table.csv');
  writeFileSync(path, text);
  const { map } = await readRemapFile(path);
  const index = map.find(Number(BigInt.asUintN(32, id)), Number(BigInt.asUintN(32, id >> 32n)));
  return index < 0 ? undefined : (BigInt(map.toHigh(index)) << 32n) | BigInt(map.toLow(index));
}

describe('tables of ids', () => {
  test('with and without names of columns, in any notation of lines', async () => {
    expect(await becomes('1,2\n3,4', 3n)).toBe(4n);
    expect(await becomes('\uFEFFFrom;To\r\n1;2\r\n3;4\r\n', 3n)).toBe(4n);
    expect(await becomes('name\tto\tfrom\na\t4\t3\n', 3n)).toBe(4n);
    expect(await becomes('"from","to"\n"3","4"\n', 3n)).toBe(4n);
    expect(await becomes('# a table\n\nfrom,to,name\n3, 4 ,axon\n', 3n)).toBe(4n);
    expect(await becomes('from,to\n-1,0\n', -1n)).toBe(0n);
  });

  test('exact at 64 bits', async () => {
    const [large, next] = [2n ** 64n - 1n, 2n ** 53n + 1n];
    expect(await becomes(`from,to\n${large},${next}\n`, large)).toBe(next);
    expect(await becomes(`from,to\n${next},${large}\n`, next)).toBe(large);
    expect(await becomes(`from,to\n${next},${large}\n`, next - 1n)).toBeUndefined();
  });

  test('of many rows', async () => {
    const rows = Array.from({ length: 5000 }, (_, i) => `${BigInt(i) * 0x9e3779b97f4a7n},${i}`);
    for (const i of [0, 1, 2047, 4999]) {
      expect(await becomes(rows.join('\n'), BigInt(i) * 0x9e3779b97f4a7n)).toBe(BigInt(i));
    }
  });

  test('rows that are no plain ones are left to the slow way', () => {
    const row = new Uint32Array(4);
    const read = (text: string) => {
      const bytes = new TextEncoder().encode(`9${text}\n`);
      return readPlainRow(bytes, 1, bytes.length - 1, row);
    };
    expect(read('12,34\r')).toBe(true);
    expect([...row]).toEqual([12, 0, 34, 0]);
    for (const text of [
      '',
      '1',
      '1,',
      ',1',
      '1,2,3',
      '-1,2',
      ' 1,2',
      '18446744073709551616,1',
      '1,2x',
      '\r',
    ]) {
      expect(read(text)).toBe(false);
    }
  });
});
