import { boxShape, isEmptyBox, type Box } from '../../../shared/base/box';
import { allocateVoxels, bytesPerVoxel, isInteger } from '../../../shared/base/data-type';
import { InvalidInputError } from '../../../shared/base/errors';
import { product3 } from '../../../shared/base/vec3';
import type { VolumeBlock } from '../../../shared/base/volume-block';
import { copyBox } from '../../../shared/kernels/copy-box';
import { mapToRange, middleRange, type ValueRange } from '../../../shared/kernels/value-range';
import { checkRead } from '../check-read';
import type { OpenOptions } from '../source-opener';
import { sampleValues } from '../value-sample';
import type { SourceMetadata, VolumeSource } from '../volume-source';
import { SourceView, type ViewSpec } from './source-view';
import { largestPiece, storagePieces } from './storage-grid';

type WindowType = 'uint8' | 'uint16' | 'uint32';

export interface WindowSpec extends ViewSpec {
  readonly kind: 'window';
  /** What becomes 0, and what becomes the largest value. */
  readonly range: ValueRange;
  readonly dataType: WindowType;
}

/** Of an automatic window: what is darker and what is brighter. */
const SHARE_BEYOND = 0.005;

/**
 * The window that the options ask for; an automatic one is taken of a sample of the source.
 * @throws InvalidInputError where there can be none
 */
export async function planWindow(
  { window, kind, dataType = 'uint8' }: OpenOptions,
  source: VolumeSource,
): Promise<WindowSpec | undefined> {
  if (window === undefined) return undefined;
  if ((kind ?? source.metadata.kind) !== 'image')
    throw refusal('labels have no window, but images.', 'Leave out --window.', ['window', 'type']);
  if (dataType !== 'uint8' && dataType !== 'uint16' && dataType !== 'uint32') {
    const remedy = 'Choose --data-type uint8 or uint16, or leave out --window.';
    throw refusal(`a window gives uint8, uint16 or uint32 values, not ${dataType}.`, remedy, [
      'window',
      'dataType',
    ]);
  }
  return { kind: 'window', range: window === 'auto' ? await ownRange(source) : rangeOf(window), dataType };
}

/** @param window as the option has it: `low:high` */
function rangeOf(window: string): ValueRange {
  const [low = 0, high = 0] = window.split(':').map(Number);
  return [low, high];
}

/** One for all channels, so that colours stay as they are. */
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

function refusal(message: string, remedy: string, options: readonly string[]): InvalidInputError {
  return new InvalidInputError(`--window: ${message}`, { remedy, fields: { options } });
}

/** A source whose values of a range become those of a type: see {@link mapToRange}. */
export class WindowView extends SourceView {
  readonly metadata: SourceMetadata;

  constructor(
    source: VolumeSource,
    private readonly spec: WindowSpec,
  ) {
    super(source, spec);
    const { range, dataType } = spec;
    const { metadata } = source;
    const voxelBytes = bytesPerVoxel(metadata.dataType) + bytesPerVoxel(dataType);
    this.metadata = this.changed(
      {
        dataType,
        decodeBytes: metadata.decodeBytes + largestPiece(metadata) * metadata.channels * voxelBytes,
      },
      ['window', `${shown(range[0], metadata)} to ${shown(range[1], metadata)}, as ${dataType}`],
    );
  }

  async read(box: Box, target: VolumeBlock): Promise<void> {
    checkRead(this.metadata, box, target);
    if (isEmptyBox(box)) return;
    const { metadata } = this.source;
    const { channels } = metadata;
    const { range, dataType } = this.spec;
    const length = largestPiece(metadata, box) * channels;
    const [values, mapped] = [allocateVoxels(metadata.dataType, length), mappedArray(dataType, length)];
    for (const piece of storagePieces(metadata, box)) {
      const count = product3(boxShape(piece)) * channels;
      const data = values.subarray(0, count);
      await this.source.read(piece, { box: piece, channels, data });
      const output = mapped.subarray(0, count);
      mapToRange(data, range, 2 ** (8 * output.BYTES_PER_ELEMENT) - 1, output);
      copyBox({ box: piece, channels, data: output }, target, piece);
    }
  }
}

function mappedArray(type: WindowType, length: number): Uint8Array | Uint16Array | Uint32Array {
  return type === 'uint8'
    ? new Uint8Array(length)
    : type === 'uint16'
      ? new Uint16Array(length)
      : new Uint32Array(length);
}

function shown(value: number, { dataType }: SourceMetadata): string {
  return String(isInteger(dataType) ? value : Number(value.toPrecision(6)));
}
