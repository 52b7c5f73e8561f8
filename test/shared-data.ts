import { existsSync } from 'node:fs';
import { resolve } from 'node:path';

/**
 * Returns the path of `name` in the folder of real data that may be next to the checkout (`../shared/data`), or that
 * the variable PRECOMPUTED_STUDIO_DATA names; `undefined` if it doesn't exist.
 */
export function sharedData(name: string): string | undefined {
  const path = resolve(process.env['PRECOMPUTED_STUDIO_DATA'] ?? '../shared/data', name);
  return existsSync(path) ? path : undefined;
}
