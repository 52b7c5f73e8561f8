import { set } from '../../../shared/api/mentions';
import { say } from '../../../shared/base/words';
import { isInteger, type DataType, type VoxelArray } from '../../../shared/base/data-type';
import { InvalidInputError } from '../../../shared/base/errors';
import { positionIn, type VolumeBlock } from '../../../shared/base/volume-block';
import {
  addWhole,
  putInMissing,
  scaleToFloats,
  scaleToWhole,
  takeOutMissing,
} from '../../../shared/kernels/scale-values';
import type { OpenOptions } from '../source-opener';
import { sampleValues } from '../value-sample';
import type { Scaling, SourceMetadata, VolumeSource } from '../volume-source';
import { MappedView, mappedBytes } from './mapped-view';
import type { ViewSpec } from './source-view';
import { largestPiece } from './storage-grid';

export interface ScaleSpec extends ViewSpec {
  readonly kind: 'scale';
  readonly scaling: Scaling;
  readonly dataType: DataType;
  /** Whether missing values become NaN. Otherwise they become 0. */
  readonly missingAsNaN: boolean;
}

const SIGNED = ['int8', 'int16', 'int32', 'int64'] as const;
const UNSIGNED = ['uint8', 'uint16', 'uint32', 'uint64'] as const;

/**
 * Plans the view that computes values from stored numbers. The values are whole numbers if they are labels, or if a
 * whole number is added to whole numbers; otherwise they are float32.
 * @throws InvalidInputError if the values of labels aren't whole numbers in a sample
 */
export async function planScale(
  { kind }: OpenOptions,
  metadata: SourceMetadata,
  source: VolumeSource,
): Promise<ScaleSpec | undefined> {
  const { scaling, dataType } = metadata;
  if (scaling === undefined) return undefined;
  const isShift = isWhole(scaling);
  const isLabels = (kind ?? metadata.kind ?? 'segmentation') === 'segmentation';
  const whole = isInteger(dataType) && (isLabels || isShift) ? wholeType(dataType, scaling) : undefined;
  const spec: ScaleSpec = {
    kind: 'scale',
    scaling,
    dataType: whole ?? 'float32',
    missingAsNaN: whole === undefined && !isLabels,
  };
  // The sample finds labels that aren't whole numbers now, rather than in the middle of a conversion.
  if (whole !== undefined && !isShift) await sampleValues(new ScaleView(source, spec));
  return spec;
}

/** Reports whether the scaling only adds a whole number to the stored number or its negative, which is always exact. */
function isWhole({ slope, intercept }: Scaling): boolean {
  return (slope === 1 || slope === -1) && Number.isSafeInteger(intercept);
}

/** Returns the narrowest integer type that holds all values, or undefined if there is none. */
function wholeType(dataType: DataType, { slope, intercept }: Scaling): DataType | undefined {
  const bits = Number(/\d+$/.exec(dataType)?.[0]);
  const isSigned = dataType.startsWith('int');
  if (bits === 64) return dataType;
  const least = isSigned ? -(2 ** (bits - 1)) : 0;
  const most = 2 ** (isSigned ? bits - 1 : bits) - 1;
  const ends = [least * slope + intercept, most * slope + intercept].map(Math.round);
  const [low, high] = [Math.min(...ends), Math.max(...ends)];
  return low >= 0
    ? UNSIGNED.find((_, i) => high < 2 ** (8 << i))
    : SIGNED.find((_, i) => high < 2 ** ((8 << i) - 1) && low >= -(2 ** ((8 << i) - 1)));
}

/** Shows a source with the values that its stored numbers stand for; see {@link Scaling}. */
export class ScaleView extends MappedView {
  readonly metadata: SourceMetadata;
  protected readonly dataType: DataType;

  constructor(
    source: VolumeSource,
    private readonly spec: ScaleSpec,
  ) {
    super(source, spec);
    const { dataType, scaling } = spec;
    this.dataType = dataType;
    const decodeBytes = mappedBytes(source.metadata, dataType);
    const marks =
      scaling.missing === undefined ? 0 : largestPiece(source.metadata) * source.metadata.channels;
    const notes = [...(source.metadata.notes ?? []), ...missingNotes(spec)];
    const changes = { dataType, scaling: undefined, decodeBytes: decodeBytes + marks, notes };
    this.metadata = this.changed(changes, ['values', describe(spec)]);
  }

  protected map(block: VolumeBlock, output: VoxelArray): void {
    const { missing } = this.spec.scaling;
    const isMissing = missing === undefined ? undefined : takeOutMissing(block.data, missing);
    this.scale(block, output);
    if (isMissing !== undefined) putInMissing(isMissing, output, this.spec.missingAsNaN);
  }

  private scale(block: VolumeBlock, output: VoxelArray): void {
    const { slope, intercept } = this.spec.scaling;
    if (output instanceof Float32Array || output instanceof Float64Array) {
      scaleToFloats(block.data, slope, intercept, output);
      return;
    }
    const bad = isWhole(this.spec.scaling)
      ? addWhole(block.data, slope as 1 | -1, intercept, output)
      : scaleToWhole(block.data, slope, intercept, output);
    if (bad >= 0) throw notWhole(block, bad, slope, intercept);
  }
}

function missingNotes({ scaling: { missing }, missingAsNaN }: ScaleSpec): string[] {
  if (missing === undefined) return [];
  return [`The input marks missing voxels with ${missing}: they become ${missingAsNaN ? 'NaN' : '0'}.`];
}

function describe({ scaling: { slope, intercept, missing }, dataType, missingAsNaN }: ScaleSpec): string {
  const scaled = `${slope === 1 ? '' : `${slope} · `}stored number + ${intercept}`;
  const isStored = slope === 1 && intercept === 0;
  const rest = missing === undefined ? '' : `; ${missing} (missing) becomes ${missingAsNaN ? 'NaN' : '0'}`;
  return `${isStored ? 'stored number' : scaled}, as ${dataType}${rest}`;
}

function notWhole(block: VolumeBlock, index: number, slope: number, intercept: number): InvalidInputError {
  const [x, y, z] = positionIn(block, index);
  const value = Number(block.data[index]) * slope + intercept;
  return new InvalidInputError(
    `the voxel at x ${x}, y ${y}, z ${z} is ${value} (${String(block.data[index])} · ${slope} + ${intercept}): ids must be whole numbers of at most 64 bits.`,
    {
      remedy: say`Choose ${set('type', 'image')} for grey values, or save the labels as integers without scaling.`,
      fields: { x, y, z, value: String(value), options: ['type'] },
    },
  );
}
