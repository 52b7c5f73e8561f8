/**
 * Parses the header of an Amira or Avizo file, which is text. The header of a volume has lines such as
 *
 *     # AmiraMesh BINARY-LITTLE-ENDIAN 2.1
 *     define Lattice 30 20 5
 *     Parameters { Materials { Exterior { Id 1 } Axon { Id 2 } } Units { Coordinates "nm" }
 *       BoundingBox 0 116 0 95 0 120, CoordType "uniform" }
 *     Lattice { byte Labels } @1(HxByteRLE,217)
 *
 * Then follows a line with only `@1` and the data of the first array, with x as the fastest axis. `@2` and so on may
 * follow. BINARY without a byte order is big endian. The bounding box reaches from the centre of the first voxel to the
 * centre of the last. A label is the index of its material in the list, counted from 0.
 *
 * Source: Avizo User's Guide, "AmiraMesh file format". Bio-Formats and Fiji's AmiraMesh reader read it in the same way.
 */
import { bytesPerVoxel, type DataType } from '../../../shared/base/data-type';
import { InvalidInputError, UnsupportedError } from '../../../shared/base/errors';
import { product3, vec3, type Vec3 } from '../../../shared/base/vec3';
import { rgbColour } from '../../../shared/precomputed/segment-colour';
import type { NamedSegment } from '../../../shared/precomputed/segment-properties';
import { geometry, type Geometry } from '../array/geometry';
import { nanometresIn } from '../array/length-units';

export interface AmiraHeader {
  readonly size: Vec3;
  readonly littleEndian: boolean;
  readonly arrays: readonly AmiraArray[];
  readonly geometry: Geometry;
  /** The names of the materials with their labels; empty if there are no materials. */
  readonly segmentNames: readonly (readonly [id: string, name: NamedSegment])[];
  readonly hasMaterials: boolean;
  /** Metadata that can't be kept in the output, for people. */
  readonly notes: readonly string[];
}

/** One of the arrays on the lattice. */
export interface AmiraArray {
  readonly path: string;
  readonly description: string;
  readonly dataType: DataType;
  readonly channels: number;
  /** The number after the `@`. */
  readonly place: number;
  readonly packing: 'none' | 'HxByteRLE' | 'HxZip';
  /** The stored size, which is the packed size if the array is packed. */
  readonly lengthBytes: number;
}

const DATA_TYPES: Readonly<Record<string, DataType>> = {
  byte: 'uint8',
  sbyte: 'int8',
  short: 'int16',
  ushort: 'uint16',
  int: 'int32',
  uint: 'uint32',
  float: 'float32',
  double: 'float64',
};
const SAVE_AGAIN =
  'Save it again in Amira or Avizo as Amira binary (.am), or export it as NRRD or TIFF slices.';

/** Reports whether the first bytes of a file are those of an Amira or Avizo file. */
export function isAmira(head: Uint8Array): boolean {
  return /^# (AmiraMesh|Avizo) /.test(Buffer.from(head.subarray(0, 16)).toString('latin1'));
}

/**
 * Parses a header.
 * @param text the file up to the line `@1` that begins the data
 * @param where the file's name in messages
 * @throws InvalidInputError; UnsupportedError
 */
export function parseAmiraHeader(text: string, where: string): AmiraHeader {
  const [first = ''] = text.split('\n', 1);
  if (!/\bBINARY/.test(first)) {
    throw new UnsupportedError(`${where} has its values as text (ASCII), which isn't read.`, {
      remedy: SAVE_AGAIN,
    });
  }
  const lattice = /^\s*define\s+Lattice\s+(\d+)\s+(\d+)(?:\s+(\d+))?\s*$/m.exec(text);
  if (lattice === null) {
    throw new UnsupportedError(`${where} holds no volume (a Lattice): it may be a surface or a skeleton.`, {
      remedy: 'Give the file of the label field or image that it was made from.',
    });
  }
  const [x = 0, y = 0, z = 1] = lattice.slice(1).map((edge: string | undefined) => Number(edge ?? 1));
  const size: Vec3 = [x, y, z];
  const arrays = arraysIn(text, size, where);
  const materials = materialsIn(text);
  return {
    size,
    littleEndian: /LITTLE-ENDIAN/.test(first),
    arrays,
    hasMaterials: materials.length > 0,
    ...namesOf(materials),
    ...placeOf(text, size, namesOf(materials).notes),
  };
}

function arraysIn(text: string, size: Vec3, where: string): AmiraArray[] {
  const pattern =
    /^\s*Lattice\s*\{\s*(\w+)(?:\[(\d+)\])?\s+([\w-]+)\s*\}[^@\n]*@(\d+)(?:\(\s*(\w+)\s*,\s*(\d+)\s*\))?/gm;
  return [...text.matchAll(pattern)].map(([, type = '', count = '1', path = '', place, packing, length]) => {
    const [dataType, channels] = [DATA_TYPES[type], Number(count)];
    const isKnown = packing === undefined || packing === 'HxByteRLE' || packing === 'HxZip';
    if (dataType === undefined || !isKnown) {
      const what = dataType === undefined ? `values of the type ${type}` : `the packing ${packing ?? ''}`;
      throw new UnsupportedError(`${where}: ${path} has ${what}, which isn't read.`, { remedy: SAVE_AGAIN });
    }
    const rawBytes = product3(size) * channels * bytesPerVoxel(dataType);
    if (!Number.isSafeInteger(rawBytes) || rawBytes === 0) {
      throw new InvalidInputError(`${where}: its lattice of ${size.join(' × ')} makes no sense.`, {
        remedy: SAVE_AGAIN,
      });
    }
    return {
      path,
      description: `${dataType}, ${size.join(' × ')}${channels > 1 ? `, ${channels} channels` : ''}`,
      dataType,
      channels,
      place: Number(place),
      packing: packing ?? 'none',
      lengthBytes: length === undefined ? rawBytes : Number(length),
    };
  });
}

interface Material {
  readonly name: string;
  /** The id in the file. It isn't the label: in most files, ids begin at 1. */
  readonly id: number | undefined;
  readonly colour: string | undefined;
}

/** Returns the entries of the block Materials, in their order. */
function materialsIn(text: string): Material[] {
  const start = /\bMaterials\s*\{/.exec(text);
  const materials: Material[] = [];
  if (start === null) return materials;
  let depth = 1;
  let name = '';
  let content = '';
  for (const token of text.slice(start.index + start[0].length).match(/"[^"]*"|[{}]|[^\s{}"]+/g) ?? []) {
    if (token === '{' && ++depth === 2) content = '';
    else if (token === '}' && --depth === 1) {
      const id = /\bId (\d+)/.exec(content)?.[1];
      const colour = /\bColor ([\d.eE+-]+) ([\d.eE+-]+) ([\d.eE+-]+)/.exec(content)?.slice(1) ?? [];
      materials.push({
        name,
        id: id === undefined ? undefined : Number(id),
        colour: rgbColour(colour.map(Number), 1),
      });
    } else if (depth === 1 && token !== '{' && token !== '}')
      name = token.replace(/^"|"$/g, '').replace(/,$/, '');
    else content += `${token} `;
    if (depth === 0) break;
  }
  return materials;
}

function namesOf(materials: readonly Material[]): Pick<AmiraHeader, 'segmentNames' | 'notes'> {
  const ids = materials.flatMap(({ id }) => (id === undefined ? [] : [id]));
  const isInOrder = ids.every((id, i) => id === i + 1) || ids.every((id, i) => id === i);
  if (!isInOrder) {
    return { segmentNames: [], notes: ['the names and colours of materials, whose ids are in no order'] };
  }
  const named = materials.map(
    ({ name, colour }, i) =>
      [String(i), { label: name, tags: [], ...(colour === undefined ? {} : { colour }) }] as const,
  );
  return { segmentNames: named.slice(1), notes: [] };
}

/** Returns the resolution and the position, if the bounding box has a unit, and notes about what is ignored. */
function placeOf(
  text: string,
  size: Vec3,
  notes: readonly string[],
): Pick<AmiraHeader, 'geometry' | 'notes'> {
  const box = /\bBoundingBox((?:\s+[-+\d.eE]+){6})/.exec(text)?.[1]?.trim().split(/\s+/).map(Number);
  const said = [...notes, ...(/\bTransformationMatrix\b/.test(text) ? ['the transformation matrix'] : [])];
  if (box === undefined) return { geometry: {}, notes: said };
  const coordinates = /\bCoordType\s+"(\w+)"/.exec(text)?.[1] ?? 'uniform';
  if (coordinates !== 'uniform') return { geometry: {}, notes: [...said, `the ${coordinates} coordinates`] };
  const least = vec3((axis) => box[2 * axis] ?? NaN);
  const spacing = vec3((axis) => ((box[2 * axis + 1] ?? NaN) - least[axis]) / Math.max(1, size[axis] - 1));
  const unit = /\bCoordinates\s+"([^"]*)"/.exec(text)?.[1];
  const nanometres = nanometresIn(unit);
  if (nanometres === undefined) {
    const what = `the bounding box, by which voxels are ${spacing.map((edge) => Number(edge.toPrecision(7))).join(' × ')}`;
    return {
      geometry: {},
      notes: [
        ...said,
        `${what}: ${unit === undefined ? 'no unit is given' : `the unit ${unit} isn't known`}`,
      ],
    };
  }
  const inNm = (values: Vec3) => vec3((axis) => values[axis] * nanometres);
  return { geometry: geometry(inNm(spacing), inNm(least)), notes: said };
}
