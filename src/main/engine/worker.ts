import { serializeError } from '../../shared/base/errors';
import { runStep, type StepCall, type StepOutcome } from './steps';

let last: Promise<unknown> = Promise.resolve();

/**
 * Entry of a worker thread: one step a call. A step waits here for the one before it, never runs beside it: they share
 * the scratch of the thread, and its part of the memory budget.
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
    return { error: serializeError(error) };
  }
}
