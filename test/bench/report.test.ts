import { describe, expect, test } from 'vitest';
import { measureCase, type CaseResult } from './harness';
import { regressions, resultsOf, toMarkdown, type BenchmarkReport } from './report';

/** A contender with the given seconds for each run. The first run is the warm-up. */
function scripted(name: string, seconds: readonly number[]): { name: string; run: () => number } {
  let next = 0;
  return { name, run: () => seconds[next++] ?? NaN };
}

function report(results: readonly CaseResult[]): BenchmarkReport {
  return { machine: { processor: 'P', cores: 2, node: 'v20' }, rounds: 3, results, comparisons: [] };
}

async function measured(ours: number, peer: number): Promise<CaseResult> {
  const contenders = [scripted('ours', [9, ours, ours, ours]), scripted('peer', [9, peer, peer, peer])];
  return measureCase('codec', { work: 'encode', data: 'noise', amount: 10, unit: 'Mvoxel', contenders }, 3);
}

describe('measureCase', () => {
  test('leaves the warm-up out and compares round by round', async () => {
    const contenders = [scripted('ours', [99, 1, 2, 4]), scripted('peer', [99, 2, 2, 16])];
    const result = await measureCase(
      'codec',
      { work: 'encode', data: 'noise', amount: 8, unit: 'Mvoxel', contenders },
      3,
    );
    expect(result.contenders).toEqual([
      { name: 'ours', median: 4, lowest: 2, highest: 8 },
      { name: 'peer', median: 4, lowest: 0.5, highest: 4, ratio: { median: 2, lowest: 1, highest: 4 } },
    ]);
  });
});

test('measureCase compares the processor time of contenders that report it', async () => {
  const once = (name: string, cpuSeconds?: number) => ({ name, run: () => ({ seconds: 1, cpuSeconds }) });
  const contenders = [once('ours', 2), once('peer', 5), once('other')];
  const work = { work: 'encode', data: 'noise', amount: 8, unit: 'Mvoxel', contenders };
  const [, peer, other] = (await measureCase('codec', work, 2)).contenders;
  expect(peer).toMatchObject({ ratio: { median: 1 }, cpuRatio: { median: 2.5 } });
  expect(other).not.toHaveProperty('cpuRatio');
});

describe('toMarkdown', () => {
  test('has a line for each contender', async () => {
    const page = toMarkdown(report([await measured(1, 4)]));
    expect(page).toContain('| encode | noise | ours | 10.0 (10.0 to 10.0) Mvoxel |  |  |  |');
    expect(page).toContain(
      '| encode | noise | peer | 2.50 (2.50 to 2.50) Mvoxel | 4.00 (4.00 to 4.00) |  |  |',
    );
  });
});

test('toMarkdown tells the results of an earlier run from those of the last one', async () => {
  const earlier = { ...report([await measured(2, 4)]), rounds: 7 };
  const page = toMarkdown(report([await measured(1, 4), ...resultsOf(earlier)]));
  const [last = '', other = ''] = page.split(
    'Measured in another run, on P (2 cores), Node v20: median of 7 rounds at most:',
  );
  expect(last).toContain('ours | 10.0 (10.0 to 10.0)');
  expect(other).toContain('ours | 5.00 (5.00 to 5.00)');
  expect(other).not.toContain('10.0');
});

test('toMarkdown says when the machine was shared', () => {
  const { machine, ...rest } = report([]);
  expect(toMarkdown({ machine: { ...machine, load: 7 }, ...rest })).toContain('other programs (load 7)');
  expect(toMarkdown({ machine: { ...machine, load: 0 }, ...rest })).not.toContain('other programs');
});

test('toMarkdown has the tables of comparisons', () => {
  const comparisons = [{ title: 'Sizes', columns: ['by', 'size'], rows: [['ours', '3']] }];
  const page = toMarkdown({ ...report([]), comparisons });
  expect(page).toContain('## Sizes\n\n| by | size |\n| --- | --- |\n| ours | 3 |\n');
});

describe('regressions', () => {
  test('forgives a machine that is slower as a whole', async () => {
    const before = report([await measured(1, 4)]);
    expect(regressions(before, report([await measured(2, 8)]), 0.85)).toEqual([]);
  });

  test('tells a case that lost against its peer', async () => {
    const before = report([await measured(1, 4)]);
    expect(regressions(before, report([await measured(2, 4)]), 0.85)).toEqual([
      { work: 'encode', data: 'noise', ratio: 0.5 },
    ]);
  });
});
