import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  CONVERT_OPTIONS,
  OPTION_NAMES,
  parseConvertSpec,
  type ConvertSpec,
} from '../../../src/shared/api/job-spec';
import { named } from '../../../src/shared/api/mentions';
import { flagName } from '../../../src/shared/api/option';
import { isStudioError, type StudioError } from '../../../src/shared/base/errors';
import { integerVectors } from '../../arbitrary-vectors';

const JOB = { kind: 'convert', input: 'in', output: 'out' };

function parse(options: Readonly<Record<string, unknown>>): ConvertSpec {
  return parseConvertSpec({ ...JOB, ...options });
}

function refusal(options: Readonly<Record<string, unknown>>): StudioError {
  try {
    parse(options);
  } catch (error) {
    if (isStudioError(error)) return error;
    throw error;
  }
  throw new Error(`${JSON.stringify(options)} was taken`);
}

describe('values as people write them', () => {
  test.each<[string, readonly number[]]>([
    ['16,16,40', [16, 16, 40]],
    ['16 16 40', [16, 16, 40]],
    [' 16, 16 ,40 ', [16, 16, 40]],
    ['16x16x40', [16, 16, 40]],
    ['16 × 16 × 40', [16, 16, 40]],
    ['0.798um,0.798um,2um', [798, 798, 2000]],
    ['0.798 µm, 0.798 µm, 2 µm', [798, 798, 2000]],
    ['0.798μm,0.798μm,2μm', [798, 798, 2000]],
    ['16nm,16NM,0.04um', [16, 16, 40]],
    ['1mm,1mm,1mm', [1e6, 1e6, 1e6]],
    ['5Å,5A,5å', [0.5, 0.5, 0.5]],
    ['.5,1.,1e3', [0.5, 1, 1000]],
    ['+4,4,4', [4, 4, 4]],
    ['0.1um,0.2um,0.3um', [100, 200, 300]],
  ])('resolution %j', (text, nanometres) => {
    expect(parse({ resolution: text }).resolution).toEqual(nanometres);
  });

  test.each([
    '16',
    '16,16',
    '16,16,40,1',
    '16,,40',
    '16,16,',
    '0,16,40',
    '-16,16,40',
    'NaN,1,1',
    'Infinity,1,1',
    '1e999,1,1',
    '1e-9,1,1',
    '1e10,1,1',
    '16,16,40um',
    '16nm,16,40',
    '16km,16km,40km',
    '16constructor,1,1',
    '0x10,0x10,0x10',
    'sixteen',
    '',
    '16;16;40',
    '1.2.3,1,1',
  ])('resolution %j is refused by name', (text) => {
    const error = refusal({ resolution: text });
    expect(error.message).toContain(`--resolution: '${text}' is not three lengths`);
    expect(error.fields).toMatchObject({ usage: true, options: ['resolution'] });
  });

  test.each<[string, number]>([
    ['4GiB', 4 * 2 ** 30],
    ['4gib', 4 * 2 ** 30],
    ['4g', 4 * 2 ** 30],
    ['500MB', 5e8],
    ['1.5 GiB', 1.5 * 2 ** 30],
    ['1048576', 2 ** 20],
    ['2147483648B', 2 ** 31],
  ])('memory %j', (text, bytes) => {
    expect(parse({ memory: text }).memory).toBe(bytes);
  });

  test.each(['4', '-4GiB', '4 bananas', 'GiB', '1e30', '1MB', 'all', ''])('memory %j is refused', (text) => {
    expect(refusal({ memory: text }).message).toContain(`--memory: '${text}' is not an amount of memory`);
  });

  test.each<[string, string, unknown]>([
    ['chunkSize', '64', [64, 64, 64]],
    ['chunkSize', '64,32,16', [64, 32, 16]],
    ['blockSize', '8x8x4', [8, 8, 4]],
    ['voxelOffset', '10,-7,0', [10, -7, 0]],
    ['factors', 'auto', 'auto'],
    ['factors', '2,2,1', [[2, 2, 1]]],
    [
      'factors',
      '2,2,1; 2,2,2',
      [
        [2, 2, 1],
        [2, 2, 2],
      ],
    ],
    ['scales', '3', 3],
    ['workers', ' 12 ', 12],
    ['compressionLevel', '9', 9],
    ['encoding', 'raw', 'raw'],
    ['skipEmpty', 'true', true],
    ['meshRatio', '0.1', 0.1],
    ['meshRatio', '7 %', 0.07],
    ['meshRatio', '100%', 1],
  ])('%s %j', (name, text, value) => {
    expect(parse({ [name]: text })).toHaveProperty(name, value);
  });

  test.each<[string, string]>([
    ['chunkSize', '0'],
    ['chunkSize', '-64'],
    ['chunkSize', '64.5'],
    ['chunkSize', '64,64'],
    ['chunkSize', '5000'],
    ['chunkSize', '1e99'],
    ['blockSize', 'eight'],
    ['voxelOffset', '1.5,0,0'],
    ['voxelOffset', '3000000000,0,0'],
    ['voxelOffset', '5'],
    ['factors', '2'],
    ['factors', '2,2,1;'],
    ['factors', '0,2,2'],
    ['factors', '65,1,1'],
    ['factors', '1.5,1,1'],
    ['factors', 'AUTO'],
    ['scales', '0'],
    ['meshRatio', '0'],
    ['meshRatio', '1.5'],
    ['meshRatio', '110%'],
    ['meshRatio', '%'],
    ['scales', '41'],
    ['scales', '2.5'],
    ['scales', '-1'],
    ['workers', '0'],
    ['workers', 'many'],
    ['compressionLevel', '0'],
    ['compressionLevel', '10'],
    ['encoding', 'jpg'],
    ['jpegQuality', '0'],
    ['jpegQuality', '101'],
    ['compression', 'GZIP'],
    ['layout', ''],
    ['type', 'labels'],
    ['dataType', 'int64'],
    ['dataType', 'float64'],
    ['downsample', 'mode'],
    ['gaps', 'skip'],
    ['skipEmpty', 'yes'],
  ])('%s %j is refused by its flag, with the value', (name, text) => {
    const error = refusal({ [name]: text });
    const flag = CONVERT_OPTIONS[name as keyof typeof CONVERT_OPTIONS].flag.split(' ')[0] ?? '';
    expect(error.message).toContain(`${flag}: '${text}' is not `);
    expect(error.fields).toMatchObject({ usage: true, options: [name] });
  });
});

describe('a job', () => {
  test('has defaults that are right for a segmentation; what it is, the input may tell', () => {
    expect(parse({})).toEqual({
      ...JOB,
      gaps: 'refuse',
      blockSize: [8, 8, 8],
      jpegQuality: 85,
      chunkSize: [64, 64, 64],
      compression: 'gzip',
      compressionLevel: 6,
      layout: 'gz-suffix',
      sharding: 'auto',
      skipEmpty: false,
      ignoreBackground: false,
      factors: 'auto',
      mesh: 'multilod',
      lods: 6,
      meshSharding: 'auto',
      meshSmoothing: 'auto',
      quantizationBits: '16',
      minVoxels: 1,
      meshBlock: '128',
    });
  });

  test('reports everything that is wrong at once', () => {
    const error = refusal({ scales: '-1', encoding: 'tiff', colour: 'red', input: '' });
    expect(error.message).toContain("--scales: '-1'");
    expect(error.message).toContain("--encoding: 'tiff'");
    expect(error.message).toContain("input: '' is not a path");
    expect(error.message).toContain("'colour' is not an option");
    expect([...(error.fields['options'] as string[])].sort()).toEqual([
      'colour',
      'encoding',
      'input',
      'scales',
    ]);
  });

  test('that was parsed parses again to the same, as JSON too', () => {
    const options = fc.record(
      {
        resolution: fc
          .tuple(fc.double({ min: 0.01, max: 1e6, noNaN: true }), fc.constant('8'), fc.constant('9'))
          .map((parts) => parts.join(',')),
        voxelOffset: integerVectors(-1000, 1000),
        chunkSize: fc.oneof(integerVectors(1, 4096), fc.integer({ min: 1, max: 4096 }).map(String)),
        factors: fc.oneof(
          fc.constant('auto'),
          fc.array(integerVectors(1, 64), { minLength: 1, maxLength: 3 }),
        ),
        memory: fc.integer({ min: 1, max: 999 }).map((amount) => `${amount}GiB`),
        scales: fc.integer({ min: 1, max: 40 }),
        skipEmpty: fc.boolean(),
        type: fc.constantFrom('segmentation', 'image'),
      },
      { requiredKeys: [] },
    );
    fc.assert(
      fc.property(options, (given) => {
        const spec = parse(given);
        expect(parseConvertSpec(spec)).toEqual(spec);
        expect(parseConvertSpec(JSON.parse(JSON.stringify(spec)))).toEqual(spec);
      }),
    );
  });

  test('of any JSON at all is taken or refused as wrong usage', () => {
    fc.assert(
      fc.property(
        fc.oneof(fc.jsonValue(), fc.record({ chunkSize: fc.jsonValue(), memory: fc.jsonValue() })),
        (json) => {
          try {
            parseConvertSpec(typeof json === 'object' && json !== null ? { ...JOB, ...json } : json);
          } catch (error) {
            expect(isStudioError(error) && error.tag).toBe('invalid-input');
          }
        },
      ),
    );
  });

  test('names each flag as sentences mention it', () => {
    for (const name of OPTION_NAMES) expect(named(name).flag).toBe(flagName(CONVERT_OPTIONS[name]));
  });

  test('names each flag once', () => {
    const flags = Object.values(CONVERT_OPTIONS).map(({ flag }) => flag.split(' ')[0]);
    expect(new Set(flags).size).toBe(flags.length);
  });
});

test('the reason why JPEG XL is not offered is given, and for other words only the choices', () => {
  const choices = 'is not one of compressed_segmentation, raw, jpeg, png';
  expect(refusal({ encoding: 'jxl' }).message).toMatch(
    new RegExp(
      `^--encoding: 'jxl' ${choices} \\(JPEG XL is read, but not written, .* choose jpeg, or png .*\\)\\.$`,
    ),
  );
  for (const other of ['webp', 'toString']) {
    expect(refusal({ encoding: other }).message).toBe(`--encoding: '${other}' ${choices}.`);
  }
});
