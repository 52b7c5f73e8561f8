/**
 * Reads the Electron Microscopy Datasets of Berkeley (emdfile, py4DSTEM, ncempy). A group with the attribute
 * `emd_group_type` (1, or `array`) holds the array `data` and a list of positions for each of its axes. The lists are
 * numbered by axis and begin with `dim1` or `dim0`. Their attributes are `name` and `units`, such as `[n_m]`.
 *
 * Source: https://emdatasets.com/format/ ; https://github.com/py4dstem/emdfile
 */
import type { Hdf5File } from '../hdf5-file';
import { spacingGeometry } from '../../array/spacing-geometry';
import { numbersOf, type ReadWriterDescription } from './writer-description';

/** Reads the axes and the geometry of an Electron Microscopy Dataset. */
export const readEmd: ReadWriterDescription = async ({ path, shape }, _datasets, file) => {
  const [, group] = /^(.*)\/data$/.exec(path) ?? [];
  if (group === undefined || !('emd_group_type' in (await file.attributes(group)))) return undefined;
  const first = (await file.find(`${group}/dim0`)) === undefined ? 1 : 0;
  const axes = await Promise.all(
    (shape ?? []).map((length, i) => axisOf(file, `${group}/dim${first + i}`, length)),
  );
  const names = axes.map(({ name }) => name);
  return {
    writer: 'EMD of Berkeley',
    axes: names,
    geometry: (chosen) =>
      spacingGeometry({
        names: chosen.names,
        spacing: axes.map(({ step }) => step),
        units: axes.map(({ unit }) => unit),
        origin: axes.map(({ start }) => start),
      }),
  };
};

/** Reads one axis. Its list of positions may consist of the first two only. */
async function axisOf(file: Hdf5File, path: string, length: number) {
  const none = { name: undefined, step: NaN, start: 0, unit: undefined };
  const described = await file.find(path);
  if (described === undefined) return none;
  const { name, units } = described.attributes;
  const positions = (await numbersOf(file, path))?.values ?? [];
  const [start = 0, second = NaN] = positions;
  const isWhole = positions.length === length || positions.length === 2;
  return {
    name: typeof name === 'string' ? axisName(name) : undefined,
    step: isWhole ? second - start : NaN,
    start,
    unit: typeof units === 'string' ? units.replace(/[[\]_]/g, '') : undefined,
  };
}

/** Returns the axis that a name such as `x`, `R_x` or `Rx` stands for, or undefined for others, such as energies. */
function axisName(name: string): string | undefined {
  const [, axis] = /^(?:r_?)?([xyz])$/i.exec(name.trim()) ?? [];
  return axis?.toLowerCase() ?? (name === 'time' || name === 't' ? 't' : undefined);
}
