import { readFile } from 'node:fs/promises';

/** An action of the app towards the user or the system, or an error in it (see driver.ts). */
export interface Note {
  readonly what:
    | 'fault'
    | 'open-dialog'
    | 'question'
    | 'error-box'
    | 'open-external'
    | 'reveal'
    | 'about'
    | 'about-options'
    | 'sandbox'
    | 'window-options'
    | 'devices'
    | 'app-id'
    | 'progress-bar'
    | 'notification';
  readonly details: readonly unknown[];
}

/** Returns the details of all notes of one kind in `file`, in order. */
export async function readNotes(file: string, what: Note['what']): Promise<Note['details'][]> {
  const text = await readFile(file, 'utf8').catch(() => '');
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Note)
    .filter((note) => note.what === what)
    .map(({ details }) => details);
}
