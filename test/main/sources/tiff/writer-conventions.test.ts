import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { openSource } from '../../../../src/main/sources/registry';
import type { OpenOptions } from '../../../../src/main/sources/source-opener';
import { boxOfShape, boxVolume } from '../../../../src/shared/base/box';
import { allocateVoxels } from '../../../../src/shared/base/data-type';
import { testDescribedFixtures } from '../../../conformance/described-fixtures';
import { fixture } from '../../../fixtures/voxels';
import { noise } from '../../../shared/deflate/content';
import { temporaryFolder } from '../../../temporary-folder';
import { readVolume } from './stack-folder';

interface Page {
  readonly width: number;
  readonly height: number;
  readonly bits: 1 | 8 | 16 | 32;
  /** 0: white is zero. 1: black is zero. 2: RGB. */
  readonly photometric?: number;
  readonly samples?: number;
  readonly planar?: boolean;
  readonly fillOrder?: number;
  readonly description?: string;
  readonly resolution?: readonly [number, number];
  /** One strip for each plane. */
  readonly strips: readonly Uint8Array[];
}

/** Returns an uncompressed little-endian TIFF with one directory for each page. `behind` follows at the end. */
function tiff(pages: readonly Page[], behind: Uint8Array = new Uint8Array(0)): Buffer {
  const parts: Buffer[] = [Buffer.from('II*\0', 'latin1'), Buffer.alloc(4)];
  const length = () => parts.reduce((sum, part) => sum + part.length, 0);
  const put = (bytes: Uint8Array) => {
    const at = length();
    parts.push(Buffer.from(bytes), Buffer.alloc(bytes.length % 2));
    return at;
  };
  let link = parts[1];
  for (const page of pages) {
    const { samples = 1, photometric = 1, planar = false, fillOrder = 1, description, resolution } = page;
    const short = (values: readonly number[]) => put(Buffer.from(Uint16Array.from(values).buffer));
    const long = (values: readonly number[]) => put(Buffer.from(Uint32Array.from(values).buffer));
    const rational = (value: number) => put(Buffer.from(Uint32Array.of(value * 1000, 1000).buffer));
    const strips = page.strips.map(put);
    const text = description === undefined ? undefined : Buffer.from(`${description}\0`, 'latin1');
    const tags: [number, number, number, number][] = [
      [256, 4, 1, page.width],
      [257, 4, 1, page.height],
      samples > 2 ? [258, 3, samples, short(Array<number>(samples).fill(page.bits))] : [258, 3, 1, page.bits],
      [259, 3, 1, 1],
      [262, 3, 1, photometric],
      [266, 3, 1, fillOrder],
      ...(text === undefined
        ? []
        : ([[270, 2, text.length, put(text)]] as [number, number, number, number][])),
      strips.length === 1 ? [273, 4, 1, strips[0] ?? 0] : [273, 4, strips.length, long(strips)],
      [277, 3, 1, samples],
      [278, 4, 1, page.height],
      strips.length === 1
        ? [279, 4, 1, page.strips[0]?.length ?? 0]
        : [279, 4, strips.length, long(page.strips.map((strip) => strip.length))],
      ...(resolution === undefined
        ? []
        : ([
            [282, 5, 1, rational(resolution[0])],
            [283, 5, 1, rational(resolution[1])],
          ] as [number, number, number, number][])),
      [284, 3, 1, planar ? 2 : 1],
    ];
    link?.writeUInt32LE(length(), link.length - 4);
    const directory = Buffer.alloc(2 + 12 * tags.length + 4);
    directory.writeUInt16LE(tags.length, 0);
    tags.forEach(([tag, type, count, value], i) => {
      directory.writeUInt16LE(tag, 2 + 12 * i);
      directory.writeUInt16LE(type, 4 + 12 * i);
      directory.writeUInt32LE(count, 6 + 12 * i);
      directory.writeUInt32LE(value, 10 + 12 * i);
    });
    parts.push(directory);
    link = directory;
  }
  return Buffer.concat([...parts, behind]);
}

async function written(bytes: Uint8Array): Promise<string> {
  const path = join(await temporaryFolder(), 'a.tif');
  await writeFile(path, bytes);
  return path;
}

async function read(path: string, options: OpenOptions = {}) {
  const source = await openSource(path, options);
  const box = boxOfShape(source.metadata.size);
  const { channels, dataType } = source.metadata;
  const data = allocateVoxels(dataType, boxVolume(box) * channels);
  await source.read(box, { box, channels, data }).finally(() => source.close());
  return { ...source.metadata, data: [...data].map(Number) };
}

const count = (n: number, from = 1) => Uint8Array.from({ length: n }, (_, i) => from + i);
const page = (more: Partial<Page> = {}): Page => ({
  width: 3,
  height: 2,
  bits: 8,
  strips: [count(6)],
  ...more,
});
const shorts = (...values: number[]) => new Uint8Array(Uint16Array.from(values).buffer);

describe("ImageJ's descriptions", () => {
  const header = 'ImageJ=1.54p\nimages=2\nslices=2\nloop=false\n';
  const two = (more: string, each: Partial<Page> = {}) =>
    written(tiff([page({ description: header + more, resolution: [4, 4], ...each }), page(each)]));

  test.each([
    ['unit=micron\n', [250, 250, 1000]],
    ['unit=micron\nspacing=-0.5\n', [250, 250, 500]],
    ['unit=nm\nzunit=micron\nspacing=2\n', [0.25, 0.25, 2000]],
    ['unit=nm\nyunit=micron\nspacing=2\n', [0.25, 250, 2]],
    ['unit=\\u00c5\nspacing=40\n', [0.025, 0.025, 4]],
    // The page's text is in Latin-1, in which the second one could be Å as well as µ.
    ['unit=\u00b5m\nspacing=2\n', [250, 250, 2000]],
    ['unit=\u00b5\nspacing=2\n', undefined],
  ])('sizes of %j', async (more, expected) => {
    expect((await read(await two(more))).resolutionNm).toEqual(expected);
  });

  test('the origin is an offset', async () => {
    expect((await read(await two('unit=nm\nspacing=1\nxorigin=-7\nyorigin=3\n'))).voxelOffset).toEqual([
      7, -3, 0,
    ]);
  });

  test('signed numbers of 16 bits are those that ImageJ shows', async () => {
    const strips = [shorts(0, 32767, 32768, 32769, 65535, 32775)];
    const path = await two('cf=0\nc0=-32768.0\nc1=1.0\n', { bits: 16, strips });
    const image = await read(path, { kind: 'image' });
    expect(image.dataType).toBe('int16');
    expect(image.data.slice(0, 6)).toEqual([-32768, -1, 0, 1, 32767, 7]);
    expect((await read(path, { kind: 'segmentation' })).data.slice(2, 4)).toEqual([0, 1]);
  });

  test('a straight calibration is applied, a bent one is reported', async () => {
    const straight = await read(await two('cf=0\nc0=10.0\nc1=0.5\nvunit=OD\n'), { kind: 'image' });
    expect(straight.data.slice(0, 2)).toEqual([10.5, 11]);
    const bent = await read(await two('cf=3\nc0=10.0\nc1=0.5\nvunit=OD\n'), { kind: 'image' });
    expect(bent.data.slice(0, 2)).toEqual([1, 2]);
    expect(bent.passedOver.join()).toContain('calibration of values to OD');
  });

  test('one of several points in time is read, or all as slices, if an option asks for it', async () => {
    const description = 'ImageJ=1.54p\nimages=4\nslices=2\nframes=2\nhyperstack=true\n';
    const pages = [0, 1, 2, 3].map((i) =>
      page({ strips: [count(6, 10 * i)], ...(i === 0 ? { description } : {}) }),
    );
    const path = await written(tiff(pages));
    await expect(openSource(path)).rejects.toMatchObject({
      message: expect.stringContaining('2 points in time'),
      remedy: expect.stringContaining('--axes zyx'),
    });
    expect((await read(path, { axes: 'zyx' })).data.filter((_, i) => i % 6 === 0)).toEqual([0, 10, 20, 30]);
    const second = await read(path, { time: 1 });
    expect(second.size).toEqual([3, 2, 2]);
    expect(second.data.filter((_, i) => i % 6 === 0)).toEqual([20, 30]);
  });
});

describe("tifffile's shape", () => {
  const counted = (description: string) =>
    written(
      tiff(
        [0, 1, 2, 3, 4, 5].map((i) =>
          page({ strips: [count(6, 10 * i)], ...(i === 0 ? { description } : {}) }),
        ),
      ),
    );
  const firsts = async (path: string, options: OpenOptions) => {
    const { size, data } = await read(path, { kind: 'image', ...options });
    return { size, firsts: data.filter((_, i) => i % 6 === 0) };
  };

  test('decides with its axes which pages are slices and which are channels', async () => {
    const channelsFirst = await counted('{"shape": [2, 3, 2, 3], "axes": "CZYX"}');
    const expected = { size: [3, 2, 3], firsts: [0, 10, 20, 30, 40, 50] };
    expect(await firsts(channelsFirst, {})).toEqual(expected);
    const slicesFirst = await counted('{"shape": [3, 2, 2, 3], "axes": "ZCYX"}');
    expect(await firsts(slicesFirst, {})).toEqual({ ...expected, firsts: [0, 20, 40, 10, 30, 50] });
    const times = await counted('{"shape": [2, 3, 2, 3], "axes": "TZYX"}');
    await expect(openSource(times)).rejects.toMatchObject({
      message: expect.stringContaining('2 points in time'),
      remedy: expect.stringContaining('--time'),
    });
    expect(await firsts(times, { time: 1 })).toEqual({ size: [3, 2, 3], firsts: [30, 40, 50] });
  });

  test('is asked about where pages are counted along two axes without names', async () => {
    const path = await counted('{"shape": [2, 3, 2, 3]}');
    await expect(openSource(path)).rejects.toMatchObject({
      message: expect.stringContaining('counted along 2 axes (2 × 3)'),
      remedy: expect.stringContaining('--axes czyx'),
    });
    const order = async (axes: string) => (await firsts(path, { axes })).firsts;
    expect(await order('czyx')).toEqual([0, 10, 20, 30, 40, 50]);
    expect(await order('zcyx')).toEqual([0, 30, 10, 40, 20, 50]);
    expect(await firsts(path, { axes: 'zyx' })).toEqual({ size: [3, 2, 6], firsts: [0, 10, 20, 30, 40, 50] });
  });

  test('counts slices behind the only directory', async () => {
    const path = await written(tiff([page({ description: '{"shape": [3, 2, 3]}' })]));
    await expect(openSource(path)).rejects.toThrow('names 3 slices (shape 3 × 2 × 3), but it contains 1');
    // As tifffile's truncate writes it: the voxels of all slices follow the directory.
    const bytes = tiff([page({ description: '{"shape": [3, 2, 3]}', strips: [new Uint8Array(6)] })]);
    const offsetTag = bytes.indexOf(Buffer.from([17, 1, 4, 0, 1, 0, 0, 0]));
    bytes.writeUInt32LE(bytes.length, offsetTag + 8);
    const whole = await read(await written(Buffer.concat([bytes, count(18)])));
    expect(whole.size).toEqual([3, 2, 3]);
    expect(whole.data).toEqual([...count(18)]);
  });

  test('tells slices from colours', async () => {
    const strips = [count(6), count(6, 11), count(6, 21)];
    const colours = page({
      photometric: 2,
      samples: 3,
      planar: true,
      strips,
      description: '{"shape": [3, 2, 3]}',
    });
    const path = await written(tiff([colours]));
    const labels = await read(path);
    expect(labels).toMatchObject({ size: [3, 2, 3], channels: 1 });
    expect(labels.data).toEqual([...count(6), ...count(6, 11), ...count(6, 21)]);
    expect((await read(path, { kind: 'image' })).channels).toBe(3);
    expect((await read(path, { kind: 'image', colours: 'slices' })).size).toEqual([3, 2, 3]);
    const silent = await written(tiff([{ ...colours, description: '' }]));
    await expect(openSource(silent)).rejects.toMatchObject({ tag: 'invalid-input' });
    expect((await read(silent, { colours: 'slices' })).data).toEqual(labels.data);
  });
});

test('an OME-TIFF with fewer pages than slices is refused with both numbers', async () => {
  const description =
    '<?xml version="1.0"?><OME><Image ID="Image:0"><Pixels ID="P" SizeX="3" SizeY="2" SizeZ="5" SizeC="1" SizeT="1" DimensionOrder="XYZCT" Type="uint8"><TiffData/></Pixels></Image></OME>';
  await expect(openSource(await written(tiff([page({ description })])))).rejects.toThrow(
    'names 5 planes, but there are 1 pages',
  );
});

test('greys whose white is 0 are those that are stored, or turned over where that is said', async () => {
  const path = await written(tiff([page({ photometric: 0, strips: [Uint8Array.of(0, 1, 2, 3, 254, 255)] })]));
  const stored = await read(path);
  expect(stored.data).toEqual([0, 1, 2, 3, 254, 255]);
  expect(stored.passedOver.join()).toContain('colours are taken as inverted');
  const turned = await read(path, { kind: 'image', colours: 'inverted' });
  expect(turned).toMatchObject({ dataType: 'uint8', data: [255, 254, 253, 252, 1, 0] });
});

test.each([50, 100, 300])(
  'a directory behind %i² voxels is found, and the voxels before it',
  async (edge) => {
    const voxels = noise(edge * edge, edge);
    const path = await written(tiff([page({ width: edge, height: edge, strips: [voxels] })]));
    expect((await read(path)).data).toEqual([...voxels]);
  },
);

test('bits are 0 and 255, whatever their order, also over several bytes a row', async () => {
  const bits = (more: Partial<Page>) =>
    written(
      tiff([
        page({ width: 10, bits: 1, strips: [Uint8Array.of(0b10000001, 0b01000000, 0, 0b10000000)], ...more }),
      ]),
    );
  const expected = [255, 0, 0, 0, 0, 0, 0, 255, 0, 255, 0, 0, 0, 0, 0, 0, 0, 0, 255, 0];
  expect((await read(await bits({}))).data).toEqual(expected);
  // As tifffile writes booleans, with 1 for true.
  const whiteIsZero = await bits({ photometric: 0 });
  expect((await read(whiteIsZero)).data).toEqual(expected);
  expect((await read(whiteIsZero, { colours: 'inverted' })).data).toEqual(
    expected.map((value) => 255 - value),
  );
  const reversed = [Uint8Array.of(0b10000001, 0b00000010, 0, 1)];
  expect((await read(await bits({ fillOrder: 2, strips: reversed }))).data).toEqual(expected);
});

test('reversed bits of 8-bit voxels are turned', async () => {
  const path = await written(
    tiff([page({ fillOrder: 2, strips: [Uint8Array.of(128, 64, 192, 0, 255, 1)] })]),
  );
  expect((await read(path)).data).toEqual([1, 2, 3, 0, 255, 128]);
});

describe('OME-TIFF of several images, and NDTiff', () => {
  testDescribedFixtures('tiff-writers');

  test('several images are listed where none is chosen, and the others named', async () => {
    const path = fixture('tiff-writers', 'images.ome.tif');
    await expect(openSource(path)).rejects.toMatchObject({
      details: [
        'raw: uint16, 9 × 7 × 5',
        'labels: uint8, 6 × 4 × 3',
        'thumbnail: uint8, 9 × 8 × 1, 3 channels',
      ],
      fields: { choices: ['raw', 'labels', 'thumbnail'] },
    });
    const source = await openSource(path, { dataset: 'labels' });
    await source.close();
    expect(source.metadata.passedOver).toEqual(['raw: another image', 'thumbnail: another image']);
  });

  test('positions of NDTiff are asked for, and channels have their names', async () => {
    const path = fixture('tiff-writers', 'ndtiff_1');
    await expect(openSource(path)).rejects.toMatchObject({
      fields: { choices: ['position=0', 'position=1'] },
    });
    const source = await openSource(path, { dataset: 'position=1', kind: 'image' });
    await source.close();
    expect(source.metadata.channelNames).toEqual(['DAPI', 'GFP']);
    expect(source.metadata.passedOver).toEqual([]);
  });

  test('a position in no unit of length is named', async () => {
    const xml = (unit: string) =>
      `<OME><Image><Pixels SizeX="1" SizeY="1" SizeZ="1" SizeC="1" SizeT="1" PhysicalSizeX="0.004" PhysicalSizeY="0.004" PhysicalSizeZ="0.03" DimensionOrder="XYZCT"><TiffData/><Plane TheZ="0" TheC="0" TheT="0" PositionX="0.04"${unit}/></Pixels></Image></OME>`;
    const opened = async (unit: string) => {
      const path = join(await temporaryFolder(), 'a.tif');
      const strips = [Uint8Array.of(7)];
      await writeFile(path, tiff([{ width: 1, height: 1, bits: 8, description: xml(unit), strips }]));
      const source = await openSource(path);
      await source.close();
      return source.metadata;
    };
    expect((await opened(' PositionXUnit="um"')).voxelOffset).toEqual([10, 0, 0]);
    const lost = await opened('');
    expect(lost.voxelOffset).toBeUndefined();
    expect(lost.passedOver.join()).toContain('0.04 reference frame');
  });
});

test('sizes of OME whose unit is not one of length are named', async () => {
  const description =
    '<OME><Image><Pixels SizeX="3" SizeY="2" SizeZ="1" SizeC="1" SizeT="1" PhysicalSizeX="0.4" PhysicalSizeY="2" PhysicalSizeYUnit="pixel" DimensionOrder="XYZCT"><TiffData/></Pixels></Image></OME>';
  const { resolutionNm, passedOver } = await read(await written(tiff([page({ description })])), {
    kind: 'image',
  });
  expect(resolutionNm).toBeUndefined();
  expect(passedOver).toEqual(["the size of a voxel, which isn't known along all axes: X 0.4 µm, Y 2 pixel"]);
});

test.each([
  ['tiff', 'uint64-zstd-strips.tif', 50000, 34926],
  ['tiff-writers', 'jpeg2000-uint8.tif', 34712, 33004],
] as const)('another code for the same compression is read (%s/%s)', async (group, name, code, other) => {
  const original = fixture(group, name);
  // The tag of the compression, one SHORT, and its value.
  const tag = (value: number) =>
    Buffer.from([3, 1, 3, 0, 1, 0, 0, 0, value & 255, value >> 8]).toString('latin1');
  const text = (await readFile(original)).toString('latin1');
  expect(text).toContain(tag(code));
  const path = join(await temporaryFolder(), name);
  await writeFile(path, Buffer.from(text.replaceAll(tag(code), tag(other)), 'latin1'));
  const options = { kind: 'image' } as const;
  expect(await readVolume(path, options)).toEqual(await readVolume(original, options));
});
