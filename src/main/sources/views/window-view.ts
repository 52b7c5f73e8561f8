import { isInteger, type VoxelArray } from '../../../shared/base/data-type';
import type { VolumeBlock } from '../../../shared/base/volume-block';
import { mapToRange, middleRange, type ValueRange, SHARE_BEYOND } from '../../../shared/kernels/value-range';
import type { OpenOptions } from '../source-opener';
import { sampleValues } from '../value-sample';
import type { SourceMetadata, VolumeSource } from '../volume-source';
import { MappedView, mappedBytes } from './mapped-view';
import { refusal, requireImage, requireWindowType, type WindowType } from './value-mapping';
import type { ViewSpec } from './source-view';

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
  requireImage('window', kind ?? source.metadata.kind);
  requireWindowType('window', dataType);
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
  throw refusal('window', 'all voxels of a sample have the same value.', 'Give the window as low:high.');
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
