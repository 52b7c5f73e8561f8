import { about, named } from '../../../shared/api/mentions';
import { say } from '../../../shared/base/words';
import { parseRoi } from '../../../shared/api/view-options';
import { containsBox, boxOfShape, isEmptyBox, type Box } from '../../../shared/base/box';
import { BugError, InvalidInputError } from '../../../shared/base/errors';
import { equal3, vec3, ZERO3 } from '../../../shared/base/vec3';
import type { OpenOptions } from '../source-opener';
import type { Axis, SourceMetadata } from '../volume-source';
import type { AxesSpec } from './axes-view';
import type { ChannelSpec } from './channel-view';
import type { CropSpec } from './crop-view';
import { turnToRas } from './orientation';

const AXES = ['x', 'y', 'z'] as const;

/**
 * Plans the view of a channel that is given by number or name.
 * @throws InvalidInputError if there is no such channel
 */
export function planChannel(
  { channel }: OpenOptions,
  { channels, channelNames = [] }: SourceMetadata,
): ChannelSpec | undefined {
  if (channel === undefined) return undefined;
  const byName = channelNames.findIndex((name) => name.toLowerCase() === channel.toLowerCase());
  const index = /^\d+$/.test(channel) ? Number(channel) : byName;
  if (index >= 0 && index < channels) return { kind: 'channel', channel: index };
  const names = channelNames.length === 0 ? '' : `, ${channelNames.join(', ')}`;
  throw new InvalidInputError(
    say`${about('channel')}: there is no channel ${channel}: the input has ${channels}${names}.`,
    {
      remedy:
        channels === 1
          ? say`Leave out ${named('channel')}.`
          : `Give a number from 0 to ${channels - 1}${names && ' or a name'}.`,
      fields: { code: 'unfit-option', options: ['channel'] },
    },
  );
}

/** Plans the view of a part of the volume. @throws InvalidInputError if it is empty or not inside the volume */
export function planCrop({ roi }: OpenOptions, { size }: SourceMetadata): CropSpec | undefined {
  if (roi === undefined) return undefined;
  const ranges = parseRoi(roi);
  if (ranges === undefined) throw new BugError(`the range ${roi} can't be read`);
  const box: Box = {
    min: vec3((axis) => ranges[axis].from ?? 0),
    max: vec3((axis) => ranges[axis].to ?? size[axis]),
  };
  if (isEmptyBox(box) || !containsBox(boxOfShape(size), box)) throw badRoi(box, size);
  const isAll = equal3(box.min, ZERO3) && equal3(box.max, size);
  return isAll ? undefined : { kind: 'crop', box };
}

function badRoi({ min, max }: Box, size: SourceMetadata['size']): InvalidInputError {
  const problems = ([0, 1, 2] as const).flatMap((axis) => {
    const range = `${AXES[axis]} ${min[axis]}:${max[axis]}`;
    if (min[axis] >= size[axis]) return [`${range} begins beyond the volume`];
    if (min[axis] >= max[axis]) return [`${range} holds no voxel`];
    return max[axis] > size[axis] ? [`${range} ends beyond the volume`] : [];
  });
  return new InvalidInputError(
    say`${about('roi')}: ${problems.join('; ')}; the input has ${size.join(' × ')} voxels.`,
    {
      remedy: `Give ranges within 0:${size[0]},0:${size[1]},0:${size[2]}; what is left out, as in 10:,:100,:, goes to the border.`,
      fields: { code: 'unfit-option', options: ['roi'] },
    },
  );
}

/** Plans the view that turns the stored axes to those that the input names, if it needs one. */
export function planStoredAxes(_options: OpenOptions, { storedAxes }: SourceMetadata): AxesSpec | undefined {
  return storedAxes && { kind: 'axes', from: storedAxes, mirrored: [false, false, false] };
}

/**
 * Plans the view that swaps and mirrors axes.
 * @throws InvalidInputError if the axes can't be turned to RAS as requested
 */
export function planAxes(options: OpenOptions, metadata: SourceMetadata): AxesSpec | undefined {
  const { transpose, flip } = options;
  if (options.orientation === 'ras') return planRas(options, metadata);
  if (transpose === undefined && flip === undefined) return undefined;
  const from = (axis: Axis) => AXES.findIndex((name) => name === (transpose ?? 'xyz')[axis]) as Axis;
  const mirrored = (axis: Axis) => flip?.includes(AXES[axis]) ?? false;
  return {
    kind: 'axes',
    from: [from(0), from(1), from(2)],
    mirrored: [mirrored(0), mirrored(1), mirrored(2)],
  };
}

/**
 * Plans the view that turns the axes to RAS.
 * @throws InvalidInputError if the input doesn't store the directions of its axes, or if other options turn them too
 */
function planRas({ transpose, flip }: OpenOptions, { orientation }: SourceMetadata): AxesSpec | undefined {
  if (transpose !== undefined || flip !== undefined) {
    throw new InvalidInputError(
      say`${named('orientation')} turns the axes, and so do ${named('transpose')} and ${named('flip')}.`,
      {
        remedy: say`Give ${named('orientation')} alone, or ${named('transpose')} and ${named('flip')} without it.`,
        fields: { code: 'unfit-option', options: ['orientation', 'transpose', 'flip'] },
      },
    );
  }
  const turn = orientation === undefined ? undefined : turnToRas(orientation);
  if (turn === undefined) {
    throw new InvalidInputError(
      say`${about('orientation')}: the input does not store the direction of its axes, as NIfTI, NRRD and MetaImage files can.`,
      {
        remedy: say`Leave out ${named('orientation')}, and turn the axes with ${named('transpose')} and ${named('flip')}.`,
        fields: { code: 'unfit-option', options: ['orientation'] },
      },
    );
  }
  return orientation === 'RAS' ? undefined : { kind: 'axes', ...turn };
}
