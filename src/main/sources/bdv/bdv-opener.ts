import { dirname, join } from 'node:path';
import { BugError, UnsupportedError } from '../../../shared/base/errors';
import { openHdf5 } from '../hdf5/hdf5-opener';
import { openN5 } from '../n5/n5-opener';
import type { SourceOpener } from '../source-opener';
import { isBdvProject } from './bdv-project';
import { readBdvProject } from './read-bdv-project';

/**
 * Opens a project file of BigDataViewer or BigStitcher, by opening the HDF5 file or N5 folder that holds its voxels.
 */
export const bdvOpener: SourceOpener = {
  format: 'bdv',
  title: "BigDataViewer's .xml",
  recognises: ({ head }) => isBdvProject(Buffer.from(head).toString('utf8')),
  async open({ path }, options) {
    const project = await readBdvProject(path);
    const { format, data, isAbsolute } = project;
    if (data === undefined || data === '' || !['bdv.hdf5', 'bdv.n5'].includes(format)) {
      throw new UnsupportedError(
        `The voxels of ${path} are of the kind "${format}", which isn't read by its project.`,
        {
          remedy:
            'Give the folder or file that holds the voxels, or save it with BigStitcher as bdv.hdf5 or bdv.n5 (Plugins > BigStitcher > I/O > Resave).',
        },
      );
    }
    const place = isAbsolute ? data : join(dirname(path), data);
    if (format === 'bdv.hdf5') return openHdf5(place, options, project);
    return openN5(
      { path: place, names: [], archived: [], head: new Uint8Array(0), slices: undefined },
      options,
      project,
    );
  },
  reopen() {
    throw new BugError('a project is opened as the container of its voxels');
  },
};
