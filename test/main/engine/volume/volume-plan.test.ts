import { describe, expect, test } from 'vitest';
import { planVolume } from '../../../../src/main/engine/volume/volume-plan';
import type { SourceMetadata } from '../../../../src/main/sources/volume-source';
import { parseConvertSpec } from '../../../../src/shared/api/job-spec';
import { isStudioError, type StudioError } from '../../../../src/shared/base/errors';

const SOURCE: SourceMetadata = {
  format: 'TIFF stack',
  size: [1406, 621, 138],
  dataType: 'uint64',
  channels: 1,
  storageShape: [1406, 1, 1],
  decodeBytes: 11248,
  facts: [],
  passedOver: [],
  fingerprint: 'f',
};

type Options = Readonly<Record<string, unknown>>;

function plan(options: Options = {}, source: Partial<SourceMetadata> = {}) {
  const job = { kind: 'convert', input: 'in', output: 'out', resolution: '16,16,40', ...options };
  return planVolume(parseConvertSpec(job), { ...SOURCE, ...source });
}

function refusal(options: Options, source: Partial<SourceMetadata> = {}): StudioError {
  try {
    plan(options, source);
  } catch (error) {
    if (isStudioError(error)) return error;
    throw error;
  }
  throw new Error('nothing was refused');
}

describe('what the volume is', () => {
  test.each([
    [{}, {}, 'segmentation'],
    [{}, { kind: 'segmentation' }, 'segmentation'],
    [{}, { kind: 'image' }, 'image'],
    [{ type: 'segmentation' }, { kind: 'image' }, 'segmentation'],
    [{ type: 'image' }, { kind: 'segmentation' }, 'image'],
  ] as const)('asked for %j, of an input that says %j: %s', (options, source, type) => {
    expect(plan(options, source).info.type).toBe(type);
  });

  test('is reported if the input decided it', () => {
    expect(plan({}, { kind: 'image' }).notes.join()).toContain('as a segmentation');
    expect(plan({ type: 'image' }, { kind: 'image' }).notes).toEqual([]);
  });
});

describe('a segmentation', () => {
  test('is written as viewers read it best by default', () => {
    const { info, method, notes } = plan();
    expect(info).toMatchObject({ type: 'segmentation', data_type: 'uint64', num_channels: 1 });
    expect(info.scales[0]).toEqual({
      key: '16_16_40',
      size: [1406, 621, 138],
      voxel_offset: [0, 0, 0],
      chunk_sizes: [[64, 64, 64]],
      resolution: [16, 16, 40],
      encoding: 'compressed_segmentation',
      compressed_segmentation_block_size: [8, 8, 8],
    });
    expect(method).toBe('majority');
    expect(notes).toEqual([]);
  });

  test.each([
    ['uint8', 'compressed_segmentation', 'uint32'],
    ['int16', 'compressed_segmentation', 'uint32'],
    ['uint32', 'compressed_segmentation', 'uint32'],
    ['int32', 'compressed_segmentation', 'uint32'],
    ['int64', 'compressed_segmentation', 'uint64'],
    ['uint8', 'raw', 'uint8'],
    ['int16', 'raw', 'uint16'],
    ['int64', 'raw', 'uint64'],
  ] as const)('of %s, %s, is written as %s', (dataType, encoding, expected) => {
    const { info, notes } = plan({ encoding }, { dataType });
    expect(info.data_type).toBe(expected);
    expect(notes).toHaveLength(dataType === expected ? 0 : 1);
  });

  test.each<[string, Options, Partial<SourceMetadata>, RegExp]>([
    ['floats', {}, { dataType: 'float32' }, /voxels are float32: labels .* whole numbers/],
    ['colours', {}, { dataType: 'uint8', channels: 3 }, /3 channels: a segmentation has one/],
    ['averages', { downsample: 'average' }, {}, /--downsample: the average of labels is not a label/],
    [
      'a type that ids do not fit in',
      { dataType: 'uint32' },
      {},
      /--data-type: uint64 voxels .* don't fit into uint32/,
    ],
    [
      'a type without a codec',
      { dataType: 'uint16' },
      { dataType: 'uint16' },
      /uint32 or uint64 labels, not uint16/,
    ],
  ])('takes no %s', (_, options, source, message) => {
    expect(refusal(options, source).message).toMatch(message);
  });
});

describe('an image', () => {
  test.each(['uint8', 'int8', 'uint16', 'int16', 'uint32', 'int32', 'uint64', 'float32'] as const)(
    'of %s is written as it is',
    (dataType) => {
      const { info, method } = plan({ type: 'image' }, { dataType, channels: 2 });
      expect(info).toMatchObject({ type: 'image', data_type: dataType, num_channels: 2 });
      expect(info.scales[0]?.encoding).toBe('raw');
      expect(method).toBe('average');
    },
  );

  test.each(['int64', 'float64'] as const)('of %s is no viewer’s', (dataType) => {
    expect(refusal({ type: 'image' }, { dataType })).toMatchObject({ tag: 'unsupported' });
  });

  test('of floats has no majority', () => {
    expect(refusal({ type: 'image', downsample: 'majority' }, { dataType: 'float32' }).message).toContain(
      'no majority of float32',
    );
  });
});

describe('what the input contains', () => {
  test('of resolution and offset is taken where nothing else is said', () => {
    const source = { resolutionNm: [4, 4, 30], voxelOffset: [7, 8, 9] } as const;
    expect(plan({ resolution: undefined }, source).info.scales[0]).toMatchObject({
      resolution: [4, 4, 30],
      voxel_offset: [7, 8, 9],
    });
    expect(plan({ voxelOffset: '0,0,0' }, source).info.scales[0]).toMatchObject({
      resolution: [16, 16, 40],
      voxel_offset: [0, 0, 0],
    });
  });

  test('no resolution: it must be given', () => {
    const error = refusal({ resolution: undefined });
    expect(error.remedy).toContain('--resolution');
    expect(error.fields).toMatchObject({ usage: true });
  });
});

describe('chunks', () => {
  test('whose tables could not be addressed are refused, with the size that fits', () => {
    const error = refusal({ chunkSize: '4096' }, { size: [9000, 9000, 9000] });
    expect(error.message).toContain('A chunk of 4096 × 4096 × 4096');
    const fitting = /--chunk-size ([\d,]+)/.exec(error.remedy ?? '')?.[1];
    expect(() => plan({ chunkSize: fitting }, { size: [9000, 9000, 9000] })).not.toThrow();
  });

  test('larger than the volume are as large as it is', () => {
    expect(() => plan({ chunkSize: '4096' }, { size: [100, 100, 100] })).not.toThrow();
  });
});

describe('notes', () => {
  test('tell of offsets that had to be rounded', () => {
    expect(plan({ voxelOffset: '1,0,0' }).notes.join()).toContain('voxel offset is not a multiple');
    expect(plan({ voxelOffset: '64,64,64' }).notes).toEqual([]);
  });
});
