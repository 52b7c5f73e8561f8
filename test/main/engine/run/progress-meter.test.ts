import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { ProgressMeter } from '../../../../src/main/engine/run/progress-meter';
import type { Stage } from '../../../../src/main/engine/run/stage';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

/** A stage of ten tasks of 1,000 voxels. */
const stage: Stage = {
  name: 'stage',
  taskCount: 10,
  concurrency: 1,
  voxelCost: 1,
  workOf: () => 1000,
  coverage: () => ({ scale: 0, box: { min: [0, 0, 0], max: [1, 1, 1] } }),
  run: () => Promise.resolve(),
};

/** Lets seconds pass, with a look at the progress in each. Returns the throughputs. */
function pass(meter: ProgressMeter, seconds: number): number[] {
  return Array.from({ length: seconds }, () => {
    vi.advanceTimersByTime(1000);
    return meter.snapshot().voxelsPerSecond;
  });
}

test('throughput follows the last seconds', () => {
  const meter = new ProgressMeter([stage], () => false);
  meter.snapshot();
  for (let task = 0; task < 5; task++) {
    meter.add({ workVoxels: 1000 });
    pass(meter, 1);
  }
  expect(pass(meter, 1)[0]).toBeGreaterThan(800);
});

test('a task that takes longer than the window does not look like a standstill', () => {
  const meter = new ProgressMeter([stage], () => false);
  meter.snapshot();
  pass(meter, 19);
  vi.advanceTimersByTime(1000);
  meter.add({ workVoxels: 1000 });
  const rates = [meter.snapshot().voxelsPerSecond, ...pass(meter, 20)];
  expect(Math.min(...rates)).toBeGreaterThan(30);
  expect(meter.snapshot().remainingMs).toBeGreaterThan(200_000);
});

test('throughput falls while nothing is done', () => {
  const meter = new ProgressMeter([stage], () => false);
  meter.snapshot();
  pass(meter, 1);
  meter.add({ workVoxels: 1000 });
  const rates = pass(meter, 60);
  expect(rates.at(-1)).toBeLessThan((rates[0] ?? 0) / 10);
});
