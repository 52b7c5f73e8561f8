import { about, OVERWRITE } from '../../../shared/api/mentions';
import { say } from '../../../shared/base/words';
import { isEmptyBox, type Box } from '../../../shared/base/box';
import {
  bytesPerVoxel,
  dataTypeOf,
  isSigned,
  voxelView,
  type DataType,
} from '../../../shared/base/data-type';
import { InvalidInputError } from '../../../shared/base/errors';
import { formatCount } from '../../../shared/base/format-quantity';
import type { VolumeBlock } from '../../../shared/base/volume-block';
import { negativeVoxel } from '../../../shared/kernels/copy-box';
import { remapIds } from '../../../shared/kernels/map-ids';
import { checkRead } from '../check-read';
import type { SourceMetadata, VolumeSource } from '../volume-source';
import type { RemapTable } from './remap-file';
import { SourceView, type ViewSpec } from './source-view';
import { unsignedFor } from './unsigned-type';

export interface RemapSpec extends ViewSpec {
  readonly kind: 'remap';
  /** The path of the table. */
  readonly path: string;
  readonly sha256: string;
  readonly others: 'keep' | 'zero';
}

/**
 * Shows a source with its ids replaced by a table. The ids are changed in the memory that they are read into. The table
 * may list negative ids of a signed source. The result is unsigned and as wide as the source, or wider if the new ids
 * need it.
 */
export class RemapView extends SourceView {
  readonly metadata: SourceMetadata;

  /**
   * @throws InvalidInputError if the table lists ids that the source can't have, or has changed since it was planned
   */
  constructor(
    source: VolumeSource,
    private readonly spec: RemapSpec,
    private readonly table: RemapTable,
  ) {
    super(source, spec);
    const { dataType, decodeBytes, segmentNames, passedOver } = source.metadata;
    checkTable(spec, table, dataType);
    this.metadata = this.changed(
      {
        dataType: unsignedFor(dataType, table.largest),
        decodeBytes: decodeBytes + table.map.bytes,
        segmentNames: undefined,
        passedOver: [
          ...passedOver,
          ...(segmentNames === undefined ? [] : ['the names and colours of segments, as ids become others']),
        ],
      },
      [
        'other ids',
        `${formatCount(table.map.size)} listed, others ${spec.others === 'keep' ? 'stay' : 'become 0'}`,
      ],
      { kind: spec.kind, sha256: spec.sha256, others: spec.others },
    );
  }

  async read(box: Box, target: VolumeBlock): Promise<void> {
    checkRead(this.metadata, box, target);
    if (isEmptyBox(box)) return;
    const block = isSigned(this.source.metadata.dataType) ? asSigned(target) : target;
    await this.source.read(box, block);
    const bad = remapIds(block, box, this.table.map, this.spec.others);
    if (bad >= 0) throw negativeVoxel(block, bad);
  }
}

/** Views unsigned memory as signed integers, so that it can hold negative ids until they are replaced. */
function asSigned({ box, channels, data }: VolumeBlock): VolumeBlock {
  const type = dataTypeOf(data);
  if (!type.startsWith('uint')) return { box, channels, data };
  const signed = type.slice(1) as DataType;
  return { box, channels, data: voxelView(signed, data.buffer, data.byteOffset, data.length) };
}

function checkTable({ path, sha256 }: RemapSpec, table: RemapTable, dataType: DataType): void {
  if (table.sha256 !== sha256) {
    throw new InvalidInputError(say`${about('remap')}: ${path} has changed since the job was started.`, {
      remedy: say`Start again by ${OVERWRITE}.`,
      fields: { options: ['remap'], code: 'input-changed' },
    });
  }
  const bits = BigInt(8 * bytesPerVoxel(dataType));
  const [least, most] = isSigned(dataType)
    ? [-(2n ** (bits - 1n)), 2n ** (bits - 1n) - 1n]
    : [0n, 2n ** bits - 1n];
  const stranger = [table.least, table.most].find(({ id }) => id < least || id > most);
  if (stranger === undefined) return;
  throw new InvalidInputError(
    say`${about('remap')}: ${path}, line ${stranger.line}: the input has no id ${stranger.id}: its voxels are ${dataType}, from ${least} to ${most}.`,
    {
      remedy:
        'Give the table that belongs to this input; the column from lists its ids, to what they become.',
      fields: { code: 'bad-table', options: ['remap'] },
    },
  );
}
