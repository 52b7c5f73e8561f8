import { cp, mkdir, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { brotliCompressSync, gzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { openSource } from '../../../../src/main/sources/registry';
import { PrecomputedSource } from '../../../../src/main/sources/precomputed-source';
import { boxOfShape } from '../../../../src/shared/base/box';
import { parseVolumeInfo } from '../../../../src/shared/precomputed/volume-info';
import { fixture } from '../../../fixtures/voxels';
import { runCli } from '../../../run-cli';
import { temporaryFolder } from '../../../temporary-folder';

const INFO = {
  type: 'segmentation',
  data_type: 'uint32',
  num_channels: 1,
  scales: [
    {
      key: '4nm',
      size: [6, 4, 2],
      resolution: [4, 4, 4],
      voxel_offset: [0, 0, 0],
      chunk_sizes: [[3, 4, 2]],
      encoding: 'raw',
    },
  ],
};
const SIZE = [6, 4, 2] as const;
const CHUNK = Uint32Array.from({ length: 24 }, (_, i) => 1 + i);

/** Makes a dataset with these chunks, by their names in the scale. */
async function dataset(chunks: Readonly<Record<string, Uint8Array>>): Promise<string> {
  const root = await temporaryFolder();
  await writeFile(join(root, 'info'), JSON.stringify(INFO));
  for (const [name, bytes] of Object.entries(chunks)) {
    await mkdir(dirname(join(root, '4nm', name)), { recursive: true });
    await writeFile(join(root, '4nm', name), bytes);
  }
  return root;
}

async function read(root: string): Promise<number[]> {
  const source = await openSource(root);
  const data = new Uint32Array(48);
  const box = boxOfShape(SIZE);
  await source.read(box, { box, channels: 1, data }).finally(() => source.close());
  return [...data];
}

const BYTES = new Uint8Array(CHUNK.buffer);
/** Compressed by the original zstd, level 3, as Node 20 has none. */
/** Made by Python: lzma.compress and bz2.compress of the voxels of {@link CHUNK}. */
const XZ = Buffer.from(
  '/Td6WFoAAATm1rRGAgAhARYAAAB0L+Wj4ABfACxdAACAPHo8vgLj14EVenATH9H/IpObPj5DuY/FfiPgjyYIgukGy8yMUU0DyT/eAN7kASKwXt+sAAFIYH4RlFUftvN9AQAAAAAEWVo=',
  'base64',
);
const BZIP2 = Buffer.from(
  'QlpoOTFBWSZTWaK8wtwAACRgAH///8AgACGoABoANCgAGgZMg1LY1z4RlOhVtfGdb53xmAEAfF3JFOFCQorzC3A=',
  'base64',
);
const ZSTD = Buffer.from('KLUv/SBgTQEAAkYJCRCwngMw8iSOFH/uvDnz5cqTIz9uvDjx4cKDA393b2dfV09HAQA=', 'base64');

test.each([
  ['0-3_0-4_0-2', BYTES],
  ['0-3_0-4_0-2.gz', gzipSync(BYTES)],
  ['0-3_0-4_0-2.br', brotliCompressSync(BYTES)],
  ['0-3/0-4/0-2', BYTES],
  ['0-3/0-4/0-2.gz', gzipSync(BYTES)],
])('a chunk named %s is read, one beside it that is missing counts as zeros', async (name, bytes) => {
  const voxels = await read(await dataset({ [name]: bytes }));
  expect(voxels.slice(0, 6)).toEqual([1, 2, 3, 0, 0, 0]);
  expect(voxels.at(-4)).toBe(24);
});

test.each(['0-3_0-4_0-2.lz4', '0-3_0-4_0-2.gz.part', '0-3.0-4.0-2'])(
  'a file named %s is refused, as it would count as zeros',
  async (name) => {
    await expect(read(await dataset({ [name]: BYTES, '3-6_0-4_0-2': BYTES }))).rejects.toMatchObject({
      tag: 'invalid-input',
      message: expect.stringContaining(name),
    });
  },
);

test('a scale without any chunk is refused, whatever else there is', async () => {
  await expect(read(await dataset({}))).rejects.toThrow('all of its chunks are missing');
  await expect(read(await dataset({ 'README.txt': BYTES, '.DS_Store': BYTES }))).rejects.toThrow(
    'there are other files: README.txt',
  );
  expect(await read(await dataset({ 'README.txt': BYTES, '0-3_0-4_0-2': BYTES }))).toContain(24);
});

test('a chunk under two names is refused, with its name', async () => {
  const root = await dataset({
    '0-3_0-4_0-2': BYTES,
    '0-3_0-4_0-2.gz': gzipSync(BYTES),
    '3-6_0-4_0-2.gz': BYTES,
  });
  await expect(read(root)).rejects.toMatchObject({
    tag: 'invalid-input',
    message: expect.stringContaining('one chunk is there under two names, such as 0-3_0-4_0-2 with'),
  });
  const verified = await runCli(['verify', root]);
  expect([verified.code, verified.stdout]).toEqual([1, expect.stringContaining('such as 0-3_0-4_0-2 with')]);
});

test('a sharded scale without its shards is refused', async () => {
  const root = join(await temporaryFolder(), 'sharded');
  await cp(fixture('precomputed', 'sharded-one'), root, { recursive: true });
  await rm(join(root, 's0', '0.shard'));
  await expect(read(root)).rejects.toThrow('all of its chunks are missing');
  expect(await readdir(root)).toContain('info');
});

test('a chunk that would unpack to more than it can have is refused before it takes the memory', async () => {
  const many = gzipSync(new Uint8Array(2 ** 20));
  for (const name of ['0-3_0-4_0-2.gz', '0-3_0-4_0-2']) {
    await expect(read(await dataset({ [name]: many }))).rejects.toMatchObject({
      tag: 'invalid-input',
      message: expect.stringContaining('0-3_0-4_0-2'),
    });
  }
});

test('an info that unpacks to more than any has is refused', async () => {
  const root = await dataset({ '0-3_0-4_0-2': BYTES });
  await writeFile(join(root, 'info'), gzipSync(Buffer.alloc(2 ** 25, ' ')));
  await expect(read(root)).rejects.toMatchObject({ tag: 'invalid-input' });
});

test.each([
  ['.zstd', ZSTD],
  ['.xz', XZ],
  ['.bz2', BZIP2],
])('chunks packed as %s are read, and refused if they are damaged', async (suffix, packed) => {
  const name = `0-3_0-4_0-2${suffix}`;
  expect((await read(await dataset({ [name]: packed }))).slice(0, 6)).toEqual([1, 2, 3, 0, 0, 0]);
  const damaged = packed.map((byte, i) => (i === packed.length >> 1 ? byte ^ 0xff : byte));
  await expect(read(await dataset({ [name]: damaged.subarray(0, -4) }))).rejects.toMatchObject({
    tag: 'invalid-input',
    message: expect.stringContaining(name),
  });
});

test('without one of its chunks, a volume in folders still has them where they are', async () => {
  const root = await dataset({ '0-3/0-4/0-2': BYTES });
  await mkdir(join(root, '4nm', '3-6', '0-4'), { recursive: true });
  await rename(join(root, '4nm', '0-3/0-4/0-2'), join(root, '4nm', '3-6/0-4/0-2'));
  const info = parseVolumeInfo(INFO, root);
  const source = new PrecomputedSource({
    format: 'precomputed',
    root,
    info,
    scale: 0,
    missingChunks: 'refuse',
  });
  const data = new Uint32Array(48);
  const box = boxOfShape(SIZE);
  await expect(source.read(box, { box, channels: 1, data })).rejects.toMatchObject({
    fields: { code: 'missing-chunk' },
  });
});
