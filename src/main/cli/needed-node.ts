import { engines } from '../../../package.json';

/** The oldest version of Node that this program runs on, such as `20.19`. */
export const NEEDED_NODE = engines.node.replace('>=', '');

export function isNodeTooOld(version: string): boolean {
  // `localeCompare` loads the rules of a language first, and every command would wait 5 ms for that.
  const [major = 0, minor = 0] = numbersOf(version);
  const [neededMajor = 0, neededMinor = 0] = numbersOf(NEEDED_NODE);
  return major === neededMajor ? minor < neededMinor : major < neededMajor;
}

function numbersOf(version: string): number[] {
  return version.split('.').map(Number);
}
