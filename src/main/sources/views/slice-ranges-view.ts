import { boxShape } from '../../../shared/base/box';
import type { VoxelArray } from '../../../shared/base/data-type';
import type { VolumeBlock } from '../../../shared/base/volume-block';
import { mapToRange, type ValueRange } from '../../../shared/kernels/value-range';
import type { SourceMetadata, VolumeSource } from '../volume-source';
import { MappedView, mappedBytes } from './mapped-view';
import type { ViewSpec } from './source-view';
import type { WindowType } from './value-mapping';

export interface SliceRangesSpec extends ViewSpec {
  readonly kind: 'slice-ranges';
  /** For each slice, the value that becomes 0 and the value that becomes the largest value of the type. */
  readonly ranges: readonly ValueRange[];
  readonly dataType: WindowType;
}

/** Shows a source with a range of values of each slice mapped to a data type; see {@link mapToRange}. */
export class SliceRangesView extends MappedView {
  readonly metadata: SourceMetadata;
  protected readonly dataType: WindowType;

  constructor(
    source: VolumeSource,
    private readonly spec: SliceRangesSpec,
  ) {
    super(source, spec);
    const { ranges, dataType } = spec;
    this.dataType = dataType;
    this.metadata = this.changed({ dataType, decodeBytes: mappedBytes(source.metadata, dataType) }, [
      'normalized',
      `slice by slice, from ${span(ranges.map(([low]) => low))} to ${span(ranges.map(([, high]) => high))}, as ${dataType}`,
    ]);
  }

  protected map({ box, channels, data }: VolumeBlock, output: VoxelArray): void {
    const [width, height, depth] = boxShape(box);
    const largest = 2 ** (8 * output.BYTES_PER_ELEMENT) - 1;
    const plane = width * height;
    for (let i = 0; i < depth * channels; i++) {
      const range = this.spec.ranges[box.min[2] + (i % depth)] as ValueRange;
      const slice = [i * plane, (i + 1) * plane] as const;
      mapToRange(
        data.subarray(...slice),
        range,
        largest,
        output.subarray(...slice) as Uint8Array | Uint16Array,
      );
    }
  }
}

function span(values: readonly number[]): string {
  const shown = (value: number) => String(Number(value.toPrecision(6)));
  const least = values.reduce((a, b) => Math.min(a, b));
  const most = values.reduce((a, b) => Math.max(a, b));
  return least === most ? shown(least) : `${shown(least)}…${shown(most)}`;
}
