/**
 * Reads the headers of MetaImage files (.mha, .mhd). A header has lines `Field = value`. The last line is
 * `ElementDataFile`: it says LOCAL if the data follows, or names the file with the data. The first axis is the fastest;
 * lengths are in millimetres.
 *
 * Source: https://itk.org/Wiki/ITK/MetaIO/Documentation
 */
import type { DataType } from '../../../shared/base/data-type';
import { InvalidInputError, UnsupportedError } from '../../../shared/base/errors';
import type { Vec3 } from '../../../shared/base/vec3';
import { affineIn, type Affine } from '../array/affine';
import { listedFiles } from '../array/data-files';
import { geometry, type Geometry } from '../array/geometry';

export interface MetaImageHeader {
  readonly dataType: DataType;
  readonly littleEndian: boolean;
  /** True if the voxels are numbers as text. */
  readonly isText: boolean;
  readonly isCompressed: boolean;
  /** The size of the compressed data; undefined if the header doesn't state it. */
  readonly compressedBytes: number | undefined;
  readonly size: Vec3;
  /** The number of points in time, which are the slowest axis. */
  readonly times: number;
  readonly channels: number;
  readonly geometry: Geometry;
  /** The name of the data file; undefined if the data follows the header. */
  readonly dataFile: string | undefined;
  /** The names of the data files, if there are several. */
  readonly dataFiles: readonly string[] | undefined;
  readonly headerBytes: number;
  /** Maps voxels to space; undefined if the header doesn't state the directions of the axes. */
  readonly affine: Affine | undefined;
  /** Bytes of the data file before the voxels; -1 if the voxels are at its end; undefined if the header doesn't say. */
  readonly skipBytes: number | undefined;
}

const TYPES: Readonly<Record<string, DataType>> = {
  MET_CHAR: 'int8',
  MET_UCHAR: 'uint8',
  MET_SHORT: 'int16',
  MET_USHORT: 'uint16',
  MET_INT: 'int32',
  MET_UINT: 'uint32',
  MET_LONG: 'int32',
  MET_ULONG: 'uint32',
  MET_LONG_LONG: 'int64',
  MET_ULONG_LONG: 'uint64',
  MET_FLOAT: 'float32',
  MET_DOUBLE: 'float64',
};

const MILLIMETRE_NM = 1e6;

export function isMetaImage(head: Uint8Array): boolean {
  const text = Buffer.from(head).toString('latin1');
  return /^(\w+\s*=.*\r?\n)*?(ObjectType\s*=\s*Image|NDims\s*=)/.test(text) && text.includes('DimSize');
}

export function parseMetaImageHeader(head: Buffer, where: string): MetaImageHeader {
  const fields = new Map<string, string>();
  let at = 0;
  while (at < head.length && !fields.has('ElementDataFile')) {
    const end = head.indexOf('\n', at);
    const line = head.toString('utf8', at, end < 0 ? head.length : end);
    at = end < 0 ? head.length : end + 1;
    const [, name, value] = /^\s*(\w+)\s*=\s*(.*?)\s*$/.exec(line) ?? [];
    if (name === undefined || value === undefined)
      throw damaged(where, `the line "${line.slice(0, 60)}" is not a field`);
    fields.set(name, value);
  }
  const dataFile = fields.get('ElementDataFile');
  if (dataFile === undefined) throw damaged(where, 'it names no data (ElementDataFile)');
  const elementType = fields.get('ElementType') ?? '';
  const dataType = TYPES[elementType];
  if (dataType === undefined) throw new UnsupportedError(`${where} has voxels of the type "${elementType}".`);
  const isText = fields.get('BinaryData')?.toLowerCase() === 'false';
  const dimensions = Number(fields.get('NDims'));
  const [x = 1, y = 1, z = 1, times = 1, ...more] = numbers(fields.get('DimSize')).slice(0, dimensions);
  const size: Vec3 = [x, y, z];
  if (more.some((extent) => extent !== 1)) {
    throw new UnsupportedError(`${where} has ${dimensions} axes.`, {
      remedy: 'Save one volume of three axes, or a series in time of four.',
    });
  }
  if (![...size, times].every((extent) => Number.isInteger(extent) && extent > 0))
    throw damaged(where, 'its size is wrong');
  const isTrue = (...names: readonly string[]) =>
    names.some((name) => fields.get(name)?.toLowerCase() === 'true');
  return {
    dataType,
    isText,
    littleEndian: isText || !isTrue('BinaryDataByteOrderMSB', 'ElementByteOrderMSB'),
    isCompressed: isTrue('CompressedData'),
    compressedBytes: fields.has('CompressedDataSize') ? Number(fields.get('CompressedDataSize')) : undefined,
    size,
    times,
    channels: Number(fields.get('ElementNumberOfChannels') ?? 1),
    geometry: geometryOf(fields, dimensions),
    dataFile: dataFile.toUpperCase() === 'LOCAL' ? undefined : dataFile,
    dataFiles: listedFiles(dataFile, head.toString('utf8', at).split(/\r?\n/), where),
    headerBytes: at,
    affine: affineOf(fields, dimensions),
    skipBytes: fields.has('HeaderSize') ? Number(fields.get('HeaderSize')) : undefined,
  };
}

function geometryOf(fields: ReadonlyMap<string, string>, dimensions: number): Geometry {
  const spacing = lengths(fields.get('ElementSpacing') ?? fields.get('ElementSize'));
  const origin = lengths(fields.get('Offset') ?? fields.get('Position') ?? fields.get('Origin'));
  const matrix = numbers(
    fields.get('TransformMatrix') ?? fields.get('Rotation') ?? fields.get('Orientation'),
  );
  const isUpright = matrix.every((value, i) => value === (i % (dimensions + 1) === 0 ? 1 : 0));
  return geometry(spacing, isUpright ? origin : undefined);
}

/**
 * Returns the mapping from voxels to space. The matrix of the header has a row for each axis of the file. In ITK's space,
 * x, y and z point to the left, to the back and up (LPS).
 */
function affineOf(fields: ReadonlyMap<string, string>, dimensions: number): Affine | undefined {
  const matrix = numbers(
    fields.get('TransformMatrix') ?? fields.get('Rotation') ?? fields.get('Orientation'),
  );
  const spacing = lengths(fields.get('ElementSpacing') ?? fields.get('ElementSize'));
  if (dimensions < 3 || matrix.length !== dimensions * dimensions || spacing === undefined) return undefined;
  const columns = spacing.map((length, axis) =>
    matrix.slice(axis * dimensions, axis * dimensions + 3).map((part) => part * length),
  );
  const origin = lengths(fields.get('Offset') ?? fields.get('Position') ?? fields.get('Origin'));
  return affineIn('LPS', columns, origin ?? [0, 0, 0]);
}

function lengths(text: string | undefined): Vec3 | undefined {
  const [x, y, z] = numbers(text).map((length) => length * MILLIMETRE_NM);
  return x === undefined || y === undefined || z === undefined ? undefined : [x, y, z];
}

function numbers(text: string | undefined): number[] {
  return text?.split(/\s+/).map(Number) ?? [];
}

function damaged(where: string, what: string): InvalidInputError {
  return new InvalidInputError(`${where} is not a valid MetaImage: ${what}.`, {
    remedy: 'The file is cut off or damaged: copy it again from the original.',
  });
}
