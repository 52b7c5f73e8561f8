import type { Reporter, TestModule } from 'vitest/node';

/**
 * Names the tests that passed only when they were repeated, and ends the output with one line that any CI can read:
 * `N passed, N failed, N skipped`.
 */
export default class ClosingLineReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[], errors: readonly unknown[]): void {
    const counts = { passed: 0, failed: 0, skipped: 0 };
    for (const module of modules) {
      // A file that can't be loaded has no tests, which must not count as a success.
      if (module.state() === 'failed' && module.children.size === 0) counts.failed++;
      for (const test of module.children.allTests()) {
        const { state } = test.result();
        counts[state === 'pending' ? 'failed' : state]++;
        if (test.diagnostic()?.flaky) {
          console.log(
            `Flaky, to be corrected: ${module.relativeModuleId} > ${test.fullName} failed first, then passed:`,
          );
          for (const { stack, message } of test.result().errors ?? []) console.log(stack ?? message);
        }
      }
    }
    counts.failed += errors.length;
    console.log(`\n${counts.passed} passed, ${counts.failed} failed, ${counts.skipped} skipped`);
  }
}
