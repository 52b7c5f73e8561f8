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

test('what earlier runs have written counts as written', () => {
  const meter = new ProgressMeter([stage], () => true, { bytes: 500, files: 3 });
  expect(meter.snapshot().bytesWritten).toBe(500);
  meter.add({ bytesWritten: 20, files: 1 });
  expect(meter.snapshot().bytesWritten).toBe(520);
  expect(meter.totals()).toMatchObject({ bytesWritten: 520, files: 4 });
});

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
  expect(meter.snapshot().remainingMs).toBeUndefined();
  meter.taskDone();
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

test('nothing is said of the time that is left until a part of each stage is done', () => {
  const meter = new ProgressMeter([stage, { ...stage, voxelCost: 50 }], () => false);
  const finishOne = (): number | undefined => {
    pass(meter, 2);
    meter.add({ workVoxels: 1000 });
    meter.taskDone();
    return meter.snapshot().remainingMs;
  };
  meter.beginStage(0, 0);
  expect(finishOne()).toBeGreaterThan(0);
  meter.beginStage(1, 0);
  meter.add({ workVoxels: 200 });
  expect(meter.snapshot().remainingMs).toBeUndefined();
  expect(finishOne()).toBeGreaterThan(0);
});

test('of a stage with a single task, the time that is left follows what is done of it', () => {
  const meter = new ProgressMeter([{ ...stage, taskCount: 1 }], () => false);
  pass(meter, 2);
  meter.add({ workVoxels: 500 });
  expect(meter.snapshot().remainingMs).toBeGreaterThan(0);
});

test('segments are counted within a stage, and not if an earlier run did a part of it', () => {
  const meter = new ProgressMeter([stage, stage], () => false);
  meter.beginStage(0, 0);
  expect(meter.snapshot().segmentsDone).toBeUndefined();
  meter.add({ segments: 12 });
  meter.add({ segments: 30 });
  expect(meter.snapshot().segmentsDone).toBe(42);
  meter.beginStage(1, 3);
  meter.add({ segments: 5 });
  expect(meter.snapshot().segmentsDone).toBeUndefined();
});
