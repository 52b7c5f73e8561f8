import type { DataType } from '../../../../shared/base/data-type';
import type { ArrayAxes } from '../../array/array-axes';
import type { OpenOptions } from '../../source-opener';
import type { Scaling, SourceMetadata } from '../../volume-source';
import type { Hdf5File } from '../hdf5-file';
import type { DescribedDataset } from '../hdf5-questions';

/** What a program that writes HDF5 stores about a dataset outside of the dataset's own attributes. */
export interface WriterDescription {
  /** The name of the program, for people. */
  readonly writer: string;
  /** The names of the axes, by index. */
  readonly axes?: readonly (string | undefined)[];
  /** The shape of the volume, if the rest of the dataset is padding. */
  readonly shape?: readonly number[];
  readonly dataType?: DataType | undefined;
  readonly geometry?: (axes: ArrayAxes, options: OpenOptions) => Partial<SourceMetadata>;
  /** One scaling for each slice along the array's first axis. */
  readonly sliceScalings?: readonly Scaling[] | undefined;
  readonly scaling?: Scaling | undefined;
  /** One name for each dataset, if several datasets are channels. */
  readonly channelNames?: readonly string[] | undefined;
  readonly facts?: SourceMetadata['facts'];
  readonly passedOver?: readonly string[];
}

/** Reads what a program stores about a dataset. Returns undefined if the dataset isn't from that program. */
export type ReadWriterDescription = (
  described: DescribedDataset,
  datasets: readonly string[],
  file: Hdf5File,
) => Promise<WriterDescription | undefined>;

/** The tables that programs store beside a volume have at most this many numbers. */
const MOST_NUMBERS = 1 << 16;

/** Returns all numbers of a small dataset, or undefined if there is no such dataset. */
export async function numbersOf(
  file: Hdf5File,
  path: string,
): Promise<{ readonly values: number[]; readonly shape: readonly number[] } | undefined> {
  const described = await file.find(path);
  if (described === undefined) return undefined;
  const shape = described.shape ?? [];
  const count = shape.reduce((product, length) => product * length, 1);
  if (count === 0 || count > MOST_NUMBERS) return undefined;
  const ranges = shape.map((length) => [0, length] as const);
  const read: unknown = await file.read(path, ranges, 8 * count);
  if (typeof read === 'number' || typeof read === 'bigint') return { values: [Number(read)], shape };
  return ArrayBuffer.isView(read) && !(read instanceof DataView)
    ? { values: Array.from(read as Float64Array, Number), shape }
    : undefined;
}
