import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { openSource } from '../../../../src/main/sources/registry';
import { reopenSource } from '../../../../src/main/sources/reopen-source';
import type { OpenOptions } from '../../../../src/main/sources/source-opener';
import { boxOfShape, boxVolume } from '../../../../src/shared/base/box';
import { allocateVoxels } from '../../../../src/shared/base/data-type';
import { temporaryFolder } from '../../../temporary-folder';

/** In the order z, y, x: 2 × 3 × 4. */
const VOXELS = Uint8Array.from({ length: 24 }, (_, i) => i + 1);
const BOX = boxOfShape([4, 3, 2]);

async function folder(files: Readonly<Record<string, object | Uint8Array>>): Promise<string> {
  const root = join(await temporaryFolder(), 'a');
  for (const [name, content] of Object.entries(files)) {
    await mkdir(dirname(join(root, name)), { recursive: true });
    await writeFile(join(root, name), content instanceof Uint8Array ? content : JSON.stringify(content));
  }
  return root;
}

async function read(path: string, options: OpenOptions = {}) {
  const source = await openSource(path, options);
  const box = boxOfShape(source.metadata.size);
  const data = allocateVoxels(source.metadata.dataType, boxVolume(box));
  await source.read(box, { box, channels: 1, data }).finally(() => source.close());
  return { ...source.metadata, data: [...data].map(Number) };
}

function v3(shape: readonly number[], codecs: readonly object[] = [], more: object = {}) {
  return {
    zarr_format: 3,
    node_type: 'array',
    shape,
    data_type: 'uint8',
    chunk_grid: { name: 'regular', configuration: { chunk_shape: shape } },
    chunk_key_encoding: { name: 'default', configuration: { separator: '/' } },
    fill_value: 0,
    codecs: [...codecs, { name: 'bytes' }],
    attributes: {},
    ...more,
  };
}

function v2(more: object = {}) {
  return {
    zarr_format: 2,
    shape: [2, 3, 4],
    chunks: [1, 3, 4],
    dtype: '|u1',
    order: 'C',
    fill_value: 0,
    filters: null,
    compressor: null,
    ...more,
  };
}

function group(multiscale: object) {
  return {
    zarr_format: 3,
    node_type: 'group',
    attributes: { ome: { version: '0.5', multiscales: [multiscale] } },
  };
}

const SCALES = [
  { type: 'scale', scale: [30, 5, 4] },
  { type: 'translation', translation: [60, 50, 40] },
];
const AXES = ['z', 'y', 'x'].map((name) => ({ name, type: 'space', unit: 'nanometer' }));

describe('OME-Zarr', () => {
  const withGroup = (multiscale: object) =>
    folder({ 'zarr.json': group(multiscale), '0/zarr.json': v3([2, 3, 4]), '0/c/0/0/0': VOXELS });
  const EXPECTED = { size: [4, 3, 2], resolutionNm: [4, 5, 30], voxelOffset: [10, 10, 2] };

  test('nulls are what is not there', async () => {
    const found = await read(
      await withGroup({
        name: null,
        coordinateTransformations: null,
        axes: AXES.map((axis) => ({ ...axis, orientation: null })),
        datasets: [{ path: '0', coordinateTransformations: SCALES }],
      }),
    );
    expect(found).toMatchObject(EXPECTED);
    const unknown = await read(
      await withGroup({ axes: AXES.map((axis) => ({ ...axis, unit: null })), datasets: [{ path: '0' }] }),
    );
    expect(unknown.resolutionNm).toBeUndefined();
    expect(unknown.data).toEqual([...VOXELS]);
  });

  test('labels have names and colours, and what else is said of them is named', async () => {
    const multiscales = [{ axes: AXES, datasets: [{ path: '0', coordinateTransformations: SCALES }] }];
    const label = {
      colors: [
        { 'label-value': 1, rgba: [255, 128, 0, 255] },
        { 'label-value': 3, rgba: [0, 0, 255, 255] },
        { 'label-value': 4, rgba: 'red' },
      ],
      properties: [
        { 'label-value': 1, name: 'soma', area: 12 },
        { 'label-value': 2, class: 'axon' },
      ],
    };
    const ome = { version: '0.5', multiscales, 'image-label': label };
    const path = await folder({
      'zarr.json': { zarr_format: 3, node_type: 'group', attributes: { ome } },
      '0/zarr.json': v3([2, 3, 4]),
      '0/c/0/0/0': VOXELS,
    });
    const found = await read(path);
    expect(found.segmentNames).toEqual([
      ['1', { label: 'soma', tags: [], colour: '#ff8000' }],
      ['2', { label: 'axon', tags: [] }],
      ['3', { tags: [], colour: '#0000ff' }],
    ]);
    expect(found.passedOver).toEqual([
      'properties of labels: area',
      "colours of labels that aren't numbers up to 255",
    ]);
  });

  test('an array that is given by its own path has the metadata of the group above it', async () => {
    const path = await withGroup({
      axes: AXES,
      datasets: [{ path: '0', coordinateTransformations: SCALES }],
    });
    expect(await read(join(path, '0'))).toMatchObject(EXPECTED);
  });

  test('0.6 has systems of coordinates, and sequences', async () => {
    const sequence = { type: 'sequence', output: 'physical', transformations: SCALES };
    const found = await read(
      await withGroup({
        coordinateSystems: [
          { name: 'other', axes: [] },
          { name: 'physical', axes: AXES },
        ],
        datasets: [{ path: '0', coordinateTransformations: [sequence] }],
        coordinateTransformations: [{ type: 'scale', scale: [9, 9, 9], output: 'other' }],
      }),
    );
    expect(found).toMatchObject(EXPECTED);
  });

  test('what can not be understood is refused, with the reason', async () => {
    const path = await withGroup({ axes: AXES, datasets: [{ path: 7 }] });
    await expect(openSource(path)).rejects.toMatchObject({
      tag: 'invalid-input',
      message: expect.stringContaining("multiscales) can't be understood"),
      details: [expect.stringContaining('multiscales.0.datasets.0.path')],
    });
    await expect(openSource(await withGroup({ axes: AXES, datasets: [{ path: 's0' }] }))).rejects.toThrow(
      "names the array s0, which isn't there",
    );
  });
});

describe('Zarr', () => {
  test('transpositions one after the other are one', async () => {
    // Stored with the axes y, z, x: first (2, 1, 0), then (1, 2, 0) of the result.
    const codecs = [
      { name: 'transpose', configuration: { order: [2, 1, 0] } },
      { name: 'transpose', configuration: { order: [1, 2, 0] } },
    ];
    const stored = Uint8Array.from({ length: 24 }, (_, i) => {
      const [y, z, x] = [Math.floor(i / 8), Math.floor(i / 4) % 2, i % 4];
      return VOXELS[z * 12 + y * 4 + x] ?? 0;
    });
    const path = await folder({ 'zarr.json': v3([2, 3, 4], codecs), 'c/0/0/0': stored });
    expect((await read(path)).data).toEqual([...VOXELS]);
  });

  test('coordinates may be many, and where they are unreadable the volume is read without them', async () => {
    const along = (length: number, dtype: string) => v2({ shape: [length], chunks: [length], dtype });
    const columns = 200_000;
    const path = await folder({
      '.zgroup': { zarr_format: 2 },
      'v/.zarray': v2({ shape: [2, 2, columns], chunks: [2, 2, columns] }),
      'v/.zattrs': { _ARRAY_DIMENSIONS: ['z', 'y', 'x'] },
      'v/0.0.0': new Uint8Array(4 * columns).fill(3),
      // Names of slices, positions that are nowhere stored, and one chunk of many positions.
      'z/.zarray': along(2, '<U3'),
      'z/0': new Uint8Array(24),
      'y/.zarray': along(2, '<i8'),
      'x/.zarray': along(columns, '<f4'),
      'x/0': new Uint8Array(Float32Array.from({ length: columns }, (_, i) => i).buffer),
    });
    const found = await read(path, { dataset: 'v' });
    expect(found).toMatchObject({ size: [columns, 2, 2] });
    expect(found.resolutionNm).toBeUndefined();
    expect(found.data.at(-1)).toBe(3);
  });

  test('a fill value of null is 0, at 64 bits too', async () => {
    const path = await folder({
      '.zarray': v2({ dtype: '<u8', fill_value: null }),
      '0.0.0': new Uint8Array(BigUint64Array.from(VOXELS.subarray(0, 12), BigInt).buffer),
    });
    expect((await read(path)).data).toEqual([...VOXELS.subarray(0, 12), ...new Array<number>(12).fill(0)]);
  });

  test("chunks in folders are read even if the metadata doesn't mention them", async () => {
    const path = await folder({
      '.zarray': v2(),
      '0/0/0': VOXELS.subarray(0, 12),
      '1/0/0': VOXELS.subarray(12),
    });
    expect((await read(path)).data).toEqual([...VOXELS]);
  });

  test('an array without chunks is refused', async () => {
    await expect(openSource(await folder({ '.zarray': v2() }))).rejects.toThrow(
      'all of its chunks are missing',
    );
    const path = await folder({ 'zarr.json': v3([2, 3, 4]), 'chunk-0-0-0': VOXELS });
    await expect(openSource(path)).rejects.toThrow('there are other files: chunk-0-0-0');
  });

  test.each([
    {
      '.zmetadata': { metadata: { 'a/labels/.zarray': v2({ chunks: [2, 3, 4] }), 'a/.zattrs': {} } },
      'a/labels/0.0.0': VOXELS,
    },
    {
      'zarr.json': {
        node_type: 'group',
        consolidated_metadata: { kind: 'inline', metadata: { a: {}, 'a/labels': v3([2, 3, 4]) } },
      },
      'a/labels/c/0/0/0': VOXELS,
    },
  ])('metadata that is consolidated alone is read', async (files) => {
    const found = await read(await folder(files));
    expect(found).toMatchObject({ size: [4, 3, 2], data: [...VOXELS] });
  });

  test("an array's own metadata counts, as consolidated metadata may be older", async () => {
    const metadata = { labels: v3([1, 3, 4]) };
    const path = await folder({
      'zarr.json': { node_type: 'group', consolidated_metadata: { kind: 'inline', metadata } },
      'labels/zarr.json': v3([2, 3, 4]),
      'labels/c/0/0/0': VOXELS,
    });
    expect((await read(path)).data).toEqual([...VOXELS]);
  });

  test.each([
    {
      '.zmetadata': { metadata: { '.zgroup': { zarr_format: 2 } } },
      'labels/.zarray': v2({ chunks: [2, 3, 4] }),
      'labels/0.0.0': VOXELS,
    },
    {
      'zarr.json': { node_type: 'group', consolidated_metadata: { kind: 'inline', metadata: {} } },
      'labels/zarr.json': v3([2, 3, 4]),
      'labels/c/0/0/0': VOXELS,
    },
  ])('threads open an array by its own metadata, without that of all arrays', async (files) => {
    const path = await folder(files);
    const source = await openSource(path);
    const [consolidated = ''] = Object.keys(files);
    await writeFile(join(path, consolidated), '{');
    const again = await reopenSource(source.handle);
    const data = new Uint8Array(24);
    await again.read(BOX, { box: BOX, channels: 1, data });
    await again.close();
    await source.close();
    expect(data).toEqual(VOXELS);
  });

  test('keys of consolidated metadata lead nowhere outside of the folder', async () => {
    const outside = '../outside';
    const path = await folder({
      '.zmetadata': {
        metadata: Object.fromEntries(
          [outside, `a/${outside}`, `a/../${outside}`, 'a'].map((key) => [`${key}/.zarray`, v2()]),
        ),
      },
      'a/0.0.0': VOXELS,
      [`${outside}/0.0.0`]: VOXELS,
    });
    const source = await openSource(path);
    await source.close();
    expect(source.metadata.passedOver).toEqual([]);
    await expect(openSource(path, { dataset: outside })).rejects.toThrow('holds no array "../outside"');
  });

  test('dimension_units give the size, structures and other types are refused', async () => {
    const attributes = { dimension_units: [[30, 'nm'], '0.005 um', '4 nm'] };
    const path = await folder({ 'zarr.json': v3([2, 3, 4], [], { attributes }), 'c/0/0/0': VOXELS });
    expect((await read(path)).resolutionNm).toEqual([4, 5, 30]);
    await expect(
      openSource(await folder({ '.zarray': v2({ dtype: [['a', '<u2']] }), '0.0.0': VOXELS })),
    ).rejects.toMatchObject({ tag: 'unsupported', message: expect.stringContaining('structures') });
    for (const dtype of ['<c8', '<M8[ns]', '|S4']) {
      const other = await folder({ '.zarray': v2({ dtype }), '0.0.0': VOXELS });
      await expect(openSource(other)).rejects.toMatchObject({
        tag: 'unsupported',
        message: expect.stringContaining(`the type ${dtype}`),
      });
    }
  });
});

describe('N5', () => {
  const block = (bytes: Uint8Array) =>
    Buffer.concat([Buffer.from([0, 0, 0, 3, 0, 0, 0, 4, 0, 0, 0, 3, 0, 0, 0, 2]), bytes]);
  const array = {
    dimensions: [4, 3, 2],
    blockSize: [4, 3, 2],
    dataType: 'uint8',
    compression: { type: 'raw' },
  };

  test('the size of the group above counts, times the factors of the level', async () => {
    const pixelResolution = { unit: 'um', dimensions: [0.004, 0.005, 0.03] };
    const path = await folder({
      'attributes.json': { n5: '2.5.0' },
      'seg/attributes.json': {
        scales: [
          [1, 1, 1],
          [2, 2, 1],
        ],
        pixelResolution,
      },
      'seg/s0/attributes.json': array,
      'seg/s0/0/0/0': block(VOXELS),
      'seg/s1/attributes.json': array,
      'seg/s1/0/0/0': block(VOXELS),
    });
    expect((await read(path)).resolutionNm).toEqual([4, 5, 30]);
    expect((await read(path, { dataset: 'seg/s1' })).resolutionNm).toEqual([8, 10, 30]);
    expect((await read(join(path, 'seg'))).resolutionNm).toEqual([4, 5, 30]);
    expect((await read(join(path, 'seg', 's1'))).resolutionNm).toEqual([8, 10, 30]);
  });

  test("BigDataViewer's has the size of its project, as its own has no unit", async () => {
    const path = await folder({
      'dataset.xml': Buffer.from(`<?xml version="1.0"?><SpimData version="0.2"><SequenceDescription>
        <ImageLoader format="bdv.n5" version="1.0"><n5 type="relative">dataset.n5</n5></ImageLoader>
        <ViewSetups><ViewSetup><id>0</id><size>4 3 2</size>
        <voxelSize><unit>micrometer</unit><size>0.004 0.005 0.03</size></voxelSize>
        <attributes><channel>0</channel></attributes></ViewSetup></ViewSetups></SequenceDescription>
        <ViewRegistrations><ViewRegistration timepoint="0" setup="0"><ViewTransform type="affine">
        <affine>1 0 0 7 0 1.25 0 0 0 0 7.5 15</affine></ViewTransform></ViewRegistration></ViewRegistrations></SpimData>`),
      'dataset.n5/attributes.json': { n5: '2.5.0' },
      'dataset.n5/setup0/attributes.json': { dataType: 'uint8', downsamplingFactors: [[1, 1, 1]] },
      'dataset.n5/setup0/timepoint0/attributes.json': { resolution: [0.004, 0.005, 0.03], multiScale: true },
      'dataset.n5/setup0/timepoint0/s0/attributes.json': { ...array, downsamplingFactors: [1, 1, 1] },
      'dataset.n5/setup0/timepoint0/s0/0/0/0': block(VOXELS),
    });
    const found = await read(join(path, 'dataset.xml'));
    expect(found).toMatchObject({ resolutionNm: [4, 5, 30], voxelOffset: [7, 0, 2], data: [...VOXELS] });
    for (const alone of ['dataset.n5', 'dataset.n5/setup0/timepoint0/s0']) {
      const { resolutionNm, passedOver } = await read(join(path, alone));
      expect(resolutionNm).toBeUndefined();
      expect(passedOver.join()).toContain('.xml');
    }
  });

  test('axes go by their names, in the order of the file', async () => {
    const path = await folder({
      'attributes.json': {
        ...array,
        axes: ['z', 'y', 'x'],
        units: ['nm', 'nm', 'nm'],
        resolution: [30, 5, 4],
      },
      '0/0/0': block(VOXELS),
    });
    const found = await read(path);
    expect(found).toMatchObject({ size: [2, 3, 4], resolutionNm: [4, 5, 30] });
  });

  test('a dataset without blocks is refused', async () => {
    await expect(openSource(await folder({ 'attributes.json': array }))).rejects.toThrow(
      'all of its blocks are missing',
    );
  });
});
