import { describe, expect, test } from 'vitest';
import { goalsTable } from './goals';
import type { CaseResult, ContenderResult, Figures } from './harness';

const exactly = (value: number): Figures => ({ median: value, lowest: value, highest: value });

/** Contenders, given the ratio that ours reached over each. */
function measured(work: string, data: string, ratios: Readonly<Record<string, number>>): CaseResult {
  const others = Object.entries(ratios).map(([name, ratio]): ContenderResult => ({
    name,
    ...exactly(1 / ratio),
    ratio: exactly(ratio),
  }));
  const contenders = [{ name: 'ours', ...exactly(1) }, ...others];
  return { benchmark: 'whole job', work, data, unit: 'Mvoxel', contenders };
}

function goals(results: readonly CaseResult[]): string[] {
  const machine = { processor: 'P', cores: 2, node: 'v20' };
  return goalsTable({ machine, rounds: 3, results, comparisons: [] }).slice(2);
}

test('the volume is judged on equal terms, and on the harder ones beside them', () => {
  const ratios = {
    'tensorstore (C++), then gzip, from its start': 2.5,
    'tensorstore (C++), no gzip, its start not counted': 1.25,
    'igneous and cloud-volume, from its start': 3.5,
    'igneous and cloud-volume, its start not counted': 1.5,
  };
  expect(goals([measured('slices to all scales', 'em-stack, 512 × 512 × 256', ratios)])).toEqual([
    '| volume, against tensorstore | 2.0 | 2.50 |  | yes |',
    '| the same, without gzip and start there | 2.0 | 1.25 |  | no |',
    '| volume, against igneous | 2.0 | 3.50 |  | yes |',
    '| the same, without its start | 2.0 | 1.50 |  | no |',
  ]);
});

test('a large volume is judged by itself', () => {
  const ratios = {
    'tensorstore (C++), then gzip, from its start': 2.5,
    'igneous and cloud-volume, from its start': 1.5,
  };
  const data = 'sample of 64 slices, 1024 × 1024 × 1024';
  expect(goals([measured('slices to all scales', data, ratios)])).toEqual([
    '| volume of 1024³, against tensorstore | 2.0 | 2.50 |  | yes |',
    '| volume of 1024³, against igneous | 2.0 | 1.50 |  | no |',
  ]);
});

test('a large image is judged by itself', () => {
  const work = 'images to all scales, jpeg 85';
  const ratios = { 'tensorstore (C++), from its start': 1.25, 'igneous, from its start': 3 };
  const results = [
    measured(work, 'smooth uint8, 1024 × 1024 × 128', ratios),
    measured(work, 'smooth uint8, 1024 × 1024 × 1024', { 'tensorstore (C++), from its start': 1.75 }),
  ];
  expect(goals(results)).toEqual([
    '| images as JPEG, against the fastest peer | 1.5 | 1.25 |  | no |',
    '| the same, of images of 1024³ | 1.5 | 1.75 |  | yes |',
  ]);
});

test('processor time decides what is reached, where all cases of a goal have it', () => {
  const work = 'images to all scales, jpeg 85';
  const withCpu = (ratio: number, cpu: number): CaseResult => {
    const result = measured(work, 'smooth uint8', { 'tensorstore (C++), from its start': ratio });
    const contenders = result.contenders.map((contender) =>
      contender.ratio === undefined ? contender : { ...contender, cpuRatio: exactly(cpu) },
    );
    return { ...result, contenders };
  };
  const row = '| images as JPEG, against the fastest peer | 1.5 |';
  expect(goals([withCpu(1.25, 2), withCpu(1.5, 1.75)])).toEqual([`${row} 1.25 | 1.75 | yes |`]);
  const without = measured(work, 'smooth uint8', { 'igneous, from its start': 3 });
  expect(goals([withCpu(2, 2), without])).toEqual([`${row} 2.00 |  | yes |`]);
});

describe('all cores over one', () => {
  const work = 'slices to all scales, on 2 cores';

  test('is judged by one core, in the worst case, and for a large volume by itself', () => {
    const results = [
      measured(work, 'em-stack, 512 × 512 × 256', { 'ours, on one': 1.25, 'ours, on one core': 1.75 }),
      measured(work, 'sample, 512 × 512 × 512', { 'ours, on one': 1.5, 'ours, on one core': 1.875 }),
      measured(work, 'sample of 64 slices, 1024 × 1024 × 1024', {
        'ours, on one': 1.5,
        'ours, on one core': 2,
      }),
    ];
    expect(goals(results)).toEqual([
      '| all cores over one (of two) | 1.8 | 1.75 |  | no |',
      '| the same, of a volume of 1024³ | 1.8 | 2.00 |  | yes |',
    ]);
  });

  test('is judged by one worker where no process can be kept on one core', () => {
    const results = [measured(work, 'sample, 512 × 512 × 512', { 'ours, on one': 1.25 })];
    expect(goals(results)).toEqual(['| all cores over one (of two) | 1.8 | 1.25 |  | no |']);
  });
});

test('growth is judged by what larger volumes reach of the smallest, and by the slowest of all', () => {
  const speeds = [
    ['512', 32],
    ['1024', 64],
    ['2048', 30],
  ] as const;
  const results = speeds.map(([side, speed]): CaseResult => ({
    ...measured('slices to all scales, --memory 2GiB', `sample, ${side}³`, {}),
    benchmark: 'growth',
    contenders: [{ name: 'ours', ...exactly(speed) }],
  }));
  expect(goals(results)).toEqual([
    '| speed of 1024³ and 2048³ over that of 512³ | 0.90 | 0.938 |  | yes |',
    '| speed of the slowest volume over the fastest, 512³ and more | 0.90 | 0.469 |  | no |',
  ]);
});
