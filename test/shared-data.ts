import { existsSync } from 'node:fs';
import { resolve } from 'node:path';

/**
 * The path of `name` in the folder of real data that may stand beside the checkout (`../shared/data`), or where
 * the variable PRECOMPUTED_STUDIO_DATA says; `undefined` where it isn't there.
 */
export function sharedData(name: string): string | undefined {
  const path = resolve(process.env['PRECOMPUTED_STUDIO_DATA'] ?? '../shared/data', name);
  return existsSync(path) ? path : undefined;
}
