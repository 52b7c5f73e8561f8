import { InvalidInputError } from '../../../shared/base/errors';

/** The variables with which schedulers tell a process its index in an array, and the first index. */
const VARIABLES: readonly (readonly [name: string, first: number])[] = [
  ['SLURM_ARRAY_TASK_ID', 0],
  ['JOB_COMPLETION_INDEX', 0],
  ['AWS_BATCH_JOB_ARRAY_INDEX', 0],
  ['PBS_ARRAY_INDEX', 0],
  ['SGE_TASK_ID', 1],
  ['LSB_JOBINDEX', 1],
];

/**
 * Returns the part of a stage that this process should do, counted from 0: the given one, or that of the scheduler.
 * @throws InvalidInputError if neither is known
 */
export function partIndex(given: number | undefined, environment: NodeJS.ProcessEnv): number {
  if (given !== undefined) return given;
  for (const [name, first] of VARIABLES) {
    const value = environment[name];
    if (value !== undefined && /^\d+$/.test(value) && Number(value) >= first) return Number(value) - first;
  }
  throw new InvalidInputError(
    'Which part of the stage to do is not known: no scheduler has given its number.',
    {
      remedy: `Give --index, or run this as an element of an array (${VARIABLES.map(([name]) => name).join(', ')}).`,
      fields: { usage: true },
    },
  );
}
