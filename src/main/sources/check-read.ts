import { containsBox, formatBox, type Box } from '../../shared/base/box';
import { BugError } from '../../shared/base/errors';
import type { VolumeBlock } from '../../shared/base/volume-block';
import type { SourceMetadata } from './volume-source';

/** @throws BugError where `box` isn't in the volume or in the target, or the channels differ */
export function checkRead({ size, channels }: SourceMetadata, box: Box, target: VolumeBlock): void {
  const volume: Box = { min: [0, 0, 0], max: size };
  if (containsBox(volume, box) && containsBox(target.box, box) && target.channels === channels) return;
  throw new BugError(
    `can't read ${formatBox(box)} of ${formatBox(volume)} × ${channels} into ${formatBox(target.box)} × ` +
      `${target.channels}`,
  );
}
