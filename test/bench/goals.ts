import { GROWTH_BUDGET_BYTES } from './growth';
import type { CaseResult } from './harness';
import { SMALL_BUDGET_BYTES } from './memory';
import { READ_KINDS } from './read-volumes';
import type { BenchmarkReport } from './report';

/** A goal, as a number that should at least be reached. */
interface Goal {
  readonly what: string;
  readonly least: number;
  /** The numbers that were reached, one per case; empty if nothing was measured. */
  readonly reached: (results: readonly CaseResult[]) => readonly number[];
  /** Set if it is about the time that passes. Processor time says nothing about that. */
  readonly isOfTime?: true;
}

type CaseTest = (result: CaseResult) => boolean;

const isReal: CaseTest = ({ data }) => data.startsWith('em-stack');
const isMadeUp: CaseTest = ({ data }) => /^(constant|noise)/.test(data);
const isRealWork =
  (work: string): CaseTest =>
  (result) =>
    result.work === work && isReal(result);

/** The ratios to one contender, selected by a part of its name. */
function against(contender: string, isMeant: CaseTest): Goal['reached'] {
  return (results) =>
    results
      .filter(isMeant)
      .flatMap(({ contenders }) => contenders)
      .flatMap(({ name, ratio }) => (name.includes(contender) && ratio !== undefined ? [ratio.median] : []));
}

const ofGrowth = (results: readonly CaseResult[]) =>
  results
    .filter(({ benchmark }) => benchmark === 'growth')
    .flatMap(({ contenders }) => contenders.slice(0, 1));

/** The speed of the slowest volume relative to the fastest one, per voxel. */
function evenness(results: readonly CaseResult[]): number[] {
  const speeds = ofGrowth(results).map(({ median }) => median);
  return speeds.length < 2 ? [] : [Math.min(...speeds) / Math.max(...speeds)];
}

/** The speed of each larger volume relative to the smallest one. */
function growth(results: readonly CaseResult[]): number[] {
  const [smallest, ...larger] = ofGrowth(results).map(({ median }) => median);
  return smallest === undefined ? [] : larger.map((speed) => speed / smallest);
}

const VOLUME = isRealWork('slices to all scales');
const isLarge: CaseTest = ({ data }) => data.endsWith('1024 × 1024 × 1024');
const LARGE_VOLUME: CaseTest = (result) => result.work === 'slices to all scales' && isLarge(result);
const IGNEOUS = 'igneous and cloud-volume, from its start';
const TENSORSTORE = 'then gzip, from its start';

/**
 * The ratio to one core, if the system could keep a process there, otherwise to one worker, next to which the main
 * thread also runs.
 */
function allOverOne(isMeant: CaseTest): Goal['reached'] {
  const isOnAll: CaseTest = (result) => /on \d+ cores$/.test(result.work) && isMeant(result);
  return (results) => {
    const overOneCore = against('ours, on one core', isOnAll)(results);
    return overOneCore.length > 0 ? overOneCore : against('ours, on one', isOnAll)(results);
  };
}

const ofImages =
  (...packings: readonly string[]): CaseTest =>
  ({ work }) =>
    packings.some((packing) => work === `images to all scales, ${packing}`);
const ofJpeg = ofImages('jpeg 85');
const PEERS_OF_IMAGES = 'from its start';
const isAverage: CaseTest = ({ benchmark }) => benchmark === 'average';

const GOALS: readonly Goal[] = [
  {
    what: 'encode, against compressed-segmentation',
    least: 1.5,
    reached: against('compressed-segmentation', isRealWork('compressed_segmentation encode')),
  },
  {
    what: 'decode, against compressed-segmentation',
    least: 1,
    reached: against('compressed-segmentation', isRealWork('compressed_segmentation decode')),
  },
  {
    what: 'majority 2 × 2 × 1, against tinybrain',
    least: 1,
    reached: against('tinybrain', isRealWork('majority 2 × 2 × 1')),
  },
  {
    what: 'majority 2 × 2 × 2, against tinybrain',
    least: 1,
    reached: against('tinybrain', isRealWork('majority 2 × 2 × 2')),
  },
  {
    what: 'these kernels on noise and constant data',
    least: 0.8,
    reached: against(
      '(C++)',
      (result) => isMadeUp(result) && /^(compressed_segmentation|majority)/.test(result.work),
    ),
  },
  {
    what: 'marching cubes and simplification, against zmesh',
    least: 1.5,
    reached: against('zmesh', (result) => result.benchmark === 'meshes' && isReal(result)),
  },
  { what: 'volume, against tensorstore', least: 2, reached: against(TENSORSTORE, VOLUME) },
  { what: 'the same, without gzip and start there', least: 2, reached: against('no gzip', VOLUME) },
  {
    what: 'volume, against igneous',
    least: 2,
    reached: against(IGNEOUS, VOLUME),
  },
  {
    what: 'the same, without its start',
    least: 2,
    reached: against('igneous and cloud-volume, its start not counted', VOLUME),
  },
  { what: 'volume of 1024³, against tensorstore', least: 2, reached: against(TENSORSTORE, LARGE_VOLUME) },
  { what: 'volume of 1024³, against igneous', least: 2, reached: against(IGNEOUS, LARGE_VOLUME) },
  {
    what: 'volume and meshes, against igneous',
    least: 2,
    reached: against('igneous', isRealWork('slices to all scales and meshes')),
  },
  {
    what: 'volume, against neuroglancer-scripts',
    least: 100,
    reached: against('neuroglancer-scripts', VOLUME),
  },
  {
    what: 'images as JPEG, against the fastest peer',
    least: 1.5,
    reached: against(PEERS_OF_IMAGES, (result) => ofJpeg(result) && !isLarge(result)),
  },
  {
    what: 'the same, of images of 1024³',
    least: 1.5,
    reached: against(PEERS_OF_IMAGES, (result) => ofJpeg(result) && isLarge(result)),
  },
  {
    what: 'images as PNG, against the fastest peer',
    least: 2.5,
    reached: against(PEERS_OF_IMAGES, ofImages('png')),
  },
  {
    what: 'images raw and gzipped, against the fastest peer',
    least: 2,
    reached: against(PEERS_OF_IMAGES, ofImages('raw, gzipped')),
  },
  {
    what: 'images raw, against the fastest peer',
    least: 1.2,
    reached: against(PEERS_OF_IMAGES, ofImages('raw')),
  },
  ...READ_KINDS.map((kind) => ({
    what: `read ${kind}`,
    least: 1,
    reached: against('', ({ work }) => work === `read ${kind}`),
  })),
  {
    what: 'connected components, against cc3d',
    least: 0.7,
    reached: against('cc3d', ({ data }) => /^(noise|phantom)/.test(data)),
  },
  {
    what: 'verify, against the conversion that made it',
    least: 1,
    reached: against('conversion', ({ benchmark }) => benchmark === 'verify'),
  },
  { what: 'average, against plain JavaScript', least: 5, reached: against('window by window', isAverage) },
  { what: 'average, against tensorstore', least: 1.5, reached: against('tensorstore', isAverage) },
  { what: 'average, against tinybrain', least: 0.5, reached: against('tinybrain', isAverage) },
  {
    what: 'all cores over one (of two)',
    least: 1.8,
    reached: allOverOne((result) => !isLarge(result)),
    isOfTime: true,
  },
  { what: 'the same, of a volume of 1024³', least: 1.8, reached: allOverOne(isLarge), isOfTime: true },
  {
    what: 'two nodes of Slurm, against one process',
    least: 0.8,
    reached: against('one process of two workers', ({ work }) => work.endsWith('by two nodes of Slurm')),
    isOfTime: true,
  },
  { what: 'nearness to the bare work', least: 0.7, reached: against('alone', VOLUME) },
  {
    what: 'memory budget over the peak',
    least: 1 / 1.1,
    reached: (results) =>
      ofGrowth(results).flatMap(({ peakMemoryBytes }) =>
        peakMemoryBytes === undefined ? [] : [GROWTH_BUDGET_BYTES / peakMemoryBytes],
      ),
  },
  {
    what: 'memory budget of 512 MiB over the peak',
    least: 1,
    reached: (results) =>
      results
        .filter(({ benchmark }) => benchmark === 'memory')
        .flatMap(({ contenders }) => contenders)
        .flatMap(({ peakMemoryBytes }) =>
          peakMemoryBytes === undefined ? [] : [SMALL_BUDGET_BYTES / peakMemoryBytes],
        ),
  },
  { what: 'speed of 1024³ and 2048³ over that of 512³', least: 0.9, reached: growth },
  { what: 'speed of the slowest volume over the fastest, 512³ and more', least: 0.9, reached: evenness },
  {
    what: 'starts of the command line a second',
    least: 1 / 0.15,
    reached: (results) =>
      results
        .filter(({ work }) => work === 'start of the command line')
        .flatMap(({ contenders }) => contenders.slice(0, 1).map(({ median }) => median)),
  },
];

/** Returns the results with the ratios of processor time in place of the others. */
function byCpuTime(results: readonly CaseResult[]): CaseResult[] {
  return results.map((result) => ({
    ...result,
    contenders: result.contenders.flatMap(({ cpuRatio, ...contender }) =>
      cpuRatio === undefined ? [] : [{ ...contender, ratio: cpuRatio }],
    ),
  }));
}

/**
 * Makes a table of the goals, each with the worst of its cases. Goals that weren't measured are left out. Where all cases
 * have processor times, these decide: other programs on the machine change them less.
 */
export function goalsTable({ results }: BenchmarkReport): string[] {
  const lines = GOALS.flatMap(({ what, least, reached, isOfTime }) => {
    const numbers = reached(results);
    if (numbers.length === 0) return [];
    const worst = Math.min(...numbers);
    const cpu = isOfTime ? [] : reached(byCpuTime(results));
    const worstCpu = cpu.length === numbers.length ? Math.min(...cpu) : undefined;
    const yes = (worstCpu ?? worst) >= least ? 'yes' : 'no';
    return [
      `| ${what} | ${least.toPrecision(2)} | ${worst.toPrecision(3)} | ${worstCpu?.toPrecision(3) ?? ''} | ${yes} |`,
    ];
  });
  return [
    '| goal | at least | worst case by time | by CPU time | reached |',
    '| --- | --- | --- | --- | --- |',
    ...lines,
  ];
}
