/**
 * `npm run bench -- [--peers] [--large] [--rounds N] [--only WORD] [--compare FILE] [--out FOLDER]`: runs the
 * benchmarks and writes benchmarks.json and benchmarks.md into docs/. With `--compare`, which names an earlier
 * benchmarks.json, it ends with code 1 if a case became slower than 0.85 times its earlier speed. With `--only` the
 * other results of the existing report are kept.
 */
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { averageBenchmark } from './average';
import { clusterBenchmark } from './cluster';
import { componentsBenchmark } from './components';
import { compressedSegmentationBenchmark } from './compressed-segmentation';
import { downsampleBenchmark } from './downsample';
import { labelStatisticsBenchmark } from './label-statistics';
import { gzipBenchmark } from './gzip';
import { growthBenchmark } from './growth';
import { imagesBenchmark } from './images';
import {
  measureCase,
  type Benchmark,
  type CaseResult,
  type Comparison,
  type ComparisonTable,
} from './harness';
import { meshDistanceComparison } from './mesh-distance';
import { meshLooksComparison } from './mesh-looks';
import { memoryBenchmark } from './memory';
import { meshBenchmark } from './meshes';
import { publishBenchmark } from './publish';
import { readTiffBenchmark } from './read-tiff';
import { readVolumesBenchmark } from './read-volumes';
import { machine, regressions, resultsOf, toMarkdown, type BenchmarkReport } from './report';
import { startUpBenchmark } from './start-up';
import { verifyBenchmark } from './verify';
import { wholeJobBenchmark } from './whole-job';

const BENCHMARKS: readonly Benchmark[] = [
  compressedSegmentationBenchmark,
  downsampleBenchmark,
  averageBenchmark,
  labelStatisticsBenchmark,
  componentsBenchmark,
  meshBenchmark,
  readTiffBenchmark,
  readVolumesBenchmark,
  gzipBenchmark,
  startUpBenchmark,
  wholeJobBenchmark,
  imagesBenchmark,
  growthBenchmark,
  memoryBenchmark,
  verifyBenchmark,
  clusterBenchmark,
  publishBenchmark,
];

const COMPARISONS: readonly Comparison[] = [meshLooksComparison, meshDistanceComparison];

const { values: options } = parseArgs({
  options: {
    peers: { type: 'boolean', default: false },
    large: { type: 'boolean', default: false },
    rounds: { type: 'string', default: '7' },
    only: { type: 'string', default: '' },
    compare: { type: 'string' },
    out: { type: 'string', default: 'docs' },
  },
});

const rounds = Number(options.rounds);
const earlier = options.compare === undefined ? undefined : await readReport(options.compare);
const kept =
  options.only === ''
    ? undefined
    : await readReport(join(options.out, 'benchmarks.json')).catch(() => undefined);
const isMeant = (name: string): boolean => name.includes(options.only);
const results: CaseResult[] =
  kept === undefined ? [] : resultsOf(kept).filter(({ benchmark }) => !isMeant(benchmark));
const isMeasured = ({ name, needsPeers }: Comparison): boolean =>
  isMeant(name) && (options.peers || !needsPeers);
const isOfMeasured = ({ comparison }: ComparisonTable): boolean =>
  COMPARISONS.some((one) => one.name === comparison && isMeasured(one));
const comparisons: ComparisonTable[] = (kept?.comparisons ?? []).filter((table) => !isOfMeasured(table));
const report: BenchmarkReport = { machine: machine(), rounds, results, comparisons };
await mkdir(options.out, { recursive: true });
for (const comparison of COMPARISONS) {
  if (!isMeasured(comparison)) continue;
  console.error(comparison.name);
  for await (const table of comparison.tables(options)) {
    comparisons.push({ ...table, comparison: comparison.name });
    await write(report);
  }
}
for (const benchmark of BENCHMARKS) {
  if (!isMeant(benchmark.name)) continue;
  for await (const benchmarkCase of benchmark.cases(options)) {
    console.error(`${benchmarkCase.work}, ${benchmarkCase.data}`);
    results.push(await measureCase(benchmark.name, benchmarkCase, rounds));
    // The last cases take long. Saving after each case keeps the results if the run is stopped.
    await write(report);
  }
}
await write(report);
console.log(toMarkdown(report));

if (earlier !== undefined) {
  const slower = regressions(earlier, report, 0.85);
  for (const { work, data, ratio } of slower) {
    console.error(`slower: ${work}, ${data}: ${ratio.toFixed(2)} of what it was`);
  }
  process.exitCode = slower.length > 0 ? 1 : 0;
}

async function write(report: BenchmarkReport): Promise<void> {
  await writeFile(join(options.out, 'benchmarks.json'), `${JSON.stringify(report, undefined, 2)}\n`);
  await writeFile(join(options.out, 'benchmarks.md'), toMarkdown(report));
}

async function readReport(path: string): Promise<BenchmarkReport> {
  return JSON.parse(await readFile(path, 'utf8')) as BenchmarkReport;
}
