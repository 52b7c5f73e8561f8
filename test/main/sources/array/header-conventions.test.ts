import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { openSource } from '../../../../src/main/sources/registry';
import type { OpenOptions } from '../../../../src/main/sources/source-opener';
import { boxOfShape } from '../../../../src/shared/base/box';
import { temporaryFolder } from '../../../temporary-folder';

const SIZE = [4, 3, 2] as const;
const VOXELS = Uint8Array.from({ length: 24 }, (_, i) => i + 1);
const LONGER = Buffer.concat([Buffer.from('header!!'), VOXELS]);

async function folder(files: Readonly<Record<string, string | Uint8Array>>): Promise<string> {
  const root = await temporaryFolder();
  for (const [name, content] of Object.entries(files)) await writeFile(join(root, name), content);
  return root;
}

async function read(path: string, options: OpenOptions = {}) {
  const source = await openSource(path, options);
  const data = new Uint8Array(24);
  const box = boxOfShape(source.metadata.size);
  await source.read(box, { box, channels: 1, data }).finally(() => source.close());
  return { ...source.metadata, data };
}

const nrrd = (more = '') =>
  `NRRD0004\ntype: uint8\ndimension: 3\nsizes: 4 3 2\nencoding: raw\n${more}data file: v.raw\n`;
const meta = (more = '') =>
  `ObjectType = Image\nNDims = 3\nDimSize = 4 3 2\nElementType = MET_UCHAR\n${more}ElementDataFile = v.raw\n`;
const raw = (more: object = {}) => JSON.stringify({ file: 'v.raw', size: SIZE, dataType: 'uint8', ...more });

describe('voxels in a file that is longer than its voxels', () => {
  test.each([
    ['v.nhdr', nrrd(), "'byte skip: -1'"],
    ['v.mhd', meta(), "'HeaderSize = -1'"],
    ['v.json', raw(), '\'"offsetBytes": 8\''],
  ])('%s: are refused with both numbers and what to say', async (name, header, remedy) => {
    const root = await folder({ 'v.raw': LONGER, [name]: header });
    await expect(openSource(join(root, name))).rejects.toMatchObject({
      tag: 'invalid-input',
      message: expect.stringMatching(/has 32 bytes, and its voxels take 24: 8 are left over/),
      remedy: expect.stringContaining(remedy),
    });
  });

  test.each([
    ['v.nhdr', nrrd('byte skip: -1\n'), VOXELS],
    ['v.nhdr', nrrd('byte skip: 8\n'), VOXELS],
    ['v.nhdr', nrrd('byte skip: 0\n'), LONGER.subarray(0, 24)],
    ['v.mhd', meta('HeaderSize = -1\n'), VOXELS],
    ['v.mhd', meta('HeaderSize = 0\n'), LONGER.subarray(0, 24)],
    ['v.json', raw({ offsetBytes: 8 }), VOXELS],
    ['v.json', raw({ offsetBytes: 0 }), LONGER.subarray(0, 24)],
  ])('%s: are read where the header says where they begin (%#)', async (name, header, expected) => {
    const root = await folder({ 'v.raw': LONGER, [name]: header });
    expect((await read(join(root, name))).data).toEqual(Uint8Array.from(expected));
  });

  test('is checked within gzip, too', async () => {
    const header = (more: string) => nrrd(more).replace('raw\n', 'gzip\n');
    const root = await folder({
      'v.raw': gzipSync(LONGER),
      'end.nhdr': header('byte skip: -1\n'),
      'silent.nhdr': header(''),
    });
    expect((await read(join(root, 'end.nhdr'))).data).toEqual(VOXELS);
    await expect(openSource(join(root, 'silent.nhdr'))).rejects.toThrow('8 are left over');
  });
});

describe('where the axes lead', () => {
  // x to the right, y to the back and z down: in LPS, as ITK writes it.
  const directions =
    'space: left-posterior-superior\nspace directions: (-0.5,0,0) (0,0.5,0) (0,0,-2)\nspace origin: (10,20,30)\n';
  const matrix = 'TransformMatrix = -1 0 0 0 1 0 0 0 -1\nOffset = 10 20 30\nElementSpacing = 0.5 0.5 2\n';

  test.each([
    ['v.nhdr', nrrd(directions)],
    ['v.nhdr', nrrd(directions.replace('left-posterior-superior', 'LPS'))],
    ['v.mhd', meta(matrix)],
  ])('%s: is reported, and turned to RAS with the offset (%#)', async (name, header) => {
    const root = await folder({ 'v.raw': VOXELS, [name]: header });
    const asStored = await read(join(root, name));
    expect(asStored.orientation).toBe('RPI');
    expect(asStored.facts).toContainEqual(['to RAS', 'orientation ras, as flip y,z']);
    expect(asStored.data).toEqual(VOXELS);
    const turned = await read(join(root, name), { orientation: 'ras' });
    expect(turned.resolutionNm).toEqual([500000, 500000, 2000000]);
    // Right is -10 mm and more, front -20 - 2 × 0.5, up 30 - 2.
    expect(turned.voxelOffset).toEqual([-20, -42, 14]);
    expect(turned.data[0]).toBe(VOXELS[12 + 8]);
  });
});

test('a stack of volumes in a MRC file, and points in time, are chosen by --time', async () => {
  const header = Buffer.alloc(1024);
  [4, 3, 2, 0].forEach((value, i) => header.writeInt32LE(value, 4 * i));
  [4, 3, 1].forEach((value, i) => header.writeInt32LE(value, 28 + 4 * i));
  [1, 2, 3].forEach((value, i) => header.writeInt32LE(value, 64 + 4 * i));
  header.writeInt32LE(401, 88);
  header.write('MAP ', 208, 'latin1');
  header.writeInt32LE(0x4444, 212);
  const path = join(await folder({ 'v.mrc': Buffer.concat([header, VOXELS]) }), 'v.mrc');
  await expect(openSource(path)).rejects.toMatchObject({
    tag: 'invalid-input',
    remedy: expect.stringContaining('0 to 1, such as --time 0'),
  });
  const second = await openSource(path, { time: 1 });
  const box = boxOfShape([4, 3, 1]);
  const data = new Int8Array(12);
  await second.read(box, { box, channels: 1, data });
  await second.close();
  expect([...data]).toEqual([...VOXELS.subarray(12)]);
});

describe('voxels in several files', () => {
  const FILES = { 's1.raw': VOXELS.subarray(0, 12), 's2.raw': VOXELS.subarray(12) };
  const list = (field: string) => `${field}LIST\ns1.raw\ns2.raw\n`;
  const pattern = (field: string) => `${field}s%d.raw 1 2 1\n`;
  const nhdr = nrrd().replace('data file: v.raw\n', '');
  const mhd = meta().replace('ElementDataFile = v.raw\n', '');

  test.each([
    ['v.nhdr', nhdr + list('data file: ')],
    ['v.nhdr', nhdr + pattern('data file: ')],
    ['v.mhd', mhd + list('ElementDataFile = ')],
    ['v.mhd', mhd + pattern('ElementDataFile = ')],
  ])('%s: are read one after the other (%#)', async (name, header) => {
    const root = await folder({ ...FILES, [name]: header });
    expect((await read(join(root, name))).data).toEqual(VOXELS);
  });

  test('are refused where one has another length', async () => {
    const root = await folder({ ...FILES, 's2.raw': VOXELS, 'v.nhdr': nhdr + list('data file: ') });
    await expect(openSource(join(root, 'v.nhdr'))).rejects.toThrow(
      /s2\.raw has 24 bytes, and its voxels take 12/,
    );
  });
});

test('points in time of a MetaImage are chosen by --time', async () => {
  const header = meta().replace('NDims = 3\nDimSize = 4 3 2', 'NDims = 4\nDimSize = 4 3 1 2');
  const path = join(await folder({ 'v.raw': VOXELS, 'v.mhd': header }), 'v.mhd');
  await expect(openSource(path)).rejects.toThrow('2 points in time');
  const { data } = await read(path, { time: 1 });
  expect([...data.subarray(0, 12)]).toEqual([...VOXELS.subarray(12)]);
});

test('spacings of a NRRD without a unit are named, and axis mins taken over', async () => {
  const unknown = await folder({ 'v.raw': VOXELS, 'v.nhdr': nrrd('spacings: 4 4 30\n') });
  expect((await read(join(unknown, 'v.nhdr'))).passedOver.join()).toContain('4 4 30');
  const stated = nrrd('spacings: 4 4 30\nunits: "nm" "nm" "nm"\naxis mins: 40 0 -60\n');
  const known = await folder({ 'v.raw': VOXELS, 'v.nhdr': stated });
  expect(await read(join(known, 'v.nhdr'))).toMatchObject({
    resolutionNm: [4, 4, 30],
    voxelOffset: [10, 0, -2],
    passedOver: [],
  });
});

test.each([
  ['spacings: 4 4 30\nunits: "nm" "nm" "um"\n', [4, 4, 30_000]],
  ['space: RAS\nspace directions: (4,0,0) (0,4,0) (0,0,30)\nspace units: "nm" "nm" "um"\n', [4, 4, 30_000]],
  ['spacings: 4 4 30\nunits: "nm" "nm" "pixel"\n', undefined],
  ['spacings: 4 4 30\nunits: "nm" "nm" "\xb5m"\n', [4, 4, 30_000]],
])('each axis of a NRRD has a unit of its own: %j', async (fields, resolutionNm) => {
  const root = await folder({ 'v.raw': VOXELS, 'v.nhdr': Buffer.from(nrrd(fields), 'latin1') });
  const metadata = await read(join(root, 'v.nhdr'));
  expect(metadata.resolutionNm).toEqual(resolutionNm);
  expect(metadata.passedOver.join().includes('4 4 30')).toBe(resolutionNm === undefined);
});

test.each([
  ['centers: cell cell cell\n', [3, 2, 30]],
  ['centerings: node node node\n', [4, 3, 60]],
  ['', undefined],
])('the ends of the axes of a NRRD give the size by the centering: %j', async (centers, resolutionNm) => {
  const ends = 'axis mins: 20 30 120\naxis maxs: 32 36 180\nunits: "nm" "nm" "nm"\n';
  const root = await folder({ 'v.raw': VOXELS, 'v.nhdr': nrrd(ends + centers) });
  const metadata = await read(join(root, 'v.nhdr'));
  expect(metadata.resolutionNm).toEqual(resolutionNm);
  expect(metadata.passedOver.join().includes('20 30 120 to 32 36 180')).toBe(resolutionNm === undefined);
});

test.each([
  ['space: LPS\nspacings: 4 4 30\nspace units: "um" "um" "um"\n', [4000, 4000, 30_000], ''],
  ['spacings: 4 -4 30\nunits: "nm" "nm" "nm"\n', undefined, "aren't all above zero"],
  [
    'space dimension: 3\nspace directions: (0,4,0) (4,0,0) (0,0,30)\nspace units: "nm" "nm" "nm"\nspace origin: (8,0,0)\n',
    [4, 4, 30],
    'the position of the first voxel, (8,0,0)',
  ],
])('what a NRRD says of sizes and places is taken over or named: %j', async (fields, resolutionNm, note) => {
  const root = await folder({ 'v.raw': VOXELS, 'v.nhdr': nrrd(fields) });
  const metadata = await read(join(root, 'v.nhdr'));
  expect(metadata.resolutionNm).toEqual(resolutionNm);
  expect(metadata.passedOver.join()).toContain(note);
});

describe("Slicer's segmentations (.seg.nrrd)", () => {
  const segment = (i: number, value: number, layer: number, name: string) =>
    `Segment${i}_Color:=0.5 0.7 0.1\nSegment${i}_LabelValue:=${value}\nSegment${i}_Layer:=${layer}\nSegment${i}_Name:=${name}\n`;
  const segments = segment(0, 1, 0, 'soma: left') + segment(1, 7, 0, 'axon') + segment(2, 1, 1, 'tumour');

  test('have names and colours of their labels', async () => {
    const root = await folder({ 'v.raw': VOXELS, 'v.seg.nhdr': nrrd(segments) });
    const { segmentNames, kind, passedOver } = await read(join(root, 'v.seg.nhdr'));
    expect(kind).toBe('segmentation');
    expect(segmentNames).toEqual([
      ['1', { label: 'soma: left', tags: [], colour: '#80b31a' }],
      ['7', { label: 'axon', tags: [], colour: '#80b31a' }],
    ]);
    expect(passedOver).toEqual([]);
  });

  test('that overlap are in layers, each with its own names; other ids have no names', async () => {
    const layers = nrrd(`kinds: list domain domain domain\n${segments}`)
      .replace('dimension: 3', 'dimension: 4')
      .replace('sizes: 4 3 2', 'sizes: 2 2 3 2');
    const path = join(await folder({ 'v.raw': VOXELS, 'v.seg.nhdr': layers }), 'v.seg.nhdr');
    const opened = async (options: OpenOptions) => {
      const source = await openSource(path, options);
      await source.close();
      return source.metadata;
    };
    const chosen = await opened({ channel: '1' });
    expect(chosen.segmentNames).toEqual([['1', { label: 'tumour', tags: [], colour: '#80b31a' }]]);
    const shifted = await opened({ channel: '1', idOffset: '100' });
    expect(shifted.segmentNames).toEqual([['101', { label: 'tumour', tags: [], colour: '#80b31a' }]]);
  });
});
