/**
 * Reads the HDF5 layout of Imaris. There is one dataset for each level, point in time and channel, padded to whole
 * chunks. The true size is in the channel's group, the position in space is in `DataSetInfo/Image`, and the names of
 * the channels are in `DataSetInfo/Channel 0` and so on.
 *
 * Source: https://imaris.oxinst.com/support/imaris-5-5-file-format ("Imaris 5.5 File Format Description")
 */
import type { Geometry } from '../../array/geometry';
import { spacingGeometry } from '../../array/spacing-geometry';
import type { Hdf5File } from '../hdf5-file';
import type { ReadWriterDescription } from './writer-description';

const DATA = /^(DataSet\/ResolutionLevel (\d+)\/TimePoint (\d+))\/Channel (\d+)\/Data$/;

/**
 * Returns the group of one point in time at one level, whose datasets are the channels of one volume. Returns undefined
 * if the dataset isn't from Imaris.
 */
export function imarisGroup(
  path: string,
): { readonly group: string; readonly isFinest: boolean; readonly time: number } | undefined {
  const [, group, level, time] = DATA.exec(path) ?? [];
  return group === undefined ? undefined : { group, isFinest: level === '0', time: Number(time) };
}

/** Reads the true size, the geometry and the channel names of a dataset of Imaris. */
export const readImaris: ReadWriterDescription = async ({ path }, datasets, file) => {
  const [, , level] = DATA.exec(path) ?? [];
  if (level === undefined) return undefined;
  const own = await file.attributes(path.replace(/\/Data$/, ''));
  const size = ['X', 'Y', 'Z'].map((axis) => Number(textOf(own[`ImageSize${axis}`])));
  if (!size.every((length) => Number.isSafeInteger(length) && length > 0)) return undefined;
  const geometry = await geometryOf(file, size, level === '0');
  return {
    writer: 'Imaris',
    axes: ['z', 'y', 'x'],
    shape: size.toReversed(),
    geometry: (_axes, options) => (options.axes === undefined ? geometry : {}),
    channelNames: datasets.length > 1 ? await namesOf(file, datasets) : undefined,
  };
};

async function geometryOf(file: Hdf5File, size: readonly number[], isFinest: boolean): Promise<Geometry> {
  const image = await file.attributes('DataSetInfo/Image');
  const ends = [0, 1, 2].map((axis) =>
    ['ExtMin', 'ExtMax'].map((name) => Number.parseFloat(textOf(image[`${name}${axis}`]))),
  );
  const names = ['x', 'y', 'z'];
  const units = names.map(() => textOf(image['Unit']) || 'um');
  const spacing = ends.map(([min = NaN, max = NaN], axis) => Math.abs(max - min) / (size[axis] ?? 1));
  const origin = isFinest ? ends.map(([min = 0, max = 0]) => Math.min(min, max)) : undefined;
  return spacingGeometry({ names, spacing, units, origin });
}

async function namesOf(file: Hdf5File, datasets: readonly string[]): Promise<readonly string[]> {
  return Promise.all(
    datasets.map(async (path) => {
      const channel = DATA.exec(path)?.[4] ?? '';
      const { Name: name } = await file.attributes(`DataSetInfo/Channel ${channel}`);
      return textOf(name) || `Channel ${channel}`;
    }),
  );
}

/** Returns the text of an attribute. Imaris stores texts as arrays of characters. */
function textOf(value: unknown): string {
  return Array.isArray(value) ? value.join('') : typeof value === 'string' ? value : '';
}
