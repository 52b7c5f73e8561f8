import { named, set } from '../../../shared/api/mentions';
import { say } from '../../../shared/base/words';
import { InvalidInputError } from '../../../shared/base/errors';

/** An array in a container that the user can choose. */
export interface Candidate {
  readonly path: string;
  /** A description for people, such as `uint64, 30 × 40 × 50`. */
  readonly description: string;
}

const MOST_LISTED = 20;

/**
 * Returns the array named `wanted`, or the only array if no name is given.
 * @throws InvalidInputError that lists the arrays if the choice isn't clear
 */
export function chooseDataset<T extends Candidate>(
  candidates: readonly T[],
  wanted: string | undefined,
  where: string,
): T {
  const name = wanted?.replace(/^\/+|\/+$/g, '');
  const [only] = candidates;
  const chosen =
    name === undefined
      ? candidates.length === 1
        ? only
        : undefined
      : candidates.find(({ path }) => path === name);
  if (chosen !== undefined) return chosen;
  if (only === undefined) throw new InvalidInputError(`${where} holds no array that could be a volume.`);
  const listed = candidates.slice(0, MOST_LISTED);
  const details = listed.map(({ path, description }) => `${path}: ${description}`);
  if (candidates.length > MOST_LISTED) details.push(`and ${candidates.length - MOST_LISTED} more`);
  const message =
    name === undefined ? `${where} holds ${candidates.length} arrays.` : `${where} holds no array "${name}".`;
  throw new InvalidInputError(message, {
    remedy: say`Choose one with ${named('dataset')}, such as ${set('dataset', likeliest(candidates, only).path)}.`,
    details,
    fields: {
      code: 'several-arrays',
      options: ['dataset'],
      choices: candidates.map(({ path }) => path),
      descriptions: listed.map(({ description }) => description),
    },
  });
}

/** Words that occur in the names of segmentations. */
const LABELS = /label|seg|annot|neuron|cells|instance|(^|[^a-z])(gt|ids?|masks?)([^a-z]|$)/i;

/** Returns the array that most users want: the first one whose name looks like that of a segmentation. */
function likeliest<T extends Candidate>(candidates: readonly T[], first: T): T {
  return candidates.find(({ path }) => LABELS.test(path)) ?? first;
}
