import type { CaseResult } from './harness';
import type { BenchmarkReport } from './report';

/** What we want of a case: of the ratio to one contender, or of our own amount a second. */
interface Goal {
  readonly what: string;
  readonly isMeant: (result: CaseResult) => boolean;
  /** The contender that ours is compared with; absent where our own figure counts. */
  readonly against?: string;
  readonly least: number;
}

const real = ({ data }: CaseResult): boolean => data.startsWith('em-stack');
const madeUp = ({ data }: CaseResult): boolean => /^(constant|noise)/.test(data);
const works =
  (work: string, kind: (result: CaseResult) => boolean) =>
  (result: CaseResult): boolean =>
    result.work === work && kind(result);

const CODEC_PEER = 'compressed-segmentation';
const MAJORITY_PEER = 'tinybrain';

const GOALS: readonly Goal[] = [
  { what: 'encode', isMeant: works('compressed_segmentation encode', real), against: CODEC_PEER, least: 1.5 },
  { what: 'decode', isMeant: works('compressed_segmentation decode', real), against: CODEC_PEER, least: 1 },
  {
    what: 'majority 2 × 2 × 1',
    isMeant: works('majority 2 × 2 × 1', real),
    against: MAJORITY_PEER,
    least: 1,
  },
  {
    what: 'majority 2 × 2 × 2',
    isMeant: works('majority 2 × 2 × 2', real),
    against: MAJORITY_PEER,
    least: 1,
  },
  {
    what: 'kernels on noise and constant data',
    isMeant: (result) => madeUp(result) && /^(compressed_segmentation|majority)/.test(result.work),
    against: '(C++)',
    least: 0.8,
  },
  {
    what: 'marching cubes and simplification',
    isMeant: (result) => result.benchmark === 'meshes' && real(result),
    against: 'zmesh',
    least: 1.5,
  },
  {
    what: 'volume, against tensorstore',
    isMeant: works('slices to all scales', real),
    against: 'tensorstore',
    least: 2,
  },
  {
    what: 'volume, against igneous',
    isMeant: works('slices to all scales', real),
    against: 'igneous',
    least: 2,
  },
  {
    what: 'volume and meshes, against igneous',
    isMeant: works('slices to all scales and meshes', real),
    against: 'igneous',
    least: 2,
  },
  {
    what: 'volume, against neuroglancer-scripts',
    isMeant: works('slices to all scales', real),
    against: 'neuroglancer-scripts',
    least: 100,
  },
  {
    what: 'all cores over one (of two)',
    isMeant: ({ work }) => /on \d+ cores$/.test(work),
    against: 'ours, on one',
    least: 1.8,
  },
  {
    what: 'nearness to the bare work',
    isMeant: works('slices to all scales', real),
    against: 'alone',
    least: 0.7,
  },
  { what: 'starts a second', isMeant: ({ work }) => work === 'start of the command line', least: 1 / 0.15 },
];

/** A table of the goals, each by the worst case that it is meant for; those that weren't measured are left out. */
export function goalsTable({ results }: BenchmarkReport): string[] {
  const lines = GOALS.flatMap(({ what, isMeant, against, least }) => {
    const reached = results
      .filter(isMeant)
      .flatMap(({ contenders }) =>
        against === undefined
          ? contenders.slice(0, 1).map(({ median }) => median)
          : contenders.flatMap(({ name, ratio }) =>
              name.includes(against) && ratio !== undefined ? [ratio.median] : [],
            ),
      );
    if (reached.length === 0) return [];
    const worst = Math.min(...reached);
    return [
      `| ${what} | ${least.toPrecision(2)} | ${worst.toPrecision(3)} | ${worst >= least ? 'yes' : 'no'} |`,
    ];
  });
  return ['| goal | at least | measured (worst case) | reached |', '| --- | --- | --- | --- |', ...lines];
}
