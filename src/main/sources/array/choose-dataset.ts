import { named, set } from '../../../shared/api/mentions';
import { say } from '../../../shared/base/words';
import { InvalidInputError } from '../../../shared/base/errors';
import type { OpenOptions } from '../source-opener';

/** An array in a container that the user can choose. */
export interface Candidate {
  readonly path: string;
  /** A description for people, such as `uint64, 30 × 40 × 50`. */
  readonly description: string;
  /** The point in time that it holds, in formats that store each in an array of its own. */
  readonly time?: number | undefined;
}

const MOST_LISTED = 20;

/**
 * Returns the array named `wanted`, or the only array if no name is given. If there are several, the one
 * that looks most like the wanted kind is proposed.
 * @throws InvalidInputError that lists the arrays if the choice isn't clear
 */
export function chooseDataset<T extends Candidate>(
  candidates: readonly T[],
  wanted: string | undefined,
  where: string,
  kind?: OpenOptions['kind'],
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
    remedy: say`Choose one with ${named('dataset')}, such as ${set('dataset', likeliest(candidates, only, kind).path)}.`,
    details,
    fields: {
      code: 'several-arrays',
      options: ['dataset'],
      choices: candidates.map(({ path }) => path),
      descriptions: listed.map(({ description }) => description),
    },
  });
}

/** Words that occur in the names of segmentations, and in those of images. */
const LABELS = /label|seg|annot|neuron|cells|instance|(^|[^a-z])(gt|ids?|masks?)([^a-z]|$)/i;
const IMAGES = /raw|imag|img|volume|data|intensit|gr[ae]y|(^|[^a-z])em([^a-z]|$)/i;

/** Returns the array that most users want: the first one whose name looks like that of the kind. */
function likeliest<T extends Candidate>(candidates: readonly T[], first: T, kind: OpenOptions['kind']): T {
  const labels = candidates.filter(({ path }) => LABELS.test(path));
  if (kind !== 'image') return labels[0] ?? first;
  const others = candidates.filter((candidate) => !labels.includes(candidate));
  return others.find(({ path }) => IMAGES.test(path)) ?? others[0] ?? first;
}
