import { mkdir, mkdtemp, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { exportVolume, type ExportSummary } from '../../../src/main/engine/export/export-volume';
import type { ExportRequest } from '../../../src/main/engine/export/export-request';
import { openSource } from '../../../src/main/sources/registry';
import type { OpenOptions } from '../../../src/main/sources/source-opener';
import { boxOfShape, boxVolume } from '../../../src/shared/base/box';
import { allocateVoxels, dataTypeOf, type VoxelArray } from '../../../src/shared/base/data-type';
import { runCli } from '../../run-cli';
import { convertVolume, WORKER_FILE } from '../../convert-volume';
import { sharedTemporaryFolder, temporaryFolder } from '../../temporary-folder';

const SIZE = [70, 50, 40] as const;
const PLACE = { resolutionNm: [8, 4, 40], voxelOffset: [3, 5, 7] };

/** Returns ids in columns along z, with background. `shift` makes them larger. */
function labels(shift: bigint): BigUint64Array {
  return BigUint64Array.from({ length: SIZE[0] * SIZE[1] * SIZE[2] }, (_, i) => {
    const [x, y] = [i % SIZE[0], Math.floor(i / SIZE[0]) % SIZE[1]];
    const id = Math.floor(x / 3) * Math.floor(y / 4);
    return id === 0 ? 0n : BigInt(id) + shift;
  });
}

const shared = sharedTemporaryFolder();

async function dataset(voxels: VoxelArray, type: string, channels = 1): Promise<string> {
  const root = await mkdtemp(join(shared, 'set-'));
  await writeFile(join(root, 'v.raw'), new Uint8Array(voxels.buffer));
  const description = { file: 'v.raw', size: SIZE, channels, dataType: dataTypeOf(voxels) };
  await writeFile(join(root, 'v.json'), JSON.stringify(description));
  const flags = { resolution: '8,4,40', voxelOffset: '3,5,7', type, chunkSize: '32' };
  await convertVolume(join(root, 'v.json'), join(root, 'dataset'), flags);
  return join(root, 'dataset');
}

async function exported(
  input: string,
  name: string,
  more: Partial<ExportRequest> = {},
): Promise<ExportSummary & { readonly notes: readonly string[] }> {
  const notes: string[] = [];
  const summary = await exportVolume({
    dataset: input,
    output: join(await temporaryFolder(), name),
    scale: '0',
    ids: 'keep',
    workers: 1,
    workerFile: WORKER_FILE,
    signal: new AbortController().signal,
    onNote: (note) => notes.push(note),
    ...more,
  });
  return { ...summary, notes };
}

async function read(path: string, options: OpenOptions = {}) {
  const source = await openSource(path, options);
  const { size, channels, dataType } = source.metadata;
  const box = boxOfShape(size);
  const data = allocateVoxels(dataType, boxVolume(box) * channels);
  await source.read(box, { box, channels, data }).finally(() => source.close());
  return { ...source.metadata, data };
}

const small = labels(0n);
const large = labels(2n ** 40n);
const grey = Uint8Array.from({ length: 3 * small.length }, (_, i) => (i * 7) % 251);
let [smallSet, largeSet, greySet] = ['', '', ''];
beforeAll(async () => {
  smallSet = await dataset(small, 'segmentation');
  largeSet = await dataset(large, 'segmentation');
  greySet = await dataset(grey, 'image', 3);
});

describe.each(['v.tif', 'v.nii.gz', 'v.nrrd', 'v.npy', 'v.zarr'])('exported as %s', (name) => {
  /** Returns the file that is converted again: for .npy, the description beside it. */
  const inputOf = ({ output }: ExportSummary) => output.replace(/\.npy$/, '.json');

  test('large ids are exact in 64 bits', async () => {
    const summary = await exported(largeSet, name);
    expect((await read(inputOf(summary))).data).toEqual(large);
    const isReadByFew = /tif|nii/.test(name);
    expect(summary.notes.some((note) => note.includes('compact ids') || note.includes('Compact ids'))).toBe(
      isReadByFew,
    );
  });

  test('a part is exact in the narrowest type, and lies where it lay', async () => {
    const summary = await exported(smallSet, name, { roi: '10:60,:,5:21' });
    const place = { size: [50, 50, 16], resolutionNm: [8, 4, 40], voxelOffset: [13, 5, 12] };
    expect(summary).toMatchObject({ dataType: 'uint8', most: '228', ...place });
    const found = await read(inputOf(summary));
    expect(found).toMatchObject({ dataType: 'uint8', ...place });
    const right = await read(smallSet, { roi: '10:60,:,5:21' });
    expect([...found.data].map(Number)).toEqual([...right.data].map(Number));
  });
});

test.each(['v.tif', 'v.nii.gz', 'v.nrrd', 'v.zarr'])('channels of an image are kept in %s', async (name) => {
  const found = await read((await exported(greySet, name)).output, { kind: 'image' });
  expect(found).toMatchObject({ channels: 3, dataType: 'uint8', ...PLACE });
  expect(found.data).toEqual(grey);
});

test.each<[string, VoxelArray, () => string, string]>([
  ['labels', large, () => largeSet, 'image-label'],
  ['channels', grey, () => greySet, 'omero'],
])('Zarr 2 holds %s, as OME-Zarr 0.4 without a fill value', async (_, voxels, input, key) => {
  const { output, files } = await exported(input(), 'v.zarr', { format: 'zarr2' });
  const found = await read(output, { kind: 'image' });
  expect(found).toMatchObject({ format: 'OME-Zarr', ...PLACE });
  expect(found.data).toEqual(voxels);
  const json = async (name: string): Promise<unknown> =>
    JSON.parse(await readFile(join(output, name), 'utf8'));
  expect(await json('0/.zarray')).toMatchObject({
    zarr_format: 2,
    fill_value: null,
    dimension_separator: '/',
  });
  expect(await json('.zattrs')).toMatchObject({ multiscales: [{ version: '0.4' }], [key]: {} });
  const all = await readdir(output, { recursive: true, withFileTypes: true });
  expect(all.filter((entry) => entry.isFile())).toHaveLength(files);
});

test.each([
  ['v.zarr', ['--format', 'zarr2'], 5],
  ['v.zarr', ['--roi', ':,:,0:1'], 3],
  ['v.npy', ['--ids', 'compact'], 3],
  ['v.tif', [], 1],
] as const)('%s %j: a dry run tells files and bytes, and writes nothing', async (name, more, files) => {
  const folder = await temporaryFolder();
  const args = ['export', largeSet, join(folder, name), '--dry-run', ...more];
  const { stdout } = await runCli([...args, '--json']);
  const bytes = more[0] === '--roi' ? 70 * 50 * 8 : large.byteLength;
  expect(JSON.parse(stdout)).toMatchObject({ files, bytes, dataType: 'uint64', resolutionNm: [8, 4, 40] });
  expect((await runCli(args)).stdout).toMatch(/^Nothing is written\./);
  expect(await readdir(folder)).toEqual([]);
});

test('ids get new numbers, and the table gives the old ones back', async () => {
  const { output, idTable = '', dataType, most } = await exported(largeSet, 'v.tif', { ids: 'compact' });
  const distinct = new Set(large).size - 1;
  expect({ dataType, most }).toEqual({ dataType: 'uint8', most: String(distinct) });
  expect((await readFile(idTable, 'utf8')).split('\n').slice(0, 2)).toEqual([
    'from,to',
    `1,${2n ** 40n + 1n}`,
  ]);
  const back = await read(output, { remap: idTable, kind: 'segmentation' });
  expect([...back.data].map(BigInt)).toEqual([...large]);
});

test('the command line prints the summary and notes, and nothing else', async () => {
  const output = join(await temporaryFolder(), 'v.npy');
  const { code, stdout, stderr } = await runCli(['export', greySet, output, '--json']);
  expect(code).toBe(0);
  expect(JSON.parse(stdout)).toMatchObject({ output, format: 'NumPy', files: 2, ...PLACE });
  expect(stderr.trim().split('\n')).toEqual([expect.stringMatching(/^Note: \.npy /)]);
});

test('coarser scales are chosen by number or key', async () => {
  const root = await temporaryFolder();
  await writeFile(join(root, 'v.raw'), new Uint8Array(small.buffer));
  const description = { file: 'v.raw', size: SIZE, dataType: 'uint64' };
  await writeFile(join(root, 'v.json'), JSON.stringify(description));
  await convertVolume(join(root, 'v.json'), join(root, 'd'), { resolution: '8,8,8', chunkSize: '16' });
  const byNumber = await exported(join(root, 'd'), 'v.nrrd', { scale: '1' });
  expect(byNumber).toMatchObject({ size: [35, 25, 20], resolutionNm: [16, 16, 16] });
  const byKey = await exported(join(root, 'd'), 'v.nrrd', { scale: '16_16_16' });
  expect(await readFile(byKey.output)).toEqual(await readFile(byNumber.output));
  await expect(exported(join(root, 'd'), 'v.nrrd', { scale: '9' })).rejects.toThrow('has no scale 9');
});

describe('nothing is lost', () => {
  test.each(['v.tif', 'v.nii.gz', 'v.nrrd', 'v.npy', 'v.zarr'])(
    '%s: what stands there is left',
    async (name) => {
      const folder = await temporaryFolder();
      const output = join(folder, name);
      await mkdir(output);
      await expect(exported(smallSet, name, { output })).rejects.toThrow('already exists');
      expect(await readdir(folder)).toEqual([name]);
    },
  );

  test.each(['v.nii.gz', 'v.npy', 'v.zarr'])('%s: a cancelled export leaves nothing', async (name) => {
    const folder = await temporaryFolder();
    const stop = new AbortController();
    const cancelled = exported(smallSet, name, {
      output: join(folder, name),
      ids: 'compact',
      signal: stop.signal,
      // Everything has been checked, and the file is begun.
      onProgress: (done, total) => {
        if (done === total / 2) stop.abort();
      },
    });
    await expect(cancelled).rejects.toMatchObject({ tag: 'cancelled' });
    expect(await readdir(folder)).toEqual([]);
  });

  test('what is no dataset is refused, and names that tell no format', async () => {
    await expect(exported(smallSet, 'v.png')).rejects.toThrow('does not end in the name of an export format');
    const { output } = await exported(smallSet, 'v.nrrd');
    await expect(exported(output, 'w.nrrd')).rejects.toThrow('is not a dataset: it is read as NRRD');
  });
});
