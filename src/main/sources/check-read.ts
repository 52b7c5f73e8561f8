import { containsBox, formatBox, type Box } from '../../shared/base/box';
import { dataTypeOf } from '../../shared/base/data-type';
import { BugError } from '../../shared/base/errors';
import type { VolumeBlock } from '../../shared/base/volume-block';
import { fitsInto } from '../../shared/kernels/copy-box';
import type { SourceMetadata } from './volume-source';

/** @throws BugError where `box` isn't in the volume or in the target, the channels differ, or voxels don't fit */
export function checkRead(metadata: SourceMetadata, box: Box, target: VolumeBlock): void {
  const { size, channels, dataType } = metadata;
  const targetType = dataTypeOf(target.data);
  if (!fitsInto(dataType, targetType)) throw new BugError(`${dataType} voxels don't fit into ${targetType}`);
  const volume: Box = { min: [0, 0, 0], max: size };
  if (containsBox(volume, box) && containsBox(target.box, box) && target.channels === channels) return;
  throw new BugError(
    `can't read ${formatBox(box)} of ${formatBox(volume)} × ${channels} into ${formatBox(target.box)} × ` +
      `${target.channels}`,
  );
}
