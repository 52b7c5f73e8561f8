import { engines } from '../../../package.json';

/** The oldest version of Node that this program runs on, such as `20.19`. */
export const NEEDED_NODE = engines.node.replace('>=', '');

export function isNodeTooOld(version: string): boolean {
  return NEEDED_NODE.localeCompare(version, 'en', { numeric: true }) > 0;
}
