/** Units of length in nanometres, with the names that formats and people use for them. */
const UNITS: readonly (readonly [nanometres: number, names: readonly string[]])[] = [
  [0.1, ['å', '\\u00c5', '\\u212b', 'a', 'angstrom', 'angstroms', 'ångström']],
  [0.001, ['pm', 'picometer', 'picometre']],
  [1, ['nm', 'nanometer', 'nanometers', 'nanometre', 'nanometres']],
  [
    1e3,
    [
      'um',
      'µm',
      'μm',
      // What decoding as UTF-8 leaves of µm in Latin-1. No other unit of length leaves the same.
      '\ufffdm',
      'micron',
      'microns',
      'micrometer',
      'micrometers',
      'micrometre',
      'micrometres',
      '\\u00b5m',
    ],
  ],
  [1e6, ['mm', 'millimeter', 'millimeters', 'millimetre', 'millimetres']],
  [1e7, ['cm', 'centimeter', 'centimeters', 'centimetre', 'centimetres']],
  [1e9, ['m', 'meter', 'meters', 'metre', 'metres']],
  [2.54e7, ['in', 'inch', 'inches']],
];

/** Returns the number of nanometres in a unit, or undefined if it isn't a unit of length. */
export function nanometresIn(unit: string | undefined): number | undefined {
  const name = unit?.trim().toLowerCase();
  return UNITS.find(([, names]) => name !== undefined && names.includes(name))?.[0];
}
