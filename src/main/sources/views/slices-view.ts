import { isEmptyBox, type Box } from '../../../shared/base/box';
import type { VolumeBlock } from '../../../shared/base/volume-block';
import { checkRead } from '../check-read';
import type { OpenOptions } from '../source-opener';
import type { SourceMetadata, VolumeSource } from '../volume-source';
import { SourceView, type ViewSpec } from './source-view';

export interface SlicesSpec extends ViewSpec {
  readonly kind: 'slices';
}

/** Plans the view that turns channels into slices, if the source needs it. */
export function planSlices(
  _options: OpenOptions,
  { channelsAreSlices }: SourceMetadata,
): SlicesSpec | undefined {
  return channelsAreSlices === true ? { kind: 'slices' } : undefined;
}

/** Shows the channels of each slice of a source as consecutive slices of one channel. */
export class SlicesView extends SourceView {
  readonly metadata: SourceMetadata;

  constructor(source: VolumeSource, spec: SlicesSpec) {
    super(source, spec);
    const { size, channels, storageShape, ...rest } = source.metadata;
    const depth = size[2] * channels;
    const { fingerprint, facts } = this.changed({}, [
      'slices',
      `${depth}, which stand as ${channels} channels`,
    ]);
    this.metadata = {
      ...rest,
      size: [size[0], size[1], depth],
      channels: 1,
      channelNames: undefined,
      channelsAreSlices: undefined,
      storageShape: [storageShape[0], storageShape[1], Math.min(depth, storageShape[2] * channels)],
      facts,
      fingerprint,
    };
  }

  async read(box: Box, target: VolumeBlock): Promise<void> {
    checkRead(this.metadata, box, target);
    if (isEmptyBox(box)) return;
    const { channels } = this.source.metadata;
    const { min, max } = target.box;
    const planeVoxels = (max[0] - min[0]) * (max[1] - min[1]);
    for (let z = box.min[2]; z < box.max[2]; z++) {
      const own = Math.floor(z / channels);
      const at = (z - min[2]) * planeVoxels;
      const plane: VolumeBlock = {
        box: { min: [min[0], min[1], own], max: [max[0], max[1], own + 1] },
        channels: 1,
        data: target.data.subarray(at, at + planeVoxels),
      };
      const part: Box = { min: [box.min[0], box.min[1], own], max: [box.max[0], box.max[1], own + 1] };
      await this.source.readChannel?.(z % channels, part, plane);
    }
  }
}
