import { describe, expect, test } from 'vitest';
import { openSource } from '../../../../src/main/sources/registry';
import type { OpenOptions } from '../../../../src/main/sources/source-opener';
import type { DataType } from '../../../../src/shared/base/data-type';
import { testSourceConformance } from '../../../conformance/source-conformance';
import { fixture, fixtureVoxels } from '../../../fixtures/voxels';

const SIZE = [9, 7, 5] as const;

interface Case {
  readonly file: string;
  readonly dataType: DataType;
  readonly channels?: number;
  readonly range: readonly [low: number, high: number];
  readonly out: 'uint8' | 'uint16';
}

const CASES: readonly Case[] = [
  { file: 'npy-le-u2.npy', dataType: 'uint16', range: [1000, 50_000], out: 'uint8' },
  { file: 'npy-le-f4.npy', dataType: 'float32', range: [-80, 400.5], out: 'uint16' },
  { file: 'npy-be-i2.npy', dataType: 'int16', range: [-20_000, 7], out: 'uint8' },
  { file: 'npy-le-i8.npy', dataType: 'int64', range: [-(2 ** 60), 2 ** 62], out: 'uint8' },
];

/** Maps values one by one: linearly, rounded half up, limited to the range. */
function windowTwin({ dataType, channels, range: [low, high], out }: Case): Uint8Array | Uint16Array {
  const voxels = fixtureVoxels(dataType, SIZE, channels);
  const largest = out === 'uint8' ? 255 : 65_535;
  const mapped = Array.from({ length: voxels.length }, (_, i) =>
    Math.min(largest, Math.max(0, Math.round(((Number(voxels[i]) - low) / (high - low)) * largest))),
  );
  return out === 'uint8' ? Uint8Array.from(mapped) : Uint16Array.from(mapped);
}

describe('windows', () => {
  for (const entry of CASES) {
    const { file, range, out } = entry;
    const options: OpenOptions = { kind: 'image', window: `${range[0]}:${range[1]}`, dataType: out };
    testSourceConformance(`${range.join(':')} of ${file} as ${out}`, {
      path: fixture('arrays', file),
      options,
      dataType: out,
      channels: 1,
      content: windowTwin(entry),
    });
  }
});

const IMAGE = { kind: 'image', window: 'auto' } as const;

test('an automatic window is reported, and is the same every time', async () => {
  const path = fixture('arrays', 'npy-le-u2.npy');
  const [first, second] = [await openSource(path, IMAGE), await openSource(path, IMAGE)];
  const fact = new Map(first.metadata.facts).get('window');
  expect(fact).toMatch(/^\d+ to \d+, as uint8$/);
  expect(first.handle).toEqual(second.handle);
  expect(first.metadata.fingerprint).toBe(second.metadata.fingerprint);
  await Promise.all([first.close(), second.close()]);
});

test.each<[OpenOptions, RegExp]>([
  [{ kind: 'segmentation', window: '0:5' }, /only images have intensities/],
  [{ kind: 'image', window: '0:5', dataType: 'float32' }, /not float32/],
  [{ kind: 'image', window: '0:5', dataType: 'int16' }, /not int16/],
])('refused: %o', async (options, message) => {
  await expect(openSource(fixture('arrays', 'npy-le-u2.npy'), options)).rejects.toThrow(message);
});
