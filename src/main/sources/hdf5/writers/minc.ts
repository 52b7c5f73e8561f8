/**
 * Reads the HDF5 layout of MINC 2. The attribute `dimorder` of `minc-2.0/image/0/image` names its axes by index. Beside
 * it, `image-min` and `image-max` hold the values that the ends of `valid_range` stand for, as one number each, or one
 * for each slice along the first axes. The attributes of `minc-2.0/dimensions/xspace` and so on hold steps and starts
 * in millimetres. The axes of space point to the right, to the front and up (RAS).
 *
 * Source: https://en.wikibooks.org/wiki/MINC/SoftwareDevelopment/MINC2.0_File_Format_Reference. nibabel's
 * minc2.py reads it in the same way.
 */
import { InvalidInputError, UnsupportedError } from '../../../../shared/base/errors';
import type { ArrayAxes } from '../../array/array-axes';
import { orientationFacts, orientedGeometry, placeNotes, type Affine } from '../../array/affine';
import { spacingGeometry } from '../../array/spacing-geometry';
import type { Scaling, SourceMetadata } from '../../volume-source';
import type { Hdf5File } from '../hdf5-file';
import type { DescribedDataset } from '../hdf5-questions';
import { numbersOf, type ReadWriterDescription, type WriterDescription } from './writer-description';

const IMAGE = /^(minc-2\.0)\/image\/\d+\/image$/;
const SPACES = ['xspace', 'yspace', 'zspace'] as const;
const COSINES = [
  [1, 0, 0],
  [0, 1, 0],
  [0, 0, 1],
] as const;

/** Reads the axes, the geometry and the scaling of a dataset of MINC. @throws InvalidInputError; UnsupportedError */
export const readMinc: ReadWriterDescription = async (described, _datasets, file) => {
  const [, root] = IMAGE.exec(described.path) ?? [];
  if (root === undefined) return undefined;
  const { dimorder } = described.attributes;
  const order = typeof dimorder === 'string' ? dimorder.split(',').map((name) => name.trim()) : [];
  const dimensions = await Promise.all(SPACES.map((name) => dimensionOf(file, `${root}/dimensions/${name}`)));
  return {
    writer: 'MINC',
    ...(order.length === 0 ? {} : { axes: order.map((name) => name.replace(/space$/, '')) }),
    geometry: (axes, options) =>
      options.axes === undefined ? geometryOf(axes, dimensions, options.orientation === 'ras') : {},
    ...(await scalingsOf(described, file)),
  };
};

interface Dimension {
  readonly step: number;
  readonly start: number;
  readonly cosines: readonly number[];
}

async function dimensionOf(file: Hdf5File, path: string): Promise<Dimension | undefined> {
  const { step, start, direction_cosines: stored, spacing } = (await file.find(path))?.attributes ?? {};
  const [by, from] = [firstOf(step), firstOf(start) ?? 0];
  if (by === undefined || (typeof spacing === 'string' && spacing.startsWith('irregular'))) return undefined;
  const own = COSINES[SPACES.findIndex((name) => path.endsWith(name))] ?? COSINES[0];
  return { step: by, start: from, cosines: numbersIn(stored) ?? own };
}

/** Returns the geometry of the volume. `dimensions` are in the order x, y, z. */
function geometryOf(
  { size }: ArrayAxes,
  dimensions: readonly (Dimension | undefined)[],
  isTurned: boolean,
): Partial<SourceMetadata> {
  const found = dimensions.filter((dimension) => dimension !== undefined);
  if (found.length < 3) return {};
  const row = (line: number): readonly number[] => [
    ...found.map(({ step, cosines }) => step * (cosines[line] ?? 0)),
    found.reduce((sum, { start, cosines }) => sum + start * (cosines[line] ?? 0), 0),
  ];
  const affine: Affine = [row(0), row(1), row(2)];
  const names = ['x', 'y', 'z'];
  const isUpright = found.every(({ step }, i) => step > 0 && (found[i]?.cosines[i] ?? 0) > 0.999999);
  const geometry = spacingGeometry({
    names,
    spacing: found.map(({ step }) => Math.abs(step)),
    units: names.map(() => 'mm'),
    origin: isUpright ? found.map(({ start }) => start) : undefined,
  });
  const oriented = orientedGeometry(geometry, affine, size, isTurned);
  return {
    ...oriented,
    passedOver: placeNotes(oriented, affine),
    facts: orientationFacts(oriented.orientation),
  };
}

async function scalingsOf(
  described: DescribedDataset,
  file: Hdf5File,
): Promise<Pick<WriterDescription, 'scaling' | 'sliceScalings'>> {
  const isFloat = described.type === 1;
  const folder = described.path.replace(/image$/, '');
  const [least, most] = [
    await numbersOf(file, `${folder}image-min`),
    await numbersOf(file, `${folder}image-max`),
  ];
  if (isFloat || least === undefined || most === undefined) return {};
  const [low, high] = validRange(described);
  const scalings = least.values.map((from, i): Scaling => {
    const slope = ((most.values[i] ?? NaN) - from) / (high - low);
    return { slope, intercept: from - low * slope };
  });
  const where = `${file.path}, ${described.path}`;
  if (scalings.some(({ slope, intercept }) => !Number.isFinite(slope) || !Number.isFinite(intercept))) {
    throw new InvalidInputError(`${where}: its image-min, image-max and valid_range make no sense.`, {
      remedy: 'Write it again by mincreshape, or copy it again from the original.',
    });
  }
  if (least.shape.length > 1) {
    throw new UnsupportedError(
      `${where} has a range of values for each line or for each slice of each point in time.`,
      { remedy: 'Write it again with one range: mincreshape -normalize old.mnc new.mnc.' },
    );
  }
  const [first] = scalings;
  const isOne = scalings.every(
    ({ slope, intercept }) => slope === first?.slope && intercept === first.intercept,
  );
  if (!isOne) return { sliceScalings: scalings };
  return first === undefined || isPlain(first) ? {} : { scaling: first };
}

function isPlain({ slope, intercept }: Scaling): boolean {
  return Math.abs(slope - 1) < 1e-12 && Math.abs(intercept) < 1e-9;
}

/** Returns the `valid_range`, or the whole range of the type if there is none. */
function validRange({ attributes, size, signed }: DescribedDataset): readonly [number, number] {
  const [a, b] = numbersIn(attributes['valid_range']) ?? [];
  if (a !== undefined && b !== undefined && a !== b) return [Math.min(a, b), Math.max(a, b)];
  const bits = 8 * size;
  return signed ? [-(2 ** (bits - 1)), 2 ** (bits - 1) - 1] : [0, 2 ** bits - 1];
}

function numbersIn(value: unknown): number[] | undefined {
  if (!Array.isArray(value)) return undefined;
  const numbers = value.map(Number);
  return numbers.length > 0 && numbers.every(Number.isFinite) ? numbers : undefined;
}

function firstOf(value: unknown): number | undefined {
  const [number] = numbersIn([value].flat()) ?? [];
  return number;
}
