/**
 * Electron microscopy datasets of Berkeley (emdfile, py4DSTEM, ncempy): a group with the attribute `emd_group_type` (1, or
 * `array`) holds the array `data`, and for each of its axes by index a list of positions, `dim1` or `dim0` on, with the
 * attributes `name` and `units`, such as `[n_m]`.
 *
 * Source: https://emdatasets.com/format/ ; https://github.com/py4dstem/emdfile
 */
import type { Hdf5File } from '../hdf5-file';
import { spacingGeometry } from '../../array/spacing-geometry';
import { numbersOf, type ReadTold } from './told-volume';

export const readEmd: ReadTold = async ({ path, shape }, _datasets, file) => {
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

/** Positions may be the first two alone. */
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

/** `x`, `R_x`, `Rx` alike; others, such as energies, are no axes of space. */
function axisName(name: string): string | undefined {
  const [, axis] = /^(?:r_?)?([xyz])$/i.exec(name.trim()) ?? [];
  return axis?.toLowerCase() ?? (name === 'time' || name === 't' ? 't' : undefined);
}
