/**
 * Reads the header of a NIfTI file. In the right byte order, its first number is 348 (version 1) or 540 (version 2):
 *
 *            version 1        version 2
 *   dim      40, 16 bits      16, 64 bits     number of axes, then the length of each, x first
 *   datatype 70, 16 bits      12, 16 bits
 *   pixdim   76, float32      104, float64    orientation's sign, then the size of a voxel on each axis
 *   offset   108, float32     168, 64 bits    position of the first voxel
 *   slope    112, float32     176, float64    followed by the intercept
 *   units    123, 8 bits      500, 32 bits
 *   qform    252, 16 bits     344, 32 bits    followed by sform's code
 *   quatern  256, float32     352, float64    b, c, d and the offsets of x, y, z
 *   srow     280, float32     400, float64    three rows of four
 *   magic    344              4               "n+1" / "n+2": the voxels follow; "ni1" / "ni2": they are in .img
 *
 * Source: https://nifti.nimh.nih.gov/pub/dist/src/niftilib/nifti1.h and nifti2.h
 */
import type { DataType } from '../../../shared/base/data-type';
import { InvalidInputError, UnsupportedError } from '../../../shared/base/errors';
import { vec3, type Vec3 } from '../../../shared/base/vec3';
import { isUpright, orientationOf, turnedOffsetOf, type Affine } from '../array/affine';
import { geometry, type Geometry } from '../array/geometry';

export const NIFTI_HEADER_BYTES = 540;

export interface NiftiHeader {
  readonly version: 1 | 2;
  readonly dataType: DataType;
  readonly littleEndian: boolean;
  /** The lengths of x, y, z, time and the components of a vector; the fastest axis first. */
  readonly shape: readonly number[];
  /** The number of samples of a colour, which are stored together; 1 for other voxels. */
  readonly colours: number;
  readonly scaling: { readonly slope: number; readonly intercept: number } | null;
  readonly offsetBytes: number;
  readonly geometry: Geometry;
  /** The directions of x, y and z: three letters of R, L, A, P, S, I. Undefined if the header doesn't state them. */
  readonly orientation: string | undefined;
  readonly affine: Affine | undefined;
  /**
   * The position of the first voxel along each axis of the file once the volume is turned to RAS, in voxels. Undefined if
   * the axes are oblique in space.
   */
  readonly turnedOffset: Vec3 | undefined;
  readonly isDetached: boolean;
}

const TYPES: Readonly<Record<number, readonly [type: DataType, colours: number]>> = {
  2: ['uint8', 1],
  4: ['int16', 1],
  8: ['int32', 1],
  16: ['float32', 1],
  64: ['float64', 1],
  128: ['uint8', 3],
  256: ['int8', 1],
  512: ['uint16', 1],
  768: ['uint32', 1],
  1024: ['int64', 1],
  1280: ['uint64', 1],
  2304: ['uint8', 4],
};

/** Nanometres per unit of length, by the unit's code: metre, millimetre, micrometre. */
const UNITS: Readonly<Record<number, number>> = { 1: 1e9, 2: 1e6, 3: 1e3 };

/** Returns the version and byte order of a NIfTI file, or undefined if `head` isn't the header of one. */
export function niftiKind(head: Uint8Array): { version: 1 | 2; littleEndian: boolean } | undefined {
  if (head.length < 348) return undefined;
  const view = new DataView(head.buffer, head.byteOffset, head.length);
  for (const littleEndian of [true, false]) {
    const size = view.getInt32(0, littleEndian);
    const magic = Buffer.from(head.subarray(size === 540 ? 4 : 344)).toString('latin1', 0, 3);
    if (size === 348 && (magic === 'n+1' || magic === 'ni1')) return { version: 1, littleEndian };
    if (size === 540 && head.length >= 540 && (magic === 'n+2' || magic === 'ni2'))
      return { version: 2, littleEndian };
  }
  return undefined;
}

export function parseNiftiHeader(head: Buffer, where: string): NiftiHeader {
  const kind = niftiKind(head);
  if (kind === undefined) throw damaged(where, 'its header is damaged');
  const { version, littleEndian } = kind;
  const fields = fieldsOf(new DataView(head.buffer, head.byteOffset, head.length), version, littleEndian);
  const found = TYPES[fields.datatype];
  if (found === undefined) {
    throw new UnsupportedError(
      `${where} has voxels of the type ${fields.datatype}, which is not supported.`,
      {
        remedy: 'Save it as integers or as float32.',
      },
    );
  }
  const [count = 0, ...lengths] = fields.dim;
  const shape = lengths.slice(0, count);
  if (count < 1 || count > 7 || !shape.every((length) => Number.isSafeInteger(length) && length > 0)) {
    throw damaged(where, `its size is ${shape.join(' × ')}`);
  }
  if (shape.slice(5).some((length) => length > 1)) throw new UnsupportedError(`${where} has ${count} axes.`);
  const isScaled = fields.slope !== 0 && Number.isFinite(fields.slope) && Number.isFinite(fields.intercept);
  const isPlain = fields.slope === 1 && fields.intercept === 0;
  const affine = affineOf(fields);
  return {
    version,
    dataType: found[0],
    littleEndian,
    shape,
    colours: found[1],
    scaling: isScaled && !isPlain ? { slope: fields.slope, intercept: fields.intercept } : null,
    offsetBytes: dataOffset(fields, version, where),
    geometry: geometryOf(fields, affine),
    orientation: affine && orientationOf(affine),
    affine,
    turnedOffset: affine && turnedOffsetOf(affine, shape),
    isDetached: fields.magic.startsWith('ni'),
  };
}

/**
 * Returns the position of the first voxel. In a file that also holds the header, the voxels can't begin before the
 * header's end. Some writers give 0 there, which means that the voxels follow the header.
 */
function dataOffset({ offset, magic }: Fields, version: 1 | 2, where: string): number {
  const least = magic.startsWith('ni') ? 0 : version === 1 ? 352 : 544;
  const start = offset === 0 ? least : offset;
  if (Number.isSafeInteger(start) && start >= least - 4) return start;
  throw damaged(where, `its voxels begin at byte ${offset} according to the header (vox_offset)`);
}

interface Fields {
  readonly dim: readonly number[];
  readonly datatype: number;
  readonly pixdim: readonly number[];
  readonly offset: number;
  readonly slope: number;
  readonly intercept: number;
  readonly units: number;
  readonly qform: number;
  readonly sform: number;
  readonly quatern: readonly number[];
  readonly srow: readonly number[];
  readonly magic: string;
}

function fieldsOf(view: DataView, version: 1 | 2, littleEndian: boolean): Fields {
  const isFirst = version === 1;
  const short = (at: number) => view.getInt16(at, littleEndian);
  const int = (at: number) => view.getInt32(at, littleEndian);
  const long = (at: number) => Number(view.getBigInt64(at, littleEndian));
  const float = (at: number, i = 0) =>
    isFirst ? view.getFloat32(at + 4 * i, littleEndian) : view.getFloat64(at + 8 * i, littleEndian);
  const floats = (at: number, count: number) => Array.from({ length: count }, (_, i) => float(at, i));
  const magicAt = isFirst ? 344 : 4;
  return {
    dim: Array.from({ length: 8 }, (_, i) => (isFirst ? short(40 + 2 * i) : long(16 + 8 * i))),
    datatype: short(isFirst ? 70 : 12),
    pixdim: floats(isFirst ? 76 : 104, 8),
    offset: isFirst ? float(108) : long(168),
    slope: float(isFirst ? 112 : 176),
    intercept: float(isFirst ? 116 : 184),
    units: isFirst ? view.getUint8(123) : int(500),
    qform: isFirst ? short(252) : int(344),
    sform: isFirst ? short(254) : int(348),
    quatern: floats(isFirst ? 256 : 352, 6),
    srow: floats(isFirst ? 280 : 400, 12),
    magic: String.fromCharCode(view.getUint8(magicAt), view.getUint8(magicAt + 1)),
  };
}

function affineOf({ sform, srow, qform, quatern, pixdim }: Fields): Affine | undefined {
  if (sform > 0) return [srow.slice(0, 4), srow.slice(4, 8), srow.slice(8, 12)];
  if (qform <= 0) return undefined;
  const [b = 0, c = 0, d = 0, x = 0, y = 0, z = 0] = quatern;
  const a = Math.sqrt(Math.max(0, 1 - b * b - c * c - d * d));
  const [sign = 1, dx = 1, dy = 1, dz = 1] = pixdim;
  const k = sign < 0 ? -dz : dz;
  return [
    [(a * a + b * b - c * c - d * d) * dx, 2 * (b * c - a * d) * dy, 2 * (b * d + a * c) * k, x],
    [2 * (b * c + a * d) * dx, (a * a + c * c - b * b - d * d) * dy, 2 * (c * d - a * b) * k, y],
    [2 * (b * d - a * c) * dx, 2 * (c * d + a * b) * dy, (a * a + d * d - b * b - c * c) * k, z],
  ];
}

/**
 * Returns the voxel size and position. The size comes from the matrix if there is one. The position is used only if the
 * axes of the file have the same directions as those of space.
 */
function geometryOf({ pixdim, units }: Fields, affine: Affine | undefined): Geometry {
  const unit = UNITS[units & 7] ?? 1e6;
  const column = (axis: number) => affine?.map((row) => row[axis] ?? 0) ?? [];
  const spacing = vec3(
    (axis) => (affine === undefined ? Math.abs(pixdim[axis + 1] ?? 0) : Math.hypot(...column(axis))) * unit,
  );
  if (affine === undefined || orientationOf(affine) !== 'RAS' || !isUpright(affine)) return geometry(spacing);
  return geometry(
    spacing,
    vec3((axis) => (affine[axis][3] ?? 0) * unit),
  );
}

function damaged(where: string, what: string): InvalidInputError {
  return new InvalidInputError(`${where} is not a valid NIfTI file: ${what}.`, {
    remedy: 'The file is cut off or damaged: copy it again from the original.',
  });
}
