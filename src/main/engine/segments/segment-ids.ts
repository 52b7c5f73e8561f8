import { about } from '../../../shared/api/mentions';
import { isListOfIds } from '../../../shared/api/option-values';
import { InvalidInputError } from '../../../shared/base/errors';
import { say } from '../../../shared/base/words';
import { readGivenFile } from '../../base/regular-file';

const MAX_ID = 2n ** 64n - 1n;
/** The most wrong ids that a message lists. */
const MAX_SHOWN = 20;

/** Parses a decimal segment id, exact at 64 bits; undefined if the text isn't one. */
export function parseSegmentId(text: string): bigint | undefined {
  if (!/^\d{1,20}$/.test(text)) return undefined;
  const id = BigInt(text);
  return id <= MAX_ID ? id : undefined;
}

/**
 * Returns the ids in a text or in the file that it names, separated by white space, commas or semicolons. In a file,
 * `#` begins a comment.
 * @param option the name of the option, for messages
 * @throws InvalidInputError naming the parts that aren't ids
 */
export async function readSegmentIds(textOrPath: string, option: 'segments' | 'exclude'): Promise<bigint[]> {
  const isList = isListOfIds(textOrPath);
  const text = isList ? textOrPath : (await readGivenFile(textOrPath)).toString('utf8').replace(/#.*$/gm, '');
  const words = text.split(/[\s,;]+/).filter((word) => word !== '');
  const wrong = words.filter((word) => parseSegmentId(word) === undefined);
  if (wrong.length > 0 || words.length === 0) {
    const what = words.length === 0 ? 'there are no ids' : `'${wrong[0] ?? ''}' is not a segment id`;
    throw new InvalidInputError(say`${about(option)}: ${what}${isList ? '' : ` in ${textOrPath}`}.`, {
      details: wrong.slice(0, MAX_SHOWN),
      remedy: 'Give whole numbers below 2^64, separated by commas, or a file of them.',
      fields: { code: 'unfit-option', usage: true, options: [option] },
    });
  }
  return [...new Set(words.map((word) => BigInt(word)))];
}
