/**
 * Measures kernels and jobs, our own and those of others, in turns: in each round every contender runs once, in an
 * order that rotates, so that a slow moment of the machine affects all of them equally. Only ratios within one run
 * are meaningful.
 */

/** One implementation of a case. */
export interface Contender {
  /** 'ours', or the name of another tool or method. */
  readonly name: string;
  /** Does the work once. Returns the seconds that it took, or a measurement with more values. */
  run(): number | Measurement | Promise<number | Measurement>;
}

export interface Measurement {
  readonly seconds: number;
  /** The processor time of all threads and processes, which says more than seconds where others use the machine too. */
  readonly cpuSeconds?: number | undefined;
  /** The peak memory use of the contender's processes. */
  readonly peakMemoryBytes?: number;
}

/** The same work for several contenders. */
export interface BenchmarkCase {
  /** What is done, for instance 'compressed_segmentation encode'. */
  readonly work: string;
  /** The data, for instance 'em-stack, 64³ chunks'. */
  readonly data: string;
  /** The amount of work of one run, in `unit`. Figures are this amount per second. */
  readonly amount: number;
  /** For instance 'Mvoxel' or 'MB'. */
  readonly unit: string;
  readonly contenders: readonly Contender[];
  /** For work that takes minutes: the greatest number of rounds, without a warm-up round. */
  readonly mostRounds?: number;
}

export interface BenchmarkOptions {
  /** Whether to measure other people's tools too. */
  readonly peers: boolean;
  /** Whether to convert volumes of many gigabytes too. */
  readonly large: boolean;
}

/**
 * One file of test/bench: a kernel or a job on several data. Cases are prepared one after the other, to save memory.
 */
export interface Benchmark {
  readonly name: string;
  cases(options: BenchmarkOptions): AsyncIterable<BenchmarkCase>;
}

/** A comparison with other tools by figures other than speed. */
export interface Comparison {
  readonly name: string;
  /** Whether there is nothing to compare without other people's tools. */
  readonly needsPeers: boolean;
  tables(options: BenchmarkOptions): AsyncIterable<ComparisonTable>;
}

export interface ComparisonTable {
  /** The name of its comparison. */
  readonly comparison?: string;
  readonly title: string;
  readonly columns: readonly string[];
  readonly rows: readonly (readonly string[])[];
}

/** Amounts per second. */
export interface Figures {
  readonly median: number;
  readonly lowest: number;
  readonly highest: number;
}

export interface ContenderResult extends Figures {
  readonly name: string;
  /** Our speed relative to this contender's, round by round: above 1 if ours is faster. Absent for ours. */
  readonly ratio?: Figures;
  /** The same of processor time, if both report it. */
  readonly cpuRatio?: Figures;
  /** The highest peak of all rounds, if the contender reports it. */
  readonly peakMemoryBytes?: number;
}

/** Where and how often cases were measured. */
export interface Run {
  readonly machine: {
    readonly processor: string;
    readonly cores: number;
    readonly node: string;
    /** How many threads of other programs were running or waiting on average, just before; 0 if unknown. */
    readonly load?: number;
  };
  readonly rounds: number;
}

export interface CaseResult {
  /** The run that the result is of, if that isn't the report's last one. */
  readonly run?: Run;
  readonly benchmark: string;
  readonly work: string;
  readonly data: string;
  readonly unit: string;
  readonly contenders: readonly ContenderResult[];
}

/** Measures work of this process. */
export function timed(work: () => void): Measurement {
  const end = startClocks();
  work();
  return end();
}

/** Does the same as {@link timed} for work that takes turns with other work. */
export async function measured(work: () => Promise<void>): Promise<Measurement> {
  const end = startClocks();
  await work();
  return end();
}

function startClocks(): () => Measurement {
  const [start, before] = [performance.now(), process.cpuUsage()];
  return () => {
    const { user, system } = process.cpuUsage(before);
    return { seconds: (performance.now() - start) / 1000, cpuSeconds: (user + system) / 1e6 };
  };
}

/** Runs one warm-up round, then `rounds` rounds that count. The first contender is ours. */
export async function measureCase(
  benchmark: string,
  { work, data, amount, unit, contenders, mostRounds }: BenchmarkCase,
  rounds: number,
): Promise<CaseResult> {
  const speeds = contenders.map((): number[] => []);
  const cpu = contenders.map((): number[] => []);
  const peaks = contenders.map(() => 0);
  const counted = Math.min(rounds, mostRounds ?? rounds);
  for (let round = mostRounds === undefined ? -1 : 0; round < counted; round++) {
    for (let turn = 0; turn < contenders.length; turn++) {
      const index = (turn + Math.max(0, round)) % contenders.length;
      const measured = (await contenders[index]?.run()) ?? NaN;
      const { seconds, cpuSeconds, peakMemoryBytes }: Measurement =
        typeof measured === 'number' ? { seconds: measured } : measured;
      peaks[index] = Math.max(peaks[index] ?? 0, peakMemoryBytes ?? 0);
      if (round < 0) continue;
      speeds[index]?.push(amount / seconds);
      if (cpuSeconds !== undefined) cpu[index]?.push(amount / cpuSeconds);
    }
  }
  const over = (all: readonly (readonly number[])[], index: number): Figures =>
    figures((all[0] ?? []).map((speed, round) => speed / (all[index]?.[round] ?? NaN)));
  const haveCpu = (index: number): boolean => [cpu[0], cpu[index]].every((all) => all?.length === counted);
  const results = contenders.map(({ name }, index): ContenderResult => {
    const own = speeds[index] ?? [];
    const peakMemoryBytes = peaks[index] ?? 0;
    return {
      name,
      ...figures(own),
      ...(index === 0 ? {} : { ratio: over(speeds, index) }),
      ...(index > 0 && haveCpu(index) ? { cpuRatio: over(cpu, index) } : {}),
      ...(peakMemoryBytes === 0 ? {} : { peakMemoryBytes }),
    };
  });
  return { benchmark, work, data, unit, contenders: results };
}

function figures(values: readonly number[]): Figures {
  const sorted = [...values].sort((a, b) => a - b);
  const at = (position: number): number => sorted[position] ?? NaN;
  const middle = (sorted.length - 1) / 2;
  return {
    median: (at(Math.floor(middle)) + at(Math.ceil(middle))) / 2,
    lowest: at(0),
    highest: at(sorted.length - 1),
  };
}
