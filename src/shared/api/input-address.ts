/** Inputs at an address on the web instead of a path on this machine. */

import { InvalidInputError } from '../base/errors';

/** Schemes that inputs may have. The first group can precede another scheme: `precomputed://https://…`. */
const SCHEMES = /^(?:(?:precomputed|bossdb|boss):\/\/)?(?:https?|gs|s3):\/\/|^(?:bossdb|boss):\/\//i;

const ANY_SCHEME = /^[a-z][a-z0-9+.-]*:\/\//i;

/** An address that lacks a slash, as programs that join paths make it. It must not become a folder of that name. */
const ONE_SLASH = /^(?:https?|gs|s3|sftp|precomputed|bossdb|boss):\/(?!\/)/i;

/**
 * Reports whether the input is an address such as `https://…`, `gs://…` or `bossdb://…`, including ones that can't be
 * read.
 */
export function isAddress(input: string): boolean {
  return ANY_SCHEME.test(input) || ONE_SLASH.test(input);
}

/** Returns why an address can't be an input, or undefined if it can. The text doesn't repeat what may be secret. */
export function addressProblem(address: string): string | undefined {
  const [scheme = ''] = address.split(':');
  if (ONE_SLASH.test(address)) return `an address has two slashes after ${scheme}:`;
  if (!SCHEMES.test(address)) {
    return `there is nothing to read ${scheme}:// addresses with; https://, gs://, s3:// and bossdb:// can be read`;
  }
  if (/^(?:[a-z0-9+.-]+:\/\/)+[^/?#]*@/i.test(address)) {
    return "the address holds a user's name or password, which would be kept with the job; leave it out";
  }
  if (/[?#]/.test(address)) {
    return 'the address has a part behind a ? or #, which may contain keys; give the address of the dataset alone';
  }
  return undefined;
}

/** @throws InvalidInputError if the address can't be an input */
export function requireInputAddress(address: string): void {
  const problem = addressProblem(address);
  if (problem === undefined) return;
  throw new InvalidInputError(`The input can't be read: ${problem}.`, {
    fields: { code: 'bad-address', options: ['input'] },
  });
}

/** Returns why an address can't be used where a path on this machine is needed, or undefined for a path. */
export function localPathProblem(path: string): string | undefined {
  if (!isAddress(path)) return undefined;
  const [scheme = ''] = path.split(':');
  return `${scheme}:// addresses can't be used here; give a path of this machine (publish sends a finished dataset elsewhere)`;
}

/** Returns the last name in a path or an address. */
export function lastName(input: string): string {
  return (
    input
      .replace(/\|.*$/, '')
      .split(/[/\\]/)
      .filter((name) => name !== '')
      .at(-1) ?? input
  );
}
