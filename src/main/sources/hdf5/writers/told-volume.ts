import type { DataType } from '../../../../shared/base/data-type';
import type { ArrayAxes } from '../../array/array-axes';
import type { OpenOptions } from '../../source-opener';
import type { Scaling, SourceMetadata } from '../../volume-source';
import type { Hdf5File } from '../hdf5-file';
import type { DescribedDataset } from '../hdf5-questions';

/** What a program that writes HDF5 says of a dataset in other places of the file than the dataset's own attributes. */
export interface ToldVolume {
  /** The program, for people. */
  readonly writer: string;
  /** Names of the axes, by index. */
  readonly axes?: readonly (string | undefined)[];
  /** Of the volume, where the rest of the dataset is padding. */
  readonly shape?: readonly number[];
  readonly dataType?: DataType | undefined;
  readonly geometry?: (axes: ArrayAxes, options: OpenOptions) => Partial<SourceMetadata>;
  /** One for each slice along the array's first axis. */
  readonly sliceScalings?: readonly Scaling[] | undefined;
  readonly scaling?: Scaling | undefined;
  /** One for each dataset, where several are channels. */
  readonly channelNames?: readonly string[] | undefined;
  readonly facts?: SourceMetadata['facts'];
  readonly passedOver?: readonly string[];
}

/** Undefined where the dataset isn't of that program. */
export type ReadTold = (
  described: DescribedDataset,
  datasets: readonly string[],
  file: Hdf5File,
) => Promise<ToldVolume | undefined>;

/** Tables that programs keep beside a volume are small. */
const MOST_NUMBERS = 1 << 16;

/** All numbers of a small dataset; undefined where there is no such. */
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
