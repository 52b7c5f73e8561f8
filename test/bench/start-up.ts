import type { Benchmark, BenchmarkCase, Contender } from './harness';
import { runCli } from './job-process';

/** The time from the start of the process to its end, for commands that only print. */
export const startUpBenchmark: Benchmark = {
  name: 'start-up',
  async *cases(): AsyncGenerator<BenchmarkCase> {
    for (const args of [['--version'], ['convert', '--help']]) {
      const ours: Contender = {
        name: 'ours',
        run: async () => {
          const start = performance.now();
          await runCli(args);
          return (performance.now() - start) / 1000;
        },
      };
      yield await Promise.resolve({
        work: 'start of the command line',
        data: args.join(' '),
        amount: 1,
        unit: 'starts',
        contenders: [ours],
      });
    }
  },
};
