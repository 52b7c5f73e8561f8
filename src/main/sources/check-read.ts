import { containsBox, formatBox, type Box } from '../../shared/base/box';
import { dataTypeOf } from '../../shared/base/data-type';
import { BugError } from '../../shared/base/errors';
import type { VolumeBlock } from '../../shared/base/volume-block';
import { fitsInto } from '../../shared/kernels/copy-box';
import type { SourceMetadata } from './volume-source';

/**
 * Checks the arguments of a read.
 * @throws BugError if `box` isn't inside the volume and the target, if the numbers of channels differ, or if the
 *   voxels don't fit into the target's data type
 */
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
