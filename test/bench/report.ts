import { cpus, loadavg } from 'node:os';
import { formatBytes } from '../../src/shared/base/format-quantity';
import { goalsTable } from './goals';
import type { CaseResult, ComparisonTable, ContenderResult, Figures, Run } from './harness';

/** The output of `npm run bench`: docs/benchmarks.json. */
export interface BenchmarkReport extends Run {
  readonly results: readonly CaseResult[];
  readonly comparisons: readonly ComparisonTable[];
}

export function machine(): BenchmarkReport['machine'] {
  const processor = cpus()[0]?.model.trim() ?? 'unknown';
  return { processor, cores: cpus().length, node: process.version, load: Math.round(loadavg()[0] ?? 0) };
}

/** Returns the results of a report, each with the run that it is of, for a report of another run. */
export function resultsOf({ machine, rounds, results }: BenchmarkReport): CaseResult[] {
  return results.map((result) => ({ run: { machine, rounds }, ...result }));
}

const TERMS_OF_JOBS =
  'Whole jobs, slices to all scales, are timed from the start of our process to its end, with all chunks gzipped. ' +
  'Others that count “from its start” are timed from the start of Python and its imports to the finished dataset; ' +
  'those with “its start not counted”, which is harder for us, from the first slice on. “Then gzip”: tensorstore ' +
  'leaves chunks plain, Python’s zlib gzips them afterwards at level 6, in as many processes as there are cores. ' +
  'Cloud-volume gzips by libdeflate, always at level 9. “Ours, on one” is one worker, beside which the main thread ' +
  'may have another core; “ours, on one core” keeps all of it on one. Images are gzipped on both sides or on neither, ' +
  'and each program is timed from its start.';

/** Formats the report as a page: the goals, then all figures with a line for each contender. */
export function toMarkdown(report: BenchmarkReport): string {
  const { results, comparisons } = report;
  const earlier = new Set(results.flatMap(({ run }) => (run === undefined ? [] : [JSON.stringify(run)])));
  return [
    '# Benchmarks',
    '',
    `Measured by \`npm run bench\` ${wordsOf(report)}, lowest and highest in brackets, contenders in turns. ` +
      'Ratio: ours over this one, above 1 where ours is faster. The ratio of CPU time, of all threads and processes ' +
      'together, says more where others used the machine at the same time: where it is known, it decides which goals are ' +
      'reached.',
    '',
    TERMS_OF_JOBS,
    '',
    ...goalsTable(report),
    '',
    ...figures(results.filter(({ run }) => run === undefined)),
    ...[...earlier].flatMap((run) => [
      `Measured in another run, ${wordsOf(JSON.parse(run) as Run)}:`,
      '',
      ...figures(results.filter((result) => JSON.stringify(result.run) === run)),
    ]),
    ...comparisons.flatMap(tableLines),
  ].join('\n');
}

function wordsOf({ machine, rounds }: Run): string {
  const { processor, cores, node, load = 0 } = machine;
  const others = load > 0 ? `, shared with other programs (load ${load})` : '';
  return `on ${processor} (${cores} cores), Node ${node}${others}: median of ${rounds} rounds at most`;
}

function figures(results: readonly CaseResult[]): string[] {
  return [
    '| work | data | by | per second | ratio | ratio of CPU time | peak memory |',
    '| --- | --- | --- | --- | --- | --- | --- |',
    ...results.flatMap((result) => result.contenders.map((contender) => line(result, contender))),
    '',
  ];
}

function tableLines({ title, columns, rows }: ComparisonTable): string[] {
  const row = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
  return [`## ${title}`, '', row(columns), row(columns.map(() => '---')), ...rows.map(row), ''];
}

function line(
  { work, data, unit }: CaseResult,
  { name, ratio, cpuRatio, peakMemoryBytes, ...speed }: ContenderResult,
): string {
  const cells = [
    work,
    data,
    name,
    `${range(speed)} ${unit}`,
    ratio === undefined ? '' : range(ratio),
    cpuRatio === undefined ? '' : range(cpuRatio),
    peakMemoryBytes === undefined ? '' : formatBytes(peakMemoryBytes),
  ];
  return `| ${cells.join(' | ')} |`;
}

function range({ median, lowest, highest }: Figures): string {
  return `${number(median)} (${number(lowest)} to ${number(highest)})`;
}

/** Formats a number with three significant digits. */
function number(value: number): string {
  return value >= 100 ? value.toFixed(0) : value.toPrecision(3);
}

/** A case that ran slower than in an earlier report. */
export interface Regression {
  readonly work: string;
  readonly data: string;
  /** The current speed divided by the earlier one. */
  readonly ratio: number;
}

/**
 * Returns our cases whose median is below `tolerance` times that of `before`. If both reports have the same peer, the
 * ratios to the peer are compared, so that a machine that is slower as a whole doesn't count.
 */
export function regressions(
  before: BenchmarkReport,
  after: BenchmarkReport,
  tolerance: number,
): readonly Regression[] {
  return after.results.flatMap((result) => {
    const { work, data } = result;
    const earlier = before.results.find((other) => other.work === work && other.data === data);
    const ratio = earlier === undefined ? 1 : speedRatio(earlier, result);
    return ratio < tolerance ? [{ work, data, ratio }] : [];
  });
}

function speedRatio(before: CaseResult, after: CaseResult): number {
  for (const peer of after.contenders) {
    const earlier = before.contenders.find(({ name }) => name === peer.name);
    if (peer.ratio !== undefined && earlier?.ratio !== undefined) {
      return peer.ratio.median / earlier.ratio.median;
    }
  }
  return (after.contenders[0]?.median ?? NaN) / (before.contenders[0]?.median ?? NaN);
}
