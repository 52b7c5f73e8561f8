import { realpath } from 'node:fs/promises';
import { join, sep } from 'node:path';

/**
 * Returns the decoded names in a request's path, or undefined if it can't name a served file: it isn't a path, is
 * badly encoded, or contains an empty, hidden or relative name (`.`, `..`), or a separator or NUL within a name.
 */
export function decodeRequestPath(url: string): readonly string[] | undefined {
  const path = url.replace(/[?#].*$/s, '');
  if (!path.startsWith('/')) return undefined;
  const names: string[] = [];
  for (const part of path.slice(1).split('/')) {
    const name = decodeName(part);
    if (name === undefined || name === '' || name.startsWith('.')) return undefined;
    if (name.includes('\0') || name.includes('/') || name.includes('\\')) return undefined;
    names.push(name);
  }
  return names;
}

function decodeName(part: string): string | undefined {
  try {
    return decodeURIComponent(part);
  } catch {
    return undefined;
  }
}

/**
 * Returns the path of `names` below `root` with symbolic links resolved, or undefined if it doesn't exist or a link
 * leads out of `root`. Precondition: `root` is a real path, and `names` come from {@link decodeRequestPath}.
 */
export async function resolveInside(root: string, names: readonly string[]): Promise<string | undefined> {
  let real: string;
  try {
    real = await realpath(join(root, ...names));
  } catch {
    return undefined;
  }
  return real.startsWith(root.endsWith(sep) ? root : root + sep) ? real : undefined;
}
