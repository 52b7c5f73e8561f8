/**
 * Reads the header of an MRC or CCP4 map: 1024 bytes of 4-byte numbers.
 *
 *   0    numbers of columns, rows and sections
 *   12   mode, the type of the voxels
 *   16   position of the first column, row and section
 *   28   numbers of voxels of the cell along x, y, z
 *   40   size of the cell along x, y, z in ångströms
 *   64   axes of columns, rows and sections: 1 for x, 2 for y, 3 for z
 *   76   least and largest value
 *   88   space group; 401 and above for a stack of volumes
 *   92   length of the extended header
 *   108  year of the format's version, times ten; 0 in files of older writers
 *   152  "IMOD", then flags at 156
 *   196  origin in ångströms
 *   208  "MAP "
 *   212  byte order: 0x44 for little endian, 0x11 for big endian
 *
 * The array follows the extended header; columns are the fastest axis.
 *
 * Source: Cheng et al. 2015, MRC2014: Extensions to the MRC format header for electron cryo-microscopy and tomography,
 * https://www.ccpem.ac.uk/mrc_format/mrc2014.php; IMOD's https://bio3d.colorado.edu/imod/doc/mrc_format.txt.
 */
import type { DataType } from '../../../shared/base/data-type';
import { InvalidInputError, UnsupportedError } from '../../../shared/base/errors';
import { vec3, type Vec3 } from '../../../shared/base/vec3';
import { geometry, type Geometry } from '../array/geometry';

export const MRC_HEADER_BYTES = 1024;

export interface MrcHeader {
  /** The type of the voxels; uint16 for half floats, whose bits it holds. */
  readonly dataType: DataType;
  readonly isHalf: boolean;
  readonly littleEndian: boolean;
  /** Columns, rows, sections. */
  readonly counts: Vec3;
  /** The number of volumes that the sections are divided into, one after the other; 1 for a single volume. */
  readonly volumes: number;
  /** The axes of columns, rows and sections. */
  readonly axes: readonly ['x' | 'y' | 'z', 'x' | 'y' | 'z', 'x' | 'y' | 'z'];
  readonly geometry: Geometry;
  readonly offsetBytes: number;
}

const IMOD_STAMP = 1146047817;
const SIGNED_BYTES = 1;
/** The largest signed byte. */
const MOST_SIGNED = 127;
/** The mode of half floats. */
const HALF_FLOATS = 12;
const ANGSTROM_NM = 0.1;

/** Reports whether the bytes are the header of a map. Old maps without "MAP" are recognised too. */
export function isMrcHeader(head: Uint8Array): boolean {
  if (head.length < MRC_HEADER_BYTES) return false;
  const view = viewOf(head);
  return [true, false].some((littleEndian) => {
    const counts = [0, 4, 8].map((at) => view.getInt32(at, littleEndian));
    const mode = view.getInt32(12, littleEndian);
    const axes = [64, 68, 72].map((at) => view.getInt32(at, littleEndian));
    const isMap = Buffer.from(head.subarray(208, 211)).toString('latin1') === 'MAP';
    const isPlausible = counts.every((count) => count > 0 && count < 2 ** 24) && mode >= 0 && mode < 128;
    return isPlausible && (isMap || [...axes].sort().join() === '1,2,3');
  });
}

export function parseMrcHeader(head: Buffer, where: string): MrcHeader {
  if (head.length < MRC_HEADER_BYTES) throw damaged(where, 'its header is cut off');
  const view = viewOf(head);
  // Some writers leave out the byte order. The mode is a small number only if it is read in the right order.
  const littleEndian = head[212] === 0x44 ? true : head[212] === 0x11 ? false : view.getInt32(12, true) < 128;
  const int = (at: number) => view.getInt32(at, littleEndian);
  const float = (at: number) => view.getFloat32(at, littleEndian);
  const counts = vec3((i) => int(4 * i));
  if (!counts.every((count) => count > 0)) throw damaged(where, `its size is ${counts.join(' × ')}`);
  const order = [64, 68, 72].map((at) => int(at) - 1);
  const isClear = [...order].sort().join() === '0,1,2';
  const [columns = 0, rows = 1, sections = 2] = isClear ? order : [0, 1, 2];
  const names = ['x', 'y', 'z'] as const;
  return {
    dataType: dataTypeOf(int(12), hasUnsignedBytes(int, float), where),
    isHalf: int(12) === HALF_FLOATS,
    volumes: volumesIn(int(88), counts[2], int(36), where),
    littleEndian,
    counts,
    axes: [names[columns] ?? 'x', names[rows] ?? 'y', names[sections] ?? 'z'],
    geometry: geometryOf(int, float, [columns, rows, sections]),
    offsetBytes: MRC_HEADER_BYTES + Math.max(0, int(92)),
  };
}

/** The space groups of stacks of volumes. Each volume has as many sections as the cell. */
const STACKS: readonly [least: number, most: number] = [401, 630];

function volumesIn(spaceGroup: number, sections: number, ofVolume: number, where: string): number {
  if (spaceGroup < STACKS[0] || spaceGroup > STACKS[1] || ofVolume <= 0 || sections === ofVolume) return 1;
  if (sections % ofVolume === 0) return sections / ofVolume;
  throw damaged(where, `its ${sections} sections aren't whole volumes of ${ofVolume}`);
}

function geometryOf(
  int: (at: number) => number,
  float: (at: number) => number,
  order: readonly number[],
): Geometry {
  const spacing = vec3((axis) => (float(40 + 4 * axis) / int(28 + 4 * axis)) * ANGSTROM_NM);
  const starts = vec3((axis) => int(16 + 4 * order.indexOf(axis)));
  const origin = vec3((axis) => float(196 + 4 * axis) * ANGSTROM_NM);
  const hasStarts = starts.some((start) => start !== 0);
  // Programs that don't know the voxel size write 1 ångström.
  if (spacing.every((length) => length === ANGSTROM_NM)) return {};
  return geometry(spacing, hasStarts ? vec3((axis) => starts[axis] * spacing[axis]) : origin);
}

/**
 * Reports whether bytes are unsigned. In MRC2014 they are signed. Writers without its version, such as ITK and IMOD,
 * disagree: IMOD's flags tell, or else the largest value, which tells wherever it matters.
 */
function hasUnsignedBytes(int: (at: number) => number, float: (at: number) => number): boolean {
  if (int(152) === IMOD_STAMP) return (int(156) & SIGNED_BYTES) === 0;
  return int(108) === 0 && float(76) >= 0 && float(80) > MOST_SIGNED;
}

function dataTypeOf(mode: number, unsignedBytes: boolean, where: string): DataType {
  const types: Readonly<Record<number, DataType>> = {
    0: unsignedBytes ? 'uint8' : 'int8',
    1: 'int16',
    2: 'float32',
    6: 'uint16',
    [HALF_FLOATS]: 'uint16',
  };
  const type = types[mode];
  if (type !== undefined) return type;
  throw new UnsupportedError(`${where} has voxels of mode ${mode}, which is not supported.`, {
    remedy: 'Save it with mode 0, 1, 2, 6 or 12 (8 or 16 bits, float32 or float16).',
  });
}

function viewOf(head: Uint8Array): DataView {
  return new DataView(head.buffer, head.byteOffset, head.byteLength);
}

function damaged(where: string, what: string): InvalidInputError {
  return new InvalidInputError(`${where} is not a valid MRC file: ${what}.`, {
    remedy: 'The file is cut off or damaged: copy it again from the original.',
  });
}
