import { BugError } from '../../../shared/base/errors';

/** The place of a page in its file. */
export interface PagePlace {
  /** Counted from 1. */
  readonly number: number;
  /** The position of its directory. */
  readonly directoryOffset: number;
  /** The bytes to add to the positions of strips, for pages that follow one another without their own directories. */
  readonly shiftBytes: number;
}

/** The place of a slice. The file's size shows whether the file has changed since the stack was planned. */
export interface SliceRef extends PagePlace {
  readonly file: string;
  readonly sizeBytes: number;
}

/** The slices of a stack by z. They are stored in columns because there may be many thousands. */
export interface SliceTable {
  /** The file name of each slice; null for a slice of zeros. */
  readonly files: readonly (string | null)[];
  readonly sizes: readonly number[];
  readonly numbers: readonly number[];
  readonly directoryOffsets: readonly number[];
  readonly shifts: readonly number[];
}

/** Builds a table of slices. If all values of a column are equal, the column holds the value only once. */
export function sliceTable(slices: readonly (SliceRef | null)[]): SliceTable {
  const column = <T>(get: (slice: SliceRef) => T, otherwise: T): T[] => {
    const values = slices.map((slice) => (slice === null ? otherwise : get(slice)));
    return values.every((value) => value === values[0]) ? values.slice(0, 1) : values;
  };
  return {
    files: column<string | null>((slice) => slice.file, null),
    sizes: column((slice) => slice.sizeBytes, 0),
    numbers: column((slice) => slice.number, 1),
    directoryOffsets: column((slice) => slice.directoryOffset, 0),
    shifts: column((slice) => slice.shiftBytes, 0),
  };
}

/** Returns the slice at `z`, or null for a slice of zeros. Precondition: `z` is in the stack. */
export function sliceAt(table: SliceTable, z: number): SliceRef | null {
  const file = at(table.files, z);
  if (file === null) return null;
  return {
    file,
    sizeBytes: at(table.sizes, z),
    number: at(table.numbers, z),
    directoryOffset: at(table.directoryOffsets, z),
    shiftBytes: at(table.shifts, z),
  };
}

function at<T>(column: readonly T[], z: number): T {
  const value = column.length === 1 ? column[0] : column[z];
  if (value === undefined) throw new BugError(`the stack has no slice ${z}`);
  return value;
}
