import { statSync } from 'node:fs';
import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { sizeOfFolder } from '../../../../src/main/base/disk-space';
import { requireRoom, unpackedBytes } from '../../../../src/main/engine/forecast/room';
import { planConversion } from '../../../../src/main/engine/job/conversion-plan';
import { parseConvertSpec } from '../../../../src/shared/api/job-spec';
import { product3, type Vec3 } from '../../../../src/shared/base/vec3';
import { convertVolume } from '../../../convert-volume';
import { temporaryFolder } from '../../../temporary-folder';

test.each([
  [{}, 'no-room'],
  [{ skipEmpty: true }, 'too-large'],
])('a volume of 10^18 voxels is refused before anything is written (%j)', async (flags, code) => {
  const folder = await temporaryFolder();
  const side = 1_000_000;
  const array = {
    zarr_format: 2,
    shape: [side, side, side],
    chunks: [64, 64, 64],
    dtype: '<u8',
    compressor: null,
    fill_value: 0,
    order: 'C',
    filters: null,
  };
  await mkdir(join(folder, 'large.zarr'));
  await writeFile(join(folder, 'large.zarr', '.zarray'), JSON.stringify(array));
  await writeFile(join(folder, 'large.zarr', '0.0.0'), new Uint8Array(64 ** 3 * 8));
  const job = convertVolume(join(folder, 'large.zarr'), join(folder, 'output'), flags);
  await expect(job).rejects.toMatchObject({
    tag: 'invalid-input',
    message: expect.not.stringMatching(/e\+|NaN|Infinity/) as string,
    fields: { code },
  });
  expect(await readdir(folder)).toEqual(['large.zarr']);
});

test('the size of a folder is that of its files, however deep', async () => {
  const folder = await temporaryFolder();
  await mkdir(join(folder, 'a', 'b'), { recursive: true });
  await writeFile(join(folder, 'one'), '12345');
  await writeFile(join(folder, 'a', 'b', 'two'), new Uint8Array(10_000));
  const { files, bytes, diskBytes } = await sizeOfFolder(folder);
  expect({ files, bytes }).toEqual({ files: 2, bytes: 10_005 });
  expect(diskBytes).toBeGreaterThanOrEqual(10_000);
});

/** Writes a gzipped NRRD of bytes that says that it has `size`, whatever it has. */
async function writeNrrd(path: string, size: Vec3, packed: Uint8Array): Promise<void> {
  const header = `NRRD0004\ntype: uint8\ndimension: 3\nsizes: ${size.join(' ')}\nencoding: gzip\n\n`;
  await writeFile(path, Buffer.concat([Buffer.from(header), packed]));
}

test.each([
  ['220MiB', 64 * 1024 * 1024 + 2 ** 22],
  ['2GiB', 0],
])('the file for what is unpacked has the size that the plan tells (%s)', async (memory, bytes) => {
  const folder = await temporaryFolder();
  const [input, output] = [join(folder, 'grey.nrrd'), join(folder, 'output')];
  const size = [1024, 1024, 160] as const;
  await writeNrrd(input, size, gzipSync(new Uint8Array(product3(size)).fill(7), { level: 1 }));
  const kept = join(output, '.precomputed-studio', 'job', 'unpacked', 'last');
  let keptBytes = 0;
  const { plan } = await convertVolume(
    input,
    output,
    { type: 'image', memory },
    {
      emit: ({ event }) => {
        if (event === 'task-done')
          keptBytes = Math.max(keptBytes, statSync(kept, { throwIfNoEntry: false })?.size ?? 0);
      },
    },
  );
  expect(unpackedBytes(plan)).toBe(bytes);
  expect(keptBytes).toBe(bytes);
});

const TOO_LARGE = { type: 'image', chunkSize: '512,512,64', memory: '4GiB' };

/** Writes a gzipped NRRD that says that it has about 41 TB, of which much is kept while it is converted. */
async function writeLargeNrrd(path: string): Promise<void> {
  const packed = gzipSync(new Uint8Array(1000));
  packed.writeUInt32LE((400_000 * 400_000 * 256) % 2 ** 32, packed.length - 4);
  await writeNrrd(path, [400_000, 400_000, 256], packed);
}

test.each([{}, { skipEmpty: true }])(
  'a job is refused whose disk has no room for what is unpacked (%j)',
  async (flags) => {
    const folder = await temporaryFolder();
    const [input, output] = [join(folder, 'grey.nrrd'), join(folder, 'output')];
    await writeLargeNrrd(input);
    await expect(convertVolume(input, output, { ...TOO_LARGE, ...flags })).rejects.toMatchObject({
      tag: 'invalid-input',
      message: expect.stringMatching(
        /of the unpacked input in the output folder; there is room for/,
      ) as string,
      fields: { code: 'no-room', options: ['output', 'memory'] },
    });
    expect(await readdir(folder)).toEqual(['grey.nrrd']);
  },
);

test('for a dataset in a bucket, the work folder is named that has no room for what is unpacked', async () => {
  const folder = await temporaryFolder();
  const [input, output] = [join(folder, 'grey.nrrd'), join(folder, 'work')];
  await writeLargeNrrd(input);
  const spec = parseConvertSpec({ kind: 'convert', input, output, resolution: '8,8,8', ...TOO_LARGE });
  const isHere = false;
  await expect(requireRoom(await planConversion(spec), isHere)).rejects.toMatchObject({
    message: expect.stringMatching(/of the unpacked input in its work folder; there is room for/) as string,
    fields: { code: 'no-room', options: ['memory'] },
  });
});
