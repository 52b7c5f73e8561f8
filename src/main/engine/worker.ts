import { serializeError } from '../../shared/base/errors';
import { runStep, type StepCall, type StepOutcome } from './steps';

/** Entry of a worker thread: one step a call. */
export default async function handle(call: StepCall): Promise<StepOutcome> {
  try {
    return { result: await runStep(call) };
  } catch (error) {
    return { error: serializeError(error) };
  }
}
