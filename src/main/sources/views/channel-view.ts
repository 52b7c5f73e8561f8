import { boxShape, isEmptyBox, type Box } from '../../../shared/base/box';
import { allocateVoxels, bytesPerVoxel } from '../../../shared/base/data-type';
import { product3 } from '../../../shared/base/vec3';
import { channelBlock, type VolumeBlock } from '../../../shared/base/volume-block';
import { copyBox } from '../../../shared/kernels/copy-box';
import { checkRead } from '../check-read';
import type { SourceMetadata, VolumeSource } from '../volume-source';
import { SourceView, type ViewSpec } from './source-view';
import { largestPiece, storagePieces } from './storage-grid';

export interface ChannelSpec extends ViewSpec {
  readonly kind: 'channel';
  readonly channel: number;
}

/** Shows one channel of a source. */
export class ChannelView extends SourceView {
  readonly metadata: SourceMetadata;

  constructor(
    source: VolumeSource,
    private readonly spec: ChannelSpec,
  ) {
    super(source, spec);
    const { channelNames = [], ...metadata } = source.metadata;
    const name = channelNames[spec.channel];
    const pieceBytes =
      source.readChannel === undefined
        ? largestPiece(metadata) * metadata.channels * bytesPerVoxel(metadata.dataType)
        : 0;
    this.metadata = this.changed({ channels: 1, decodeBytes: metadata.decodeBytes + pieceBytes }, [
      'channel',
      `${spec.channel}${name === undefined ? '' : ` (${name})`} of ${metadata.channels}`,
    ]);
  }

  async read(box: Box, target: VolumeBlock): Promise<void> {
    checkRead(this.metadata, box, target);
    if (isEmptyBox(box)) return;
    const { channel } = this.spec;
    if (this.source.readChannel !== undefined) return this.source.readChannel(channel, box, target);
    const { metadata } = this.source;
    const { channels, dataType } = metadata;
    const spare = allocateVoxels(dataType, largestPiece(metadata, box) * channels);
    for (const piece of storagePieces(metadata, box)) {
      const block = { box: piece, channels, data: spare.subarray(0, product3(boxShape(piece)) * channels) };
      await this.source.read(piece, block);
      copyBox(channelBlock(block, channel), target, piece);
    }
  }
}
