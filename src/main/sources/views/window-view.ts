import { about, named, set, value } from '../../../shared/api/mentions';
import { say, type Words } from '../../../shared/base/words';
import { isInteger, type DataType, type VoxelArray } from '../../../shared/base/data-type';
import { InvalidInputError } from '../../../shared/base/errors';
import type { VolumeBlock } from '../../../shared/base/volume-block';
import { mapToRange, middleRange, type ValueRange, SHARE_BEYOND } from '../../../shared/kernels/value-range';
import type { OpenOptions } from '../source-opener';
import { sampleValues } from '../value-sample';
import type { SourceMetadata, VolumeSource } from '../volume-source';
import { MappedView, mappedBytes } from './mapped-view';
import type { ViewSpec } from './source-view';

/** The types that ranges of values can be mapped to. */
export type WindowType = 'uint8' | 'uint16' | 'uint32';

export function isWindowType(type: DataType): type is WindowType {
  return type === 'uint8' || type === 'uint16' || type === 'uint32';
}

export interface WindowSpec extends ViewSpec {
  readonly kind: 'window';
  /** The value that becomes 0, and the value that becomes the largest value of the type. */
  readonly range: ValueRange;
  readonly dataType: WindowType;
}

/**
 * Plans the intensity window that the options ask for. An automatic window is computed from a sample of the source.
 * @throws InvalidInputError if the source or the output can't have a window
 */
export async function planWindow(
  { window, kind, dataType = 'uint8' }: OpenOptions,
  source: VolumeSource,
): Promise<WindowSpec | undefined> {
  if (window === undefined) return undefined;
  if ((kind ?? source.metadata.kind) !== 'image')
    throw refusal('only images have an intensity window, not labels.', say`Leave out ${named('window')}.`, [
      'window',
      'type',
    ]);
  if (!isWindowType(dataType)) {
    const remedy = say`Choose ${set('dataType', 'uint8')} or ${value('dataType', 'uint16')}, or leave out ${named('window')}.`;
    throw refusal(`a window gives uint8, uint16 or uint32 values, not ${dataType}.`, remedy, [
      'window',
      'dataType',
    ]);
  }
  return { kind: 'window', range: window === 'auto' ? await ownRange(source) : rangeOf(window), dataType };
}

/** @param window the value of the option, `low:high` */
function rangeOf(window: string): ValueRange {
  const [low = 0, high = 0] = window.split(':').map(Number);
  return [low, high];
}

/** Returns one automatic window for all channels, so that their colours keep their proportions. */
async function ownRange(source: VolumeSource): Promise<ValueRange> {
  const ranges = (await sampleValues(source)).flatMap((values) => {
    const range = middleRange(values, SHARE_BEYOND);
    return range === undefined ? [] : [range];
  });
  if (ranges.length > 0) {
    return [Math.min(...ranges.map(([low]) => low)), Math.max(...ranges.map(([, high]) => high))];
  }
  throw refusal('all voxels that were looked at have the same value.', 'Give the window as low:high.', [
    'window',
  ]);
}

function refusal(message: string, remedy: Words, options: readonly string[]): InvalidInputError {
  return new InvalidInputError(say`${about('window')}: ${message}`, { remedy, fields: { options } });
}

/** Shows a source with a range of its values mapped to a data type; see {@link mapToRange}. */
export class WindowView extends MappedView {
  readonly metadata: SourceMetadata;
  protected readonly dataType: WindowType;

  constructor(
    source: VolumeSource,
    private readonly spec: WindowSpec,
  ) {
    super(source, spec);
    const { range, dataType } = spec;
    const { metadata } = source;
    this.dataType = dataType;
    this.metadata = this.changed({ dataType, decodeBytes: mappedBytes(metadata, dataType) }, [
      'window',
      `${shown(range[0], metadata)} to ${shown(range[1], metadata)}, as ${dataType}`,
    ]);
  }

  protected map({ data }: VolumeBlock, output: VoxelArray): void {
    const largest = 2 ** (8 * output.BYTES_PER_ELEMENT) - 1;
    mapToRange(data, this.spec.range, largest, output as Uint8Array | Uint16Array | Uint32Array);
  }
}

function shown(value: number, { dataType }: SourceMetadata): string {
  return String(isInteger(dataType) ? value : Number(value.toPrecision(6)));
}
