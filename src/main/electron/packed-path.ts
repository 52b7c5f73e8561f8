/**
 * Returns the path of a file on the disk. In a packaged app, Node can't start processes and threads from scripts
 * inside the archive, so their scripts are next to it (see build/electron-builder.json).
 */
export function unpackedPath(path: string): string {
  return path.replace(/([\\/])app\.asar(?=[\\/])/, '$1app.asar.unpacked');
}
