import { serializeError } from '../../shared/base/errors';
import { UnknownMemory } from './blocks/shared-block';
import { runStep, type StepCall, type StepOutcome } from './steps';

let last: Promise<unknown> = Promise.resolve();

/**
 * Runs one step for each call; the entry point of a worker thread. A step waits until the previous one has ended,
 * since steps share the thread's scratch memory and its part of the memory budget.
 */
export default function handle(call: StepCall): Promise<StepOutcome> {
  const outcome = last.then(() => outcomeOf(call));
  last = outcome;
  return outcome;
}

async function outcomeOf(call: StepCall): Promise<StepOutcome> {
  try {
    return { result: await runStep(call) };
  } catch (error) {
    if (error instanceof UnknownMemory) return { lacksMemory: true };
    return { error: serializeError(error) };
  }
}
