/**
 * Reads the HDF5 layout of BigDataViewer. `t00000/s00/0/cells` holds one point in time, one setup (channel, tile,
 * angle) and one level. `resolutions` in the group of the setup holds the downsampling factors of its levels, x first.
 * The size of the voxels is in the project file beside it (bdv-project.ts).
 *
 * Source: https://imagej.net/plugins/bdv/#about-the-bigdataviewer-data-format
 */
import type { BdvProject } from '../../bdv/bdv-project';
import { describeBdvView, type BdvView } from '../../bdv/bdv-view';
import { hdf5DataType } from '../hdf5-types';
import { numbersOf, type ReadWriterDescription } from './writer-description';

const CELLS = /^t(\d+)\/(s(\d+))\/(\d+)\/cells$/;

/** Returns the view that a dataset holds, or undefined if it isn't from BigDataViewer. */
export function bdvView(path: string): BdvView | undefined {
  const [, time, , setup, level] = CELLS.exec(path) ?? [];
  return time === undefined ? undefined : { time: Number(time), setup: Number(setup), level: Number(level) };
}

/** Creates a reader of BigDataViewer's datasets. @param project the project beside the file, if there is one */
export function bdvReader(project: BdvProject | undefined): ReadWriterDescription {
  return async (described, datasets, file) => {
    const view = bdvView(described.path);
    const [, , group = ''] = CELLS.exec(described.path) ?? [];
    if (view === undefined) return undefined;
    // Before this attribute was introduced, BigDataViewer wrote only uint16, and stored it as int16.
    const isUnsigned = hdf5DataType(described) === 'int16' && !('dataType' in (await file.attributes(group)));
    const levels = (await numbersOf(file, `${group}/resolutions`))?.values ?? [];
    const factors = levels.slice(3 * view.level, 3 * view.level + 3);
    const ofView = project === undefined ? undefined : describeBdvView(project, view, factors);
    const { facts = [], passedOver = [], ...geometry } = ofView ?? {};
    return {
      writer: 'BigDataViewer',
      axes: ['z', 'y', 'x'],
      dataType: isUnsigned ? 'uint16' : undefined,
      geometry: (_axes, options) => (options.axes === undefined ? geometry : {}),
      channelNames: datasets.length > 1 ? channelNames(project, datasets) : undefined,
      facts: [
        ...(isUnsigned ? [['numbers', 'uint16, as BigDataViewer stores them in int16'] as const] : []),
        ...(datasets.length > 1 ? [] : facts),
      ],
      passedOver,
    };
  };
}

function channelNames(project: BdvProject | undefined, datasets: readonly string[]): readonly string[] {
  return datasets.map((path) => {
    const setup = project?.setups.find(({ id }) => id === bdvView(path)?.setup);
    const channel = setup?.attributes.get('channel') ?? '';
    return project?.channelNames.get(channel) || setup?.name || path;
  });
}
