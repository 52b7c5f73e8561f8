/** Returns the folder and the last name of a path or an address, which {@link joinPath} puts together unchanged. */
export function splitPath(path: string): { readonly folder: string; readonly name: string } {
  const at = Math.max(path.lastIndexOf('/'), path.lastIndexOf('\\'));
  const folder = path.slice(0, Math.max(0, at));
  // The separator belongs to a root such as / or s3://.
  const isRoot = at !== -1 && (folder === '' || endsInSeparator(folder));
  return { folder: isRoot ? path.slice(0, at + 1) : folder, name: path.slice(at + 1) };
}

/** Returns the path of a name in a folder, with the separator that the folder has. */
export function joinPath(folder: string, name: string): string {
  if (folder === '' || endsInSeparator(folder)) return `${folder}${name}`;
  const isOfWindows = folder.includes('\\') && !folder.includes('/');
  return `${folder}${isOfWindows ? '\\' : '/'}${name}`;
}

function endsInSeparator(path: string): boolean {
  return /[/\\]$/.test(path);
}
