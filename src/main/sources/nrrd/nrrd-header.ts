/**
 * Reads the headers of NRRD files. A file begins with the line `NRRD0005` (or another version), followed by lines
 * `field: value` and `key:=value` and comments after `#`. The data follows after an empty line, unless it is in another
 * file (`data file:`). The first axis is the fastest.
 *
 * Source: https://teem.sourceforge.net/nrrd/format.html
 */
import type { DataType } from '../../../shared/base/data-type';
import { InvalidInputError, UnsupportedError } from '../../../shared/base/errors';
import { rgbColour } from '../../../shared/precomputed/segment-colour';
import type { NamedSegment } from '../../../shared/precomputed/segment-properties';
import type { Vec3 } from '../../../shared/base/vec3';
import { affineIn, type Affine } from '../array/affine';
import { listedFiles } from '../array/data-files';
import { geometry, type Geometry } from '../array/geometry';
import { nanometresIn } from '../array/length-units';

/** A segment of a Slicer segmentation: a value in a layer. A segmentation has several layers if segments overlap. */
interface SlicerSegment {
  readonly value: string;
  readonly layer: number;
  readonly name: NamedSegment;
}

export interface NrrdHeader {
  readonly dataType: DataType;
  readonly littleEndian: boolean;
  readonly encoding: 'raw' | 'gzip' | 'bzip2' | 'text';
  /** The fastest axis first. */
  readonly sizes: readonly number[];
  /** The names of the axes, the fastest first. */
  readonly axes: readonly (string | undefined)[];
  readonly geometry: Geometry;
  /** Maps voxels to space, if the name of the space gives the directions of its axes. */
  readonly affine: Affine | undefined;
  /** The segments of a Slicer segmentation (.seg.nrrd); empty for other files. */
  readonly segments: readonly SlicerSegment[];
  /** What the header says but the volume doesn't use, one line each. */
  readonly notes: readonly string[];
  /** The name of the data file; undefined if the data follows the header. */
  readonly dataFile: string | undefined;
  /** The names of the data files, if there are several. */
  readonly dataFiles: readonly string[] | undefined;
  readonly headerBytes: number;
  readonly lineSkip: number;
  /** Bytes before the data; -1 if the data is at the end of the decompressed file; undefined if not stated. */
  readonly byteSkip: number | undefined;
}

const TYPES: Readonly<Record<string, DataType>> = Object.fromEntries(
  (
    [
      ['int8', 'signed char', 'int8', 'int8_t'],
      ['uint8', 'uchar', 'unsigned char', 'uint8', 'uint8_t'],
      ['int16', 'short', 'short int', 'signed short', 'signed short int', 'int16', 'int16_t'],
      ['uint16', 'ushort', 'unsigned short', 'unsigned short int', 'uint16', 'uint16_t'],
      ['int32', 'int', 'signed int', 'int32', 'int32_t'],
      ['uint32', 'uint', 'unsigned int', 'uint32', 'uint32_t'],
      [
        'int64',
        'longlong',
        'long long',
        'long long int',
        'signed long long',
        'signed long long int',
        'int64',
        'int64_t',
      ],
      ['uint64', 'ulonglong', 'unsigned long long', 'unsigned long long int', 'uint64', 'uint64_t'],
      ['float32', 'float'],
      ['float64', 'double'],
    ] as const
  ).flatMap(([type, ...names]) => names.map((name) => [name, type])),
);

const OF_SPACE = new Set(['domain', 'space']);

/** Parses a header. `head` holds the first bytes of the file; `where` names the file in messages. */
export function parseNrrdHeader(head: Buffer, where: string): NrrdHeader {
  const { fields, headerBytes, linesBehind } = readFields(head, where);
  const dataType = TYPES[fields.get('type')?.toLowerCase() ?? ''];
  if (dataType === undefined) {
    throw new UnsupportedError(
      `${where} has the type "${fields.get('type') ?? ''}", which is not supported.`,
    );
  }
  const sizes = words(fields.get('sizes')).map(Number);
  const dimension = Number(fields.get('dimension'));
  if (sizes.length !== dimension || !sizes.every((size) => Number.isInteger(size) && size > 0)) {
    throw damaged(where, `its sizes "${fields.get('sizes') ?? ''}" don't fit its dimension ${dimension}`);
  }
  const axes = axisNames(fields, dimension);
  const placed = geometryOf(fields, axes);
  const affine = affineOf(fields, axes);
  const encoding = encodingOf(fields.get('encoding')?.toLowerCase(), where);
  return {
    dataType,
    // Numbers that are stored as text are read in the machine's byte order.
    littleEndian: encoding === 'text' || fields.get('endian')?.toLowerCase() !== 'big',
    encoding,
    sizes,
    axes,
    geometry: placed,
    affine,
    notes: notesOf(fields, placed, affine),
    segments: segmentsIn(fields),
    dataFile: fields.get('datafile'),
    dataFiles: listedFiles(fields.get('datafile') ?? '', linesBehind, where),
    headerBytes,
    lineSkip: Number(fields.get('lineskip') ?? 0),
    byteSkip: fields.has('byteskip') ? Number(fields.get('byteskip')) : undefined,
  };
}

/**
 * Reads the fields of a header. Their names are returned in lower case and without spaces, because `space directions` may
 * be written as one word.
 */
function readFields(
  head: Buffer,
  where: string,
): { fields: Map<string, string>; headerBytes: number; linesBehind: string[] } {
  const fields = new Map<string, string>();
  for (let at = 0; at < head.length;) {
    const end = head.indexOf('\n', at);
    if (end < 0) break;
    const line = head.toString('utf8', at, end).replace(/\r$/, '');
    at = end + 1;
    if (line === '') return { fields, headerBytes: at, linesBehind: [] };
    if (/^data ?file: *LIST\b/.test(line)) {
      fields.set('datafile', 'LIST');
      return { fields, headerBytes: head.length, linesBehind: head.toString('utf8', at).split(/\r?\n/) };
    }
    const match = /^([^:#][^:]*):\s(.*)$/.exec(line);
    const pair = /^([^:=]+):=(.*)$/.exec(line);
    // The equals sign distinguishes the keys of programs from fields of the format.
    if (pair !== null) fields.set(`${pair[1] ?? ''}:=`, (pair[2] ?? '').trim());
    else if (match !== null)
      fields.set((match[1] ?? '').replace(/\s/g, '').toLowerCase(), (match[2] ?? '').trim());
  }
  if (fields.has('datafile')) return { fields, headerBytes: head.length, linesBehind: [] };
  throw damaged(where, 'its header has no end');
}

const ENCODINGS: Readonly<Record<string, NrrdHeader['encoding']>> = {
  raw: 'raw',
  gzip: 'gzip',
  gz: 'gzip',
  bzip2: 'bzip2',
  bz2: 'bzip2',
  txt: 'text',
  text: 'text',
  ascii: 'text',
};

function encodingOf(encoding = '', where: string): NrrdHeader['encoding'] {
  const known = ENCODINGS[encoding];
  if (known !== undefined) return known;
  throw new UnsupportedError(`${where} has the encoding "${encoding}", which is not supported.`, {
    remedy:
      'Save it compressed with gzip: unu save -f nrrd -e gzip -i OLD.nrrd -o NEW.nrrd (teem; teem-unu on Debian).',
  });
}

/** Returns x, y, z for the axes in space, and t for time or c for an axis that isn't in space. Names are undefined if it is unclear. */
function axisNames(fields: ReadonlyMap<string, string>, dimension: number): (string | undefined)[] {
  const kinds = words(fields.get('kinds')?.toLowerCase());
  const directions = vectors(fields.get('spacedirections'));
  const isSpace = Array.from({ length: dimension }, (_, axis) => {
    if (directions.length === dimension) return directions[axis] !== undefined;
    const kind = kinds[axis];
    return kind === undefined || kind === '???' || kind === 'none' || OF_SPACE.has(kind);
  });
  const isClear = dimension <= 3 || isSpace.filter(Boolean).length === 3;
  let next = 0;
  return isSpace.map((space, axis) => {
    if (!isClear) return undefined;
    return space ? ['x', 'y', 'z'][next++] : kinds[axis] === 'time' ? 't' : 'c';
  });
}

/**
 * Returns the voxel size and position. Spacings are used only if the units of all axes are known. In a named space, such as
 * LPS, the unit is the millimetre by default. Vectors have a unit for each axis of space, spacings one for each axis of the
 * array, or that which all axes of space have.
 */
function geometryOf(fields: ReadonlyMap<string, string>, axes: readonly (string | undefined)[]): Geometry {
  const directions = vectors(fields.get('spacedirections'));
  const along = ['x', 'y', 'z'].map((name) => axes.indexOf(name));
  const [spaceUnits, units] = [quoted(fields.get('spaceunits')), quoted(fields.get('units'))];
  const isOneUnit = spaceUnits.every((unit) => unit === spaceUnits[0]);
  const defaults = isStated(spaceUnits)
    ? along.map(() => nanometresIn(isOneUnit ? spaceUnits[0] : undefined))
    : inMillimetres(fields);
  const ofAxes = isStated(units) ? along.map((axis) => nanometresIn(units[axis])) : defaults;
  const ofSpace = isStated(spaceUnits) ? spaceUnits.map(nanometresIn) : ofAxes;
  if (directions.length > 0) {
    const columns = along.map((axis) => scaled(directions[axis] ?? [], ofSpace));
    const [x = NaN, y = NaN, z = NaN] = columns.map((column) => Math.hypot(...column) || NaN);
    const spacingNm: Vec3 = [x, y, z];
    const isUpright = columns.every((column, i) =>
      column.every((part, j) => (i === j ? part > 0 : part === 0)),
    );
    const [ox, oy, oz] = scaled(vectors(fields.get('spaceorigin'))[0] ?? [], ofSpace);
    if (!isUpright || ox === undefined || oy === undefined || oz === undefined) return geometry(spacingNm);
    return geometry(spacingNm, [ox, oy, oz]);
  }
  const lengths = (lengthAlong: (axis: number) => number): Vec3 => {
    const [x = NaN, y = NaN, z = NaN] = scaled(along.map(lengthAlong), ofAxes);
    return [x, y, z];
  };
  // Without a space each axis may have a position of its own.
  const spacingNm = lengths((axis) => spacingAlong(fields, axis));
  const mins = lengths((axis) => numberAt(fields, 'axismins', axis));
  return mins.every(Number.isFinite) ? geometry(spacingNm, mins) : geometry(spacingNm);
}

/**
 * Returns the distance between the samples along an axis, from its two ends if it isn't stated. The samples are between
 * the ends if they are cells; if they are nodes, the first and the last one are the ends.
 */
function spacingAlong(fields: ReadonlyMap<string, string>, axis: number): number {
  const spacing = numberAt(fields, 'spacings', axis);
  const centering = words(fields.get('centers') ?? fields.get('centerings'))[axis]?.toLowerCase();
  if (!Number.isNaN(spacing) || (centering !== 'cell' && centering !== 'node')) return spacing;
  const length = numberAt(fields, 'axismaxs', axis) - numberAt(fields, 'axismins', axis);
  return length / (numberAt(fields, 'sizes', axis) - (centering === 'node' ? 1 : 0));
}

function numberAt(fields: ReadonlyMap<string, string>, field: string, axis: number): number {
  return Number(words(fields.get(field))[axis] ?? NaN);
}

function isStated(units: readonly string[]): boolean {
  return units.some((unit) => unit.trim() !== '');
}

function inMillimetres(fields: ReadonlyMap<string, string>): number[] {
  return fields.has('space') ? [1e6, 1e6, 1e6] : [];
}

function scaled(values: readonly number[], scales: readonly (number | undefined)[]): number[] {
  return values.map((value, i) => value * (scales[i] ?? NaN));
}

/** Reads segments from the keys `Segment0_LabelValue`, `Segment0_Name`, `Segment0_Layer` and so on of 3D Slicer. */
function segmentsIn(fields: ReadonlyMap<string, string>): SlicerSegment[] {
  const segments: SlicerSegment[] = [];
  for (let i = 0; fields.has(`Segment${i}_LabelValue:=`); i++) {
    const value = (key: string) => fields.get(`Segment${i}_${key}:=`);
    const colour = rgbColour((value('Color') ?? '').trim().split(/\s+/).map(Number), 1);
    segments.push({
      value: value('LabelValue') ?? '',
      layer: Number(value('Layer') ?? 0),
      name: {
        label: value('Name') ?? value('ID') ?? '',
        tags: [],
        ...(colour === undefined ? {} : { colour }),
      },
    });
  }
  return segments.filter(({ value }) => /^\d+$/.test(value));
}

/** Returns notes on what isn't used. Spacings without a unit give the shape of voxels, but not their size. */
function notesOf(
  fields: ReadonlyMap<string, string>,
  { resolutionNm, voxelOffset }: Geometry,
  affine: Affine | undefined,
): string[] {
  const lengths = fields.get('spacings') ?? fields.get('spacedirections');
  const ends = ['axismins', 'axismaxs'].flatMap((field) => fields.get(field) ?? []);
  const position = fields.get('spaceorigin') ?? fields.get('axismins') ?? '';
  const labels = quoted(fields.get('labels')).join('').toLowerCase();
  return [
    ...(resolutionNm !== undefined || lengths === undefined
      ? []
      : [`spacings that aren't all above zero and with a unit of length (${lengths}): say the resolution`]),
    ...(resolutionNm !== undefined || lengths !== undefined || ends.length === 0
      ? []
      : [
          `the ends of the axes (${ends.join(' to ')}), as both ends, the centering (cell or node) and the unit aren't known for each axis: say the resolution`,
        ]),
    ...(affine !== undefined || voxelOffset !== undefined || !/[1-9]/.test(position)
      ? []
      : [`the position of the first voxel, ${position}`]),
    ...(/^[xyz]{3}$/.test(labels) && labels !== 'xyz'
      ? [`the labels of the axes (${[...labels].join(', ')}), which stay in the order of the file`]
      : []),
  ];
}

/** Matches the full name of a space. The words' first letters are the directions of x, y and z. */
const SPACE = /^(right|left)-(anterior|posterior)-(superior|inferior)(-time)?$/;

function affineOf(
  fields: ReadonlyMap<string, string>,
  axes: readonly (string | undefined)[],
): Affine | undefined {
  const name = fields.get('space')?.toLowerCase() ?? '';
  const letters = /^[rl][ap][si]t?$/.test(name)
    ? name.slice(0, 3)
    : SPACE.exec(name)
        ?.slice(1, 4)
        .map((word) => word[0] ?? '')
        .join('');
  const directions = vectors(fields.get('spacedirections'));
  const columns = ['x', 'y', 'z'].map((axis) => directions[axes.indexOf(axis)]);
  const [origin = [0, 0, 0]] = vectors(fields.get('spaceorigin'));
  if (letters === undefined || !columns.every((column) => column !== undefined)) return undefined;
  return affineIn(letters.toUpperCase(), columns, origin);
}

function words(text: string | undefined): string[] {
  return text?.split(/\s+/).filter((word) => word !== '') ?? [];
}

function quoted(text: string | undefined): string[] {
  return [...(text ?? '').matchAll(/"([^"]*)"/g)].map((match) => match[1] ?? '');
}

/** Parses vectors such as `(1,0,0) none (0,1,0)`. A vector is undefined for `none`. */
function vectors(text: string | undefined): (number[] | undefined)[] {
  return [...(text ?? '').matchAll(/\(([^)]*)\)|none/g)].map((match) => match[1]?.split(',').map(Number));
}

function damaged(where: string, what: string): InvalidInputError {
  return new InvalidInputError(`${where} is not a valid NRRD file: ${what}.`, {
    remedy: 'The file is cut off or damaged: copy it again from the original.',
  });
}
