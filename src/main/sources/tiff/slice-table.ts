import { BugError } from '../../../shared/base/errors';

/** Where a page is in its file. */
export interface PagePlace {
  /** Counted from 1. */
  readonly number: number;
  /** Position of its directory. */
  readonly directoryOffset: number;
  /** What to add to the positions of strips, where pages follow one another without directories of their own. */
  readonly shiftBytes: number;
}

/** Where a slice is. The size tells whether the file is still the one that was planned. */
export interface SliceRef extends PagePlace {
  readonly file: string;
  readonly sizeBytes: number;
}

/** The slices of a stack by z, in columns, as there may be many thousands. */
export interface SliceTable {
  /** Null for a slice of zeros. */
  readonly files: readonly (string | null)[];
  readonly sizes: readonly number[];
  readonly numbers: readonly number[];
  readonly directoryOffsets: readonly number[];
  readonly shifts: readonly number[];
}

/** Repeated values are kept once: a column of one value stands for all. */
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

/** The slice at `z`; null for one of zeros. Precondition: `z` is in the stack. */
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
