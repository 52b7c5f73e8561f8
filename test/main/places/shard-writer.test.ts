import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { openFolder } from '../../../src/main/places/local-folder';
import { ShardWriter } from '../../../src/main/places/shard-writer';
import { temporaryFolder } from '../../temporary-folder';

const SHARDING = {
  '@type': 'neuroglancer_uint64_sharded_v1',
  preshift_bits: 0,
  hash: 'identity',
  minishard_bits: 0,
  shard_bits: 0,
  minishard_index_encoding: 'raw',
  data_encoding: 'raw',
} as const;

test('small and large values follow one another in a shard, whichever of them are gathered', async () => {
  const folder = await temporaryFolder();
  const values = [3, 200_000, 70_000, 262_144, 0, 5, 600_000, 1, 262_143, 262_145, 9].map((length, i) =>
    new Uint8Array(length).fill(i + 1),
  );
  const writer = new ShardWriter(openFolder(folder), 'a.shard', SHARDING);
  values.forEach((value, i) => {
    writer.builder.add(BigInt(i), value);
  });
  const file = writer.finish();
  const bytes = await readFile(join(folder, 'a.shard'));
  expect(file?.lengthBytes).toBe(bytes.length);
  const valueBytes = values.reduce((sum, { length }) => sum + length, 0);
  expect(bytes.subarray(16, 16 + valueBytes).equals(Buffer.concat(values))).toBe(true);
  // The shard's index names the minishard's, which is at the end and has three numbers for each value.
  expect(bytes.readBigUInt64LE(0)).toBe(BigInt(valueBytes));
  expect(bytes.readBigUInt64LE(8)).toBe(BigInt(bytes.length - 16));
  expect(bytes.length).toBe(16 + valueBytes + 24 * values.length);
});
