import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { deflateSync, gzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { openSource } from '../../../../src/main/sources/registry';
import { temporaryFolder } from '../../../temporary-folder';

/** Far more than the 64 voxels of a chunk. */
const ZEROS = new Uint8Array(2 ** 20);

async function zarr2(compressor: object, chunk: Uint8Array): Promise<string> {
  const root = join(await temporaryFolder(), 'a.zarr');
  await mkdir(root);
  const metadata = {
    zarr_format: 2,
    shape: [4, 4, 4],
    chunks: [4, 4, 4],
    dtype: '|u1',
    order: 'C',
    fill_value: 0,
    filters: null,
    compressor,
  };
  await writeFile(join(root, '.zarray'), JSON.stringify(metadata));
  await writeFile(join(root, '0.0.0'), chunk);
  return root;
}

async function readAll(path: string): Promise<void> {
  const source = await openSource(path);
  const box = { min: [0, 0, 0], max: [4, 4, 4] } as const;
  await source.read(box, { box, channels: 1, data: new Uint8Array(64) }).finally(() => source.close());
}

const REFUSED = { tag: 'invalid-input', message: expect.stringContaining('damaged') };

test('chunks of Zarr that unpack to more than they can have are refused', async () => {
  await expect(readAll(await zarr2({ id: 'gzip', level: 5 }, gzipSync(ZEROS)))).rejects.toMatchObject(
    REFUSED,
  );
  await expect(readAll(await zarr2({ id: 'zlib', level: 5 }, deflateSync(ZEROS)))).rejects.toMatchObject(
    REFUSED,
  );
  await expect(readAll(await zarr2({ id: 'lz4' }, Uint8Array.of(0, 0, 0, 0x40, 0)))).rejects.toMatchObject({
    message: expect.stringContaining('would unpack to 1073741824 bytes'),
  });
});

test('Blosc and Zstandard that say so are refused before the memory is taken', async () => {
  const blosc = Buffer.alloc(32);
  blosc.writeUInt32LE(2 ** 30, 4);
  blosc.writeUInt32LE(32, 12);
  await expect(readAll(await zarr2({ id: 'blosc' }, blosc))).rejects.toMatchObject({
    message: expect.stringContaining('would unpack to 1073741824 bytes'),
  });
  // A frame of one segment, whose size has four bytes.
  const zstd = Buffer.from('28b52ffda000000040000000000000000000', 'hex');
  await expect(readAll(await zarr2({ id: 'zstd' }, zstd))).rejects.toMatchObject({
    message: expect.stringContaining('would unpack to 1073741824 bytes'),
  });
});
