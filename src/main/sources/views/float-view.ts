import { set } from '../../../shared/api/mentions';
import { say } from '../../../shared/base/words';
import type { DataType, VoxelArray } from '../../../shared/base/data-type';
import { InvalidInputError } from '../../../shared/base/errors';
import { positionIn, type VolumeBlock } from '../../../shared/base/volume-block';
import { largestExact, toWholeNumbers } from '../../../shared/kernels/whole-numbers';
import type { OpenOptions } from '../source-opener';
import { sampleValues } from '../value-sample';
import type { SourceMetadata, VolumeSource } from '../volume-source';
import { MappedView, mappedBytes } from './mapped-view';
import type { ViewSpec } from './source-view';
import { isUnsigned, largestOf, type UnsignedType } from './unsigned-type';

export interface FloatSpec extends ViewSpec {
  readonly kind: 'float';
  /** The data type that the floats are converted to. */
  readonly dataType: 'float32' | UnsignedType;
}

/** Plans to convert images of float64 to float32, because viewers don't support float64. */
export function planSingles({ kind }: OpenOptions, metadata: SourceMetadata): FloatSpec | undefined {
  const isImage = (kind ?? metadata.kind) === 'image';
  return isImage && metadata.dataType === 'float64' ? { kind: 'float', dataType: 'float32' } : undefined;
}

/**
 * Plans to convert labels that are stored as floats, as is common in MATLAB and NumPy, to ids, if all values of a
 * sample are whole numbers. The user must have chosen a segmentation, because grey values may be whole numbers too.
 */
export async function planWholeNumbers(
  { kind, dataType }: OpenOptions,
  { dataType: input }: SourceMetadata,
  source: VolumeSource,
): Promise<FloatSpec | undefined> {
  if (kind !== 'segmentation' || (input !== 'float32' && input !== 'float64')) return undefined;
  for (const values of await sampleValues(source)) {
    if (!values.every((value) => Number.isInteger(value) && value >= 0)) return undefined;
  }
  const own = input === 'float32' ? 'uint32' : 'uint64';
  return { kind: 'float', dataType: dataType !== undefined && isUnsigned(dataType) ? dataType : own };
}

/** Shows a source of floats as float32, or as ids. */
export class FloatView extends MappedView {
  readonly metadata: SourceMetadata;
  protected readonly dataType: DataType;

  constructor(
    source: VolumeSource,
    private readonly spec: FloatSpec,
  ) {
    super(source, spec);
    const { dataType } = spec;
    const { metadata } = source;
    this.dataType = dataType;
    this.metadata = this.changed({ dataType, decodeBytes: mappedBytes(metadata, dataType) }, [
      'numbers',
      `${metadata.dataType}, as ${dataType}`,
    ]);
  }

  protected map(block: VolumeBlock, output: VoxelArray): void {
    const values = block.data as Float32Array | Float64Array;
    if (output instanceof Float32Array) return output.set(values);
    const { dataType } = this.spec;
    const most = dataType === 'float32' ? Infinity : Number(largestOf(dataType));
    const largest = Math.min(most, largestExact(values));
    const bad = toWholeNumbers(values, largest, output as Uint32Array | BigUint64Array);
    if (bad >= 0) throw noId(block, bad, largest);
  }
}

function noId(block: VolumeBlock, index: number, largest: number): InvalidInputError {
  const [x, y, z] = positionIn(block, index);
  const value = block.data[index] as number;
  const why = !Number.isInteger(value)
    ? 'ids are whole numbers'
    : value < 0
      ? 'ids are not negative'
      : `such numbers are exact, or fit, up to ${largest} only`;
  return new InvalidInputError(`the voxel at x ${x}, y ${y}, z ${z} is ${value}: ${why}.`, {
    remedy: say`Choose ${set('type', 'image')} for grey values, or save the labels as integers.`,
    fields: { code: 'unfit-option', x, y, z, value: String(value), options: ['type'] },
  });
}
