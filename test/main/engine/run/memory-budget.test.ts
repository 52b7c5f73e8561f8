import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { mostWorkers, planMemory } from '../../../../src/main/engine/run/memory-budget';
import { isStudioError } from '../../../../src/shared/base/errors';

const MiB = 2 ** 20;

const request = fc.record({
  memoryBytes: fc.integer({ min: MiB, max: 64 * 1024 * MiB }),
  workers: fc.integer({ min: 1, max: 256 }),
  perWorkerBytes: fc.integer({ min: 1, max: 4096 * MiB }),
  minimumBlockBytes: fc.integer({ min: 1, max: 8192 * MiB }),
});

describe('planMemory', () => {
  test('stays within the budget, gives blocks what they need and workers at most what was asked for', () => {
    fc.assert(
      fc.property(request, (asked) => {
        let plan;
        try {
          plan = planMemory(asked);
        } catch (error) {
          return isStudioError(error) && error.tag === 'invalid-input';
        }
        const used = plan.blockBytes + plan.workers * asked.perWorkerBytes;
        return (
          plan.totalBytes === asked.memoryBytes &&
          used < asked.memoryBytes &&
          plan.blockBytes >= asked.minimumBlockBytes &&
          plan.workers >= 1 &&
          plan.workers <= asked.workers
        );
      }),
    );
  });

  test('has no more workers than can be started before it is known, and these fit', () => {
    fc.assert(
      fc.property(request, (asked) => {
        const most = mostWorkers(asked);
        expect(most).toBeLessThanOrEqual(asked.workers);
        expect(most === 1 || most * 72 * MiB < asked.memoryBytes).toBe(true);
        try {
          expect(planMemory(asked).workers).toBeLessThanOrEqual(most);
        } catch (error) {
          if (!isStudioError(error)) throw error;
        }
      }),
    );
  });

  test('the amount that a refusal names is enough, and 1 MiB less is not', () => {
    fc.assert(
      fc.property(request, (asked) => {
        const amount = amountNeeded({ ...asked, memoryBytes: MiB });
        expect(planMemory({ ...asked, memoryBytes: amount * MiB }).workers).toBe(1);
        expect(() => planMemory({ ...asked, memoryBytes: (amount - 1) * MiB })).toThrow(/too little/);
      }),
    );
  });

  function amountNeeded(asked: Parameters<typeof planMemory>[0]): number {
    try {
      planMemory(asked);
    } catch (error) {
      return Number(/needs (\d+)MiB/.exec(String(error))?.[1]);
    }
    throw new Error('nothing was refused');
  }

  test('more memory never gives fewer workers or smaller blocks in all', () => {
    fc.assert(
      fc.property(request, fc.integer({ min: 0, max: 1024 * MiB }), (asked, more) => {
        const amount = amountNeeded({ ...asked, memoryBytes: MiB }) * MiB;
        const before = planMemory({ ...asked, memoryBytes: amount });
        const after = planMemory({ ...asked, memoryBytes: amount + more });
        expect(after.workers).toBeGreaterThanOrEqual(before.workers);
        expect(after.blockBytes).toBeGreaterThanOrEqual(asked.minimumBlockBytes);
      }),
    );
  });

  test('without an amount it takes one from what is free', () => {
    const plan = planMemory({
      memoryBytes: undefined,
      workers: undefined,
      perWorkerBytes: MiB,
      minimumBlockBytes: MiB,
    });
    expect(plan.totalBytes).toBeGreaterThanOrEqual(512 * MiB);
    expect(plan.totalBytes).toBeLessThanOrEqual(8192 * MiB);
    expect(plan.workers).toBeGreaterThanOrEqual(1);
  });
});
