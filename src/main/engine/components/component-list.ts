import { createReadStream } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { NamedSegment } from '../../../shared/precomputed/segment-properties';
import { fileError } from '../../base/file-error';
import { COMPONENTS_FILE } from '../../../shared/precomputed/dataset-files';
import type { ComponentRow } from './new-ids';

/** Yields the rows of the list of components in a dataset. */
export async function* readComponentList(output: string): AsyncGenerator<ComponentRow> {
  const path = join(output, COMPONENTS_FILE);
  try {
    for await (const line of createInterface({ input: createReadStream(path), crlfDelay: Infinity })) {
      const match = /^(\d+),(\d+),(\d+)$/.exec(line);
      if (match === null) continue;
      const [, component = '', id = '', voxels = ''] = match;
      yield { component: BigInt(component), id: BigInt(id), voxels: Number(voxels) };
    }
  } catch (error) {
    throw fileError('read', path, error);
  }
}

/** Returns the names of the input's ids as names of all their components. */
export async function componentNames(
  output: string,
  names: ReadonlyMap<bigint, NamedSegment>,
): Promise<ReadonlyMap<bigint, NamedSegment>> {
  if (names.size === 0) return names;
  const ofComponents = new Map<bigint, NamedSegment>();
  for await (const { component, id } of readComponentList(output)) {
    const name = names.get(id);
    if (name !== undefined) ofComponents.set(component, name);
  }
  return ofComponents;
}
