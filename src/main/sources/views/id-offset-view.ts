import { about, set } from '../../../shared/api/mentions';
import { say } from '../../../shared/base/words';
import { isEmptyBox, type Box } from '../../../shared/base/box';
import { dataTypeOf, type DataType } from '../../../shared/base/data-type';
import { InvalidInputError } from '../../../shared/base/errors';
import { positionIn, type VolumeBlock } from '../../../shared/base/volume-block';
import { offsetIds } from '../../../shared/kernels/map-ids';
import { checkRead } from '../check-read';
import type { SourceMetadata, VolumeSource } from '../volume-source';
import { SourceView, type ViewSpec } from './source-view';
import { isUnsigned, largestOf, unsignedFor, type UnsignedType } from './unsigned-type';

export interface IdOffsetSpec extends ViewSpec {
  readonly kind: 'id-offset';
  /** A decimal number above -2^64 and below 2^64. */
  readonly offset: string;
}

/**
 * Shows a source with a number added to all ids except 0. The ids are changed in the memory that they are read into.
 * The result is unsigned. For ids of 8 and 16 bits, its type holds every possible sum; for wider ids, it is wide enough
 * for the added number.
 */
export class IdOffsetView extends SourceView {
  readonly metadata: SourceMetadata;
  private readonly offset: bigint;
  private readonly dataType: UnsignedType;

  constructor(source: VolumeSource, spec: IdOffsetSpec) {
    super(source, spec);
    this.offset = BigInt(spec.offset);
    this.dataType = typeFor(source.metadata.dataType, this.offset);
    const segmentNames = source.metadata.segmentNames?.map(
      ([id, name]) => [String(BigInt(id) + this.offset), name] as const,
    );
    this.metadata = this.changed({ dataType: this.dataType, segmentNames }, ['added to ids', spec.offset]);
  }

  async read(box: Box, target: VolumeBlock): Promise<void> {
    checkRead(this.metadata, box, target);
    if (isEmptyBox(box)) return;
    await this.source.read(box, target);
    const type = dataTypeOf(target.data);
    const largest = largestOf(isUnsigned(type) ? type : this.dataType);
    const bad = offsetIds(target, box, this.offset, largest);
    if (bad >= 0) throw this.misfit(target, bad, largest);
  }

  private misfit(block: VolumeBlock, index: number, largest: bigint): InvalidInputError {
    const [x, y, z] = positionIn(block, index);
    const value = String(block.data[index]);
    const moved = BigInt(value) + this.offset;
    const why = moved < 1n ? 'ids are above 0' : `the largest possible id is ${largest}`;
    const wider = moved > largest && moved <= largestOf('uint64');
    return new InvalidInputError(
      say`${about('idOffset')}: the id ${value} at x ${x}, y ${y}, z ${z} of the output would become ${moved}: ${why}.`,
      {
        remedy: wider
          ? say`Choose ${set('dataType', 'uint64')}, or another number.`
          : 'Choose another number.',
        fields: { code: 'unfit-option', x, y, z, value, options: ['idOffset'] },
      },
    );
  }
}

function typeFor(type: DataType, offset: bigint): UnsignedType {
  if (offset < 0n) return unsignedFor(type, 0n);
  const own = unsignedFor(type, 0n);
  const isNarrow = own === 'uint8' || own === 'uint16';
  return unsignedFor(type, offset + (isNarrow ? largestOf(own) : 1n));
}
