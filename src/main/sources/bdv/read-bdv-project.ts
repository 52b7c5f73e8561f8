import { readFile } from 'node:fs/promises';
import { InvalidInputError } from '../../../shared/base/errors';
import { fileError } from '../../base/file-error';
import { passPathDoor } from '../../base/path-door';
import { statRegularFile } from '../../base/regular-file';
import { parseBdvProject, type BdvProject } from './bdv-project';

/** The largest project file. A project of thousands of views has a few megabytes. */
const MOST_BYTES = 2 ** 28;

/** Reads a project file. @throws InvalidInputError or IoError if it can't be read */
export async function readBdvProject(path: string): Promise<BdvProject> {
  try {
    await passPathDoor(path);
    const { size } = await statRegularFile(path);
    if (size > MOST_BYTES)
      throw new InvalidInputError(`${path} is too large for a project of BigDataViewer.`);
    return parseBdvProject(await readFile(path, 'utf8'));
  } catch (error) {
    throw fileError('read', path, error);
  }
}

/** Returns the project beside an HDF5 file with the same base name, or undefined if no project refers to the file. */
export async function projectBeside(path: string): Promise<BdvProject | undefined> {
  const project = await readBdvProject(path.replace(/\.h5$/, '.xml')).catch(() => undefined);
  const name = project?.data?.replace(/^.*[/\\]/, '');
  return name !== undefined && path.endsWith(name) && path.endsWith('.h5') ? project : undefined;
}
