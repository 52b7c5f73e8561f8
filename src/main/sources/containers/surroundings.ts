/** What lies above the folder that is given: writers say things there of the arrays below. */
import { basename, dirname, resolve } from 'node:path';
import { openContainer, type Container, type ContainerRef } from './container';

/** A layer of webknossos is one folder above its arrays, and the dataset two. */
const MOST_ABOVE = 2;

/** A container, with the names of the folders that lead from it down to the one that was given. */
export interface ContainerAbove {
  readonly ref: ContainerRef;
  readonly down: readonly string[];
}

/** The container as it is, then the folders above it, the next one first. */
export function upwards(ref: ContainerRef): readonly ContainerAbove[] {
  const found: ContainerAbove[] = [{ ref, down: [] }];
  if (ref.kind !== 'folder') return found;
  let path = resolve(ref.path);
  let down: string[] = [];
  for (let i = 0; i < MOST_ABOVE && dirname(path) !== path; i++) {
    down = [basename(path), ...down];
    path = dirname(path);
    found.push({ ref: { kind: 'folder', path }, down });
  }
  return found;
}

/**
 * Looks into a container, which is closed at the end; undefined where that fails: folders above may be closed to us, or
 * hold files of others.
 */
export async function lookInto<T>(
  ref: ContainerRef,
  look: (container: Container) => Promise<T>,
): Promise<T | undefined> {
  try {
    return await openContainer(ref, async (container) => {
      const found = await look(container);
      await container.close();
      return found;
    });
  } catch {
    return undefined;
  }
}
