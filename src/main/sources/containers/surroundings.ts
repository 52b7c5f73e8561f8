/** Searches the folders above the given one, in which writers describe the arrays below. */
import { basename, dirname, resolve } from 'node:path';
import { openContainer, type Container, type ContainerRef } from './container';

/** In webknossos, the layer is one folder above its arrays, and the dataset is two folders above. */
const MOST_ABOVE = 2;

/** A container, and the names of the folders that lead from it down to the given one. */
export interface ContainerAbove {
  readonly ref: ContainerRef;
  readonly down: readonly string[];
}

/** Returns the container itself, then the folders above it, the nearest first. */
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
 * Opens a container, calls `look` with it and closes it. Returns undefined if any of this fails, because the folders
 * above may be unreadable or hold unrelated files.
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
