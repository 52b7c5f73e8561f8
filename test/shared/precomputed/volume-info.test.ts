import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { chunkKey, scaleBoundsNm } from '../../../src/shared/precomputed/scale-chunks';
import {
  formatInfo,
  infoFields,
  parseVolumeInfo,
  volumeInfoProblems,
} from '../../../src/shared/precomputed/volume-info';
import { parseMultiscaleVolumeInfo } from '../../neuroglancer-info';

type Json = Record<string, unknown>;

const SCALE = {
  key: '16_16_40',
  size: [100, 80, 60],
  voxel_offset: [5, -6, 7],
  chunk_sizes: [[64, 64, 64]],
  resolution: [16, 16, 40],
  encoding: 'compressed_segmentation',
  compressed_segmentation_block_size: [8, 8, 8],
};

const INFO = {
  '@type': 'neuroglancer_multiscale_volume',
  type: 'segmentation',
  data_type: 'uint64',
  num_channels: 1,
  scales: [SCALE],
};

const SHARDING = {
  '@type': 'neuroglancer_uint64_sharded_v1',
  preshift_bits: 9,
  hash: 'identity',
  minishard_bits: 6,
  shard_bits: 11,
  minishard_index_encoding: 'gzip',
  data_encoding: 'gzip',
};

/** Returns the valid info with changed fields of its own and of its scale. An undefined value removes a field. */
function changed(fields: Json, scaleFields: Json = {}): unknown {
  return JSON.parse(JSON.stringify({ ...INFO, scales: [{ ...SCALE, ...scaleFields }], ...fields }));
}

function viewerTakes(json: unknown): boolean {
  try {
    parseMultiscaleVolumeInfo(json);
    return true;
  } catch {
    return false;
  }
}

const RAW = { encoding: 'raw', compressed_segmentation_block_size: undefined };

describe('a sound info', () => {
  test.each<[string, unknown]>([
    ['of a segmentation', INFO],
    ['without @type', changed({ '@type': undefined })],
    [
      'with meshes, skeletons and properties',
      changed({ mesh: 'mesh', skeletons: 's', segment_properties: 'p' }),
    ],
    ['with a block size beside another encoding, as igneous leaves it', changed({}, { encoding: 'raw' })],
    ['of a grey image', changed({ type: 'image', data_type: 'uint8' }, RAW)],
    ['of a colour image', changed({ type: 'image', data_type: 'uint8', num_channels: 3 }, RAW)],
    ['of floats', changed({ type: 'image', data_type: 'float32' }, RAW)],
    [
      'as JPEG',
      changed({ type: 'image', data_type: 'uint8' }, { ...RAW, encoding: 'jpeg', jpeg_quality: 75 }),
    ],
    ['sharded', changed({}, { sharding: SHARDING })],
    ['without offset', changed({}, { voxel_offset: undefined })],
    [
      'with chunks in several shapes',
      changed(
        {},
        {
          chunk_sizes: [
            [64, 64, 64],
            [512, 512, 1],
          ],
        },
      ),
    ],
    ['of a resolution with fractions', changed({}, { resolution: [0.5, 0.25, 2] })],
    ['with a hidden scale', changed({}, { hidden: true })],
    ['with fields that nobody knows', changed({ software: 'x' }, { note: 1 })],
  ])('%s is taken, by the viewer too', (_, json) => {
    expect(volumeInfoProblems(json)).toEqual([]);
    expect(viewerTakes(json)).toBe(true);
  });

  test('has defaults filled in', () => {
    const { scales } = parseVolumeInfo(changed({}, { voxel_offset: undefined }), 'info');
    expect(scales[0]?.voxel_offset).toEqual([0, 0, 0]);
  });

  test('gives the same text each time, and itself back', () => {
    const info = parseVolumeInfo(INFO, 'info');
    const text = formatInfo(infoFields(info));
    expect(text.endsWith('}\n')).toBe(true);
    expect(JSON.parse(text)).toEqual(INFO);
    expect(formatInfo(infoFields(parseVolumeInfo(JSON.parse(text), 'info')))).toBe(text);
  });
});

describe('what the viewer rejects is a problem', () => {
  test.each<[string, unknown]>([
    ['no object', []],
    ['nothing', null],
    ['no num_channels', changed({ num_channels: undefined })],
    ['no channels', changed({ num_channels: 0 })],
    ['no data type', changed({ data_type: undefined })],
    ['an unknown data type', changed({ data_type: 'complex64' })],
    ['an unknown kind', changed({ type: 'labels' })],
    ['no scales', changed({ scales: [] })],
    ['scales that are none', changed({ scales: {} })],
    ['a size of 0', changed({}, { size: [100, 0, 60] })],
    ['a negative size', changed({}, { size: [100, -1, 60] })],
    ['a size of two numbers', changed({}, { size: [100, 80] })],
    ['a resolution of 0', changed({}, { resolution: [16, 16, 0] })],
    ['a negative resolution', changed({}, { resolution: [16, 16, -40] })],
    ['no resolution', changed({}, { resolution: undefined })],
    ['an offset that is no number', changed({}, { voxel_offset: ['a', 0, 0] })],
    ['an offset that is null', changed({}, { voxel_offset: null })],
    ['no chunk sizes', changed({}, { chunk_sizes: [] })],
    ['chunk sizes one level too flat', changed({}, { chunk_sizes: [64, 64, 64] })],
    ['a chunk size of 0', changed({}, { chunk_sizes: [[64, 64, 0]] })],
    ['no encoding', changed({}, { encoding: undefined })],
    ['an unknown encoding', changed({}, { encoding: 'zfp' })],
    ['no block size', changed({}, { compressed_segmentation_block_size: undefined })],
    ['a block size of 0', changed({}, { compressed_segmentation_block_size: [8, 8, 0] })],
    ['no key', changed({}, { key: undefined })],
    ['a key that is a number', changed({}, { key: 16 })],
    ['a mesh of null', changed({ mesh: null })],
    ['properties of null', changed({ segment_properties: null })],
    ['a sharding of null', changed({}, { sharding: null })],
    ['an unknown sharding', changed({}, { sharding: { ...SHARDING, '@type': 'v2' } })],
    ['an unknown hash', changed({}, { sharding: { ...SHARDING, hash: 'md5' } })],
    [
      'two chunk sizes in shards',
      changed(
        {},
        {
          sharding: SHARDING,
          chunk_sizes: [
            [64, 64, 64],
            [8, 8, 8],
          ],
        },
      ),
    ],
  ])('%s', (_, json) => {
    expect(viewerTakes(json)).toBe(false);
    expect(volumeInfoProblems(json)).not.toEqual([]);
    expect(() => parseVolumeInfo(json, 'here/info')).toThrow(/^here\/info/);
  });
});

describe('what shows nothing or garbage in the viewer is a problem', () => {
  test.each<[string, unknown]>([
    ['64-bit signed labels', changed({ data_type: 'int64' }, RAW)],
    ['doubles', changed({ data_type: 'float64' }, RAW)],
    ['another @type', changed({ '@type': 'neuroglancer_annotations_v1' })],
    ['labels of 8 bits in compressed_segmentation', changed({ data_type: 'uint8' })],
    ['a segmentation of three channels', changed({ num_channels: 3 })],
    ['a fraction of a voxel', changed({}, { size: [100.5, 80, 60] })],
    ['numbers as text', changed({}, { size: ['100', '80', '60'] })],
  ])('%s', (_, json) => {
    expect(volumeInfoProblems(json)).not.toEqual([]);
  });

  test('every problem is reported with its place', () => {
    const problems = volumeInfoProblems(changed({ num_channels: 0 }, { size: [1, 1, 0], key: 5 }));
    expect(problems.map((problem) => problem.split(':')[0]).sort()).toEqual([
      'num_channels',
      'scales.0.key',
      'scales.0.size.2',
    ]);
  });
});

describe('any change of a field', () => {
  test('that the viewer rejects is a problem here too', () => {
    const fields = fc.constantFrom(...Object.keys(INFO));
    const scaleFields = fc.constantFrom(...Object.keys(SCALE), 'sharding', 'hidden');
    const value = fc.oneof(
      fc.jsonValue({ maxDepth: 2 }),
      fc.constantFrom(...[SHARDING, [1, 1, 1], [[1, 1, 1]], 'raw', 'uint32', 0, -1, 1.5, null]),
    );
    fc.assert(
      fc.property(
        fc.oneof(
          fields.map((name) => [name, false] as const),
          scaleFields.map((name) => [name, true] as const),
        ),
        value,
        ([name, inScale], json) => {
          const info = inScale ? changed({}, { [name]: json }) : changed({ [name]: json });
          if (volumeInfoProblems(info).length === 0) expect(viewerTakes(info)).toBe(true);
        },
      ),
      { numRuns: 500 },
    );
  });
});

describe('places', () => {
  const [scale] = parseVolumeInfo(INFO, 'info').scales;

  test('of chunks are named in absolute voxels', () => {
    expect(scale && chunkKey(scale, { min: [64, 0, 0], max: [100, 64, 60] })).toBe(
      '16_16_40/69-105_-6-58_7-67',
    );
  });

  test('of a scale are in nanometres', () => {
    expect(scale && scaleBoundsNm(scale)).toEqual({ min: [80, -96, 280], max: [1680, 1184, 2680] });
  });
});

test('a data type that cloud-volume alone reads comes with a way round', () => {
  const info = changed({ data_type: 'int64' }, RAW);
  expect(() => parseVolumeInfo(info, 'info')).toThrow(
    expect.objectContaining({
      details: [expect.stringContaining('data_type: "int64" isn\'t read; the viewer reads uint8')],
      remedy: expect.stringContaining("astype('uint64')"),
    }),
  );
  const noVolume = { ...(info as Json), scales: undefined, data_type: undefined, type: undefined };
  expect(() => parseVolumeInfo(noVolume, 'info')).toThrow(
    expect.objectContaining({ remedy: 'Choose the folder that holds the info file of a volume.' }),
  );
});
