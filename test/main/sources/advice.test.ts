/** Follows the advice of refusals, which must lead to the right voxels. */
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as h5wasm from 'h5wasm/node';
import { describe, expect, test } from 'vitest';
import { planConversion } from '../../../src/main/engine/job/conversion-plan';
import { openSource } from '../../../src/main/sources/registry';
import type { OpenOptions } from '../../../src/main/sources/source-opener';
import { encodeTiff } from '../../../src/main/sources/tiff/tiff-writer';
import { parseConvertSpec } from '../../../src/shared/api/job-spec';
import { boxOfShape, boxVolume } from '../../../src/shared/base/box';
import { allocateVoxels } from '../../../src/shared/base/data-type';
import { StudioError } from '../../../src/shared/base/errors';
import { onCommandLine } from '../../../src/shared/base/words';
import { parseVolumeInfo } from '../../../src/shared/precomputed/volume-info';
import { fixture } from '../../fixtures/voxels';
import { temporaryFolder } from '../../temporary-folder';

async function read(path: string, options: OpenOptions = {}) {
  const source = await openSource(path, options);
  const box = boxOfShape(source.metadata.size);
  const data = allocateVoxels(source.metadata.dataType, boxVolume(box));
  await source.read(box, { box, channels: 1, data }).finally(() => source.close());
  return [...data].map(Number);
}

/** Returns a BMP of 24 bits, with rows from the top. There are 4 voxels in a row, so that rows need no padding. */
function bmp(colours: readonly (readonly [r: number, g: number, b: number])[]): Buffer {
  const head = Buffer.alloc(54);
  head.write('BM');
  head.writeUInt32LE(54, 10);
  head.writeUInt32LE(40, 14);
  head.writeInt32LE(4, 18);
  head.writeInt32LE(-colours.length / 4, 22);
  head.writeUInt16LE(1, 26);
  head.writeUInt16LE(24, 28);
  return Buffer.concat([head, Buffer.from(colours.flatMap(([r, g, b]) => [b, g, r]))]);
}

describe('greys that are stored as colours', () => {
  const greys = [0, 1, 2, 3, 50, 60, 70, 200];

  async function folder(colours: readonly (readonly [number, number, number])[]): Promise<string> {
    const path = join(await temporaryFolder(), 'slices');
    await mkdir(path);
    for (const z of [0, 1]) await writeFile(join(path, `z${z}.bmp`), bmp(colours));
    return path;
  }

  test('are no packed ids, and are ids by one colour', async () => {
    const path = await folder(greys.map((grey) => [grey, grey, grey]));
    await expect(openSource(path)).rejects.toMatchObject({
      remedy: expect.objectContaining({}),
    });
    await expect(openSource(path, { colours: 'packed' })).rejects.toThrow('these are greys');
    expect(await read(path, { channel: 'red' })).toEqual([...greys, ...greys]);
  });

  test('colours among them are packed ids', async () => {
    const path = await folder([...greys.slice(0, 7).map((grey) => [grey, grey, grey] as const), [1, 2, 0]]);
    expect((await read(path, { colours: 'packed' })).slice(6, 8)).toEqual([70 * 0x010101, 513]);
  });
});

describe('pages of a TIFF', () => {
  const adviceOf = async (path: string, options: OpenOptions = {}) => {
    const error: unknown = await openSource(path, options).catch((refusal: unknown) => refusal);
    if (!(error instanceof StudioError)) throw new Error(`${path} isn't refused`);
    return onCommandLine(error.remedy ?? '');
  };

  test('that are channels are slices of labels by --axes, or labels one by one', async () => {
    const path = fixture('tiff', 'imagej-channels.tif');
    expect(await adviceOf(path)).toMatch(/--axes zyx.*--channel 0/);
    const [first, second] = [await read(path, { channel: '0' }), await read(path, { channel: '1' })];
    const slice = first.length / 3;
    const pages = await read(path, { axes: 'zyx' });
    expect(pages.slice(slice, 2 * slice)).toEqual(second.slice(0, slice));
    expect(pages).toHaveLength(6 * slice);
  });

  test('that are fewer than the planes of OME are slices by --axes', async () => {
    const bytes = await readFile(fixture('tiff', 'ome-czyx.ome.tif'));
    const text = bytes.toString('latin1').replace('SizeZ="3"', 'SizeZ="9"');
    const path = join(await temporaryFolder(), 'few.ome.tif');
    await writeFile(path, Buffer.from(text, 'latin1'));
    expect(await adviceOf(path, { kind: 'image' })).toMatch(/--axes zyx/);
    expect(await read(path, { axes: 'zyx' })).toEqual(
      await read(fixture('tiff', 'ome-czyx.ome.tif'), { axes: 'zyx' }),
    );
  });

  test('in colours are ids that are packed, or one of the colours', async () => {
    const path = fixture('tiff', 'rgb.tif');
    expect(await adviceOf(path, { kind: 'segmentation' })).toMatch(/--colours packed.*--channel red/);
    const [red, green] = [await read(path, { channel: 'red' }), await read(path, { channel: 'green' })];
    const packed = await read(path, { colours: 'packed' });
    expect(packed.map((id) => id & 255)).toEqual(red);
    expect(packed.map((id) => (id >> 8) & 255)).toEqual(green);
  });
});

describe('HDF5', () => {
  const data = Uint16Array.from({ length: 120 }, (_, i) => i);

  async function file(make: (file: h5wasm.File) => void): Promise<string> {
    await h5wasm.ready;
    const path = join(await temporaryFolder(), 'a.h5');
    const opened = new h5wasm.File(path, 'w');
    make(opened);
    opened.close();
    return path;
  }

  test('a dataset with two names is one', async () => {
    const path = await file((opened) => {
      opened.create_dataset({ name: 'a', data, shape: [4, 5, 6] });
      opened.create_hard_link('a', 'b');
    });
    expect(await read(path)).toEqual([...data]);
    expect(await read(path, { dataset: 'b' })).toEqual([...data]);
  });

  test('of several arrays the one that is offered has labels by its name', async () => {
    const path = await file((opened) => {
      for (const name of ['em', 'neuron_ids']) opened.create_dataset({ name, data, shape: [4, 5, 6] });
    });
    const error: unknown = await openSource(path).catch((refusal: unknown) => refusal);
    expect(JSON.stringify((error as { readonly remedy?: unknown }).remedy)).toContain('neuron_ids');
  });
});

test("Python objects, such as cellpose's, are refused with how to take the masks out", async () => {
  const path = join(await temporaryFolder(), 'x_seg.npy');
  const header = "{'descr': '|O', 'fortran_order': False, 'shape': (), }".padEnd(117, ' ') + '\n';
  const length = Buffer.from([header.length, 0]);
  await writeFile(
    path,
    Buffer.concat([Buffer.from('\x93NUMPY\x01\0', 'latin1'), length, Buffer.from(header)]),
  );
  await expect(openSource(path)).rejects.toMatchObject({ remedy: expect.stringContaining("['masks']") });
});

describe('the info of a precomputed volume', () => {
  const info = (more: object) => ({
    type: 'segmentation',
    data_type: 'uint32',
    num_channels: 1,
    scales: [{ key: '1', size: [8, 8, 8], resolution: [1, 1, 1], chunk_sizes: [[8, 8, 8]], ...more }],
  });

  test('a block size beside another encoding is passed over, as viewers do', () => {
    const stale = info({ encoding: 'raw', compressed_segmentation_block_size: [8, 8, 8] });
    expect(parseVolumeInfo(stale, 'info').scales[0]?.encoding).toBe('raw');
  });

  test('encodings of CloudVolume alone are named, with who writes them again', () => {
    expect(() => parseVolumeInfo(info({ encoding: 'crackle' }), 'info')).toThrow(
      expect.objectContaining({
        details: [expect.stringMatching(/"crackle" isn't read.*igneous image xfer/)],
      }),
    );
  });
});

test('grey values without a type have a note with the share of neighbours that are equal', async () => {
  const folder = await temporaryFolder();
  const notesOf = async (name: string, voxels: Uint8Array, more: object = {}) => {
    const input = join(folder, `${name}.tif`);
    await writeFile(input, await encodeTiff(voxels, 64, 64));
    const spec = { kind: 'convert', input, output: join(folder, 'out'), resolution: '4,4,4', ...more };
    return (await planConversion(parseConvertSpec(spec))).volume.notes.join();
  };
  const noise = Uint8Array.from({ length: 4096 }, (_, i) => (i * 7919) % 251);
  const blocks = Uint8Array.from({ length: 4096 }, (_, i) => 1 + ((i >> 4) & 3));
  const pairs = noise.map((_, i) => noise[i - (i % 3 === 1 ? 1 : 0)] ?? 0);
  expect(await notesOf('noise', noise)).toContain('Only 0 % of neighbouring voxels have equal values');
  expect(await notesOf('noise', noise, { type: 'segmentation' })).not.toContain('equal values');
  expect(await notesOf('pairs', pairs)).toContain('Use --type image if these are grey values.');
  expect(await notesOf('blocks', blocks)).not.toContain('equal values');
});

test('a slice that cannot be read is left to the job, which names all of them', async () => {
  const input = join(await temporaryFolder(), 'slices');
  await mkdir(input);
  const noise = Uint8Array.from({ length: 4096 }, (_, i) => (i * 7919) % 251);
  for (const z of [0, 1, 2]) {
    const slice = await encodeTiff(noise, 64, 64);
    if (z === 1) slice.fill(0xff, slice.length - 60);
    await writeFile(join(input, `z${z}.tif`), slice);
  }
  const spec = { kind: 'convert', input, output: join(input, '..', 'out'), resolution: '4,4,4' };
  expect((await planConversion(parseConvertSpec(spec))).source.size).toEqual([64, 64, 3]);
});
