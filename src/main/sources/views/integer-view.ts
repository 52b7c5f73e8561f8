import { named, set } from '../../../shared/api/mentions';
import { bytesPerVoxel, isSigned, type DataType, type VoxelArray } from '../../../shared/base/data-type';
import { InvalidInputError } from '../../../shared/base/errors';
import { positionIn, type VolumeBlock } from '../../../shared/base/volume-block';
import { say } from '../../../shared/base/words';
import { narrowIntegers } from '../../../shared/kernels/narrow-integers';
import type { OpenOptions } from '../source-opener';
import type { SourceMetadata, VolumeSource } from '../volume-source';
import { MappedView, mappedBytes } from './mapped-view';
import type { ViewSpec } from './source-view';

const NARROW = ['int32', 'uint32', 'int16', 'uint16', 'int8', 'uint8'] as const;
type NarrowType = (typeof NARROW)[number];

export interface IntegerSpec extends ViewSpec {
  readonly kind: 'integer';
  /** The data type that the integers are converted to. */
  readonly dataType: NarrowType;
}

/** Plans to convert images of int64, which is the default of NumPy and which viewers don't support, to int32. */
export function planIntegers(
  { kind, dataType }: OpenOptions,
  metadata: SourceMetadata,
): IntegerSpec | undefined {
  if ((kind ?? metadata.kind) !== 'image' || metadata.dataType !== 'int64') return undefined;
  return { kind: 'integer', dataType: NARROW.find((type) => type === dataType) ?? 'int32' };
}

/** Shows a source of int64 as narrower integers. A value that doesn't fit is refused. */
export class IntegerView extends MappedView {
  readonly metadata: SourceMetadata;
  protected readonly dataType: DataType;

  constructor(
    source: VolumeSource,
    private readonly spec: IntegerSpec,
  ) {
    super(source, spec);
    const { dataType } = spec;
    this.dataType = dataType;
    this.metadata = this.changed({ dataType, decodeBytes: mappedBytes(source.metadata, dataType) }, [
      'numbers',
      `int64, as ${dataType}`,
    ]);
  }

  protected map(block: VolumeBlock, output: VoxelArray): void {
    const { dataType } = this.spec;
    const bits = 8 * bytesPerVoxel(dataType);
    const [least, most] = isSigned(dataType) ? [-(2 ** (bits - 1)), 2 ** (bits - 1) - 1] : [0, 2 ** bits - 1];
    const bad = narrowIntegers(block.data as BigInt64Array, least, most, output as Int32Array);
    if (bad < 0) return;
    const [x, y, z] = positionIn(block, bad);
    const value = String(block.data[bad]);
    throw new InvalidInputError(
      `the voxel at x ${x}, y ${y}, z ${z} is ${value}: the viewer has no int64, and ${dataType} holds ${least} to ${most}.`,
      {
        remedy: say`Say which range of values to keep: ${set('window', 'auto')}, or ${named('window')} low:high with ${named('dataType')} uint16.`,
        fields: { code: 'values-too-large', x, y, z, value, options: ['window', 'dataType'] },
      },
    );
  }
}
