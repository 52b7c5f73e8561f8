import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { crc32, gzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { giveBack, takeBuffer } from '../../../../src/main/sources/read-buffers';
import { openSource } from '../../../../src/main/sources/registry';
import { boxOfShape } from '../../../../src/shared/base/box';
import { allocateKernelMemory } from '../../../../src/shared/base/kernel-memory';
import { noise } from '../../../shared/deflate/content';
import { temporaryFolder } from '../../../temporary-folder';

/** A chunk is as large as the memory that is used again. */
const CHUNK = [128, 128, 64] as const;
const CHUNK_BYTES = 2 ** 20;
const CHUNKS = [0, 1, 2, 3];
const SIZE = [128, 128, 64 * CHUNKS.length] as const;
/** Noise in its lower half alone, so that packed chunks fit in the memory that is used again. */
const VOXELS = Buffer.concat(
  CHUNKS.map((chunk) =>
    Buffer.concat([noise(CHUNK_BYTES / 2, chunk + 1), Buffer.alloc(CHUNK_BYTES / 2, chunk)]),
  ),
);

function withChecksum(chunk: Buffer): Buffer {
  const bytes = Buffer.concat([Buffer.alloc(4), chunk]);
  bytes.writeUInt32LE(crc32(chunk));
  return bytes;
}

const ZARR = {
  zarr_format: 2,
  shape: [...SIZE].reverse(),
  chunks: [...CHUNK].reverse(),
  dtype: '|u1',
  order: 'C',
};
const N5 = { dimensions: SIZE, blockSize: CHUNK, dataType: 'uint8' };

const N5_HEADER = Buffer.from([0, 0, 0, 3, ...CHUNK.flatMap((edge) => [0, 0, 0, edge])]);

const zarr = (compressor: object | null, filters: object[] | null, pack: (chunk: Buffer) => Uint8Array) => ({
  metadata: ['.zarray', { ...ZARR, fill_value: 0, compressor, filters }] as const,
  name: (chunk: number) => `${chunk}.0.0`,
  pack,
});
const n5 = (type: string, pack: (chunk: Buffer) => Uint8Array) => ({
  metadata: ['attributes.json', { ...N5, compression: { type } }] as const,
  name: (chunk: number) => `0/0/${chunk}`,
  pack: (chunk: Buffer) => Buffer.concat([N5_HEADER, pack(chunk)]),
});

test.each([
  ['a.zarr', 'as they are', zarr(null, null, (chunk) => chunk)],
  ['a.zarr', 'with gzip', zarr({ id: 'gzip', level: 5 }, null, (chunk) => gzipSync(chunk))],
  ['a.zarr', 'with a checksum', zarr(null, [{ id: 'crc32' }], withChecksum)],
  ['a.n5', 'as they are', n5('raw', (chunk) => chunk)],
  ['a.n5', 'with gzip', n5('gzip', (chunk) => gzipSync(chunk))],
])('chunks of %s %s keep their voxels while others are read', async (name, _, { metadata, ...chunks }) => {
  const root = join(await temporaryFolder(), name);
  for (const chunk of CHUNKS) {
    const path = join(root, chunks.name(chunk));
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, chunks.pack(VOXELS.subarray(chunk * CHUNK_BYTES, (chunk + 1) * CHUNK_BYTES)));
  }
  await writeFile(join(root, metadata[0]), JSON.stringify(metadata[1]));
  const box = boxOfShape(SIZE);
  for (const buffer of [allocateKernelMemory(VOXELS.length, 1).buffer, new ArrayBuffer(VOXELS.length)]) {
    const data = new Uint8Array(buffer, 0, VOXELS.length);
    const others = new Uint8Array(VOXELS.length);
    await Promise.all(
      [data, others].map(async (into) => {
        const source = await openSource(root);
        await source.read(box, { box, channels: 1, data: into }).finally(() => source.close());
      }),
    );
    expect(VOXELS.equals(data)).toBe(true);
    expect(VOXELS.equals(others)).toBe(true);
  }
});

test('memory is used again once it is given back', () => {
  const kept = takeBuffer(100);
  const given = takeBuffer(100);
  expect(given.buffer).not.toBe(kept.buffer);
  giveBack(given);
  expect(takeBuffer(7).buffer).toBe(given.buffer);
});
