import { named, set } from '../../../shared/api/mentions';
import { say } from '../../../shared/base/words';
import { InvalidInputError } from '../../../shared/base/errors';

/** A container's array that a user can choose. */
export interface Candidate {
  readonly path: string;
  /** For people: `uint64, 30 × 40 × 50`. */
  readonly description: string;
}

const MOST_LISTED = 20;

/**
 * The array that is meant: `wanted`, or the only one.
 * @throws InvalidInputError that lists the arrays where it isn't clear
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

/** Words in the names of segmentations, and in those of images. */
const LABELS = /label|seg|annot|neuron|cells|instance|(^|[^a-z])(gt|ids?|masks?)([^a-z]|$)/i;

/** What most people want: the segmentation, by its name. */
function likeliest<T extends Candidate>(candidates: readonly T[], first: T): T {
  return candidates.find(({ path }) => LABELS.test(path)) ?? first;
}
