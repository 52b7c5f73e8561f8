/** Runs before the app's own preload script. Electron 22 has no `webUtils`; its files have a path instead. */
import electron from 'electron';

Object.defineProperty(electron, 'webUtils', {
  value: { getPathForFile: (file: File & { readonly path: string }) => file.path },
});
