/**
 * The path of a file as it is on disk: in a packaged app, processes and threads of Node's own can't be started from
 * within the archive, so their scripts lie beside it (see build/electron-builder.json).
 */
export function unpackedPath(path: string): string {
  return path.replace(/([\\/])app\.asar(?=[\\/])/, '$1app.asar.unpacked');
}
