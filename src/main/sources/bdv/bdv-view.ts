import { vec3 } from '../../../shared/base/vec3';
import { spacingGeometry } from '../array/spacing-geometry';
import type { SourceMetadata } from '../volume-source';
import type { BdvProject, BdvSetup } from './bdv-project';

/** One setup of a BigDataViewer project at one point in time and one level. */
export interface BdvView {
  readonly time: number;
  readonly setup: number;
  readonly level: number;
}

/**
 * Returns the metadata of a view from its project: the size of its voxels and, if the registration only scales and
 * shifts, its offset.
 * @param factors the downsampling factors of the level in x, y, z
 */
export function describeBdvView(
  project: BdvProject,
  { time, setup: id, level }: BdvView,
  factors: readonly number[],
): Pick<SourceMetadata, 'resolutionNm' | 'voxelOffset' | 'facts' | 'passedOver'> {
  const setup = project.setups.find((other) => other.id === id);
  const affine = project.registrations.get(`${time} ${id}`);
  const isStraight = affine?.every(
    (value, i) => i % 4 === 3 || (i % 5 === 0 ? value > 0 : Math.abs(value) < 1e-9),
  );
  const names = ['x', 'y', 'z'];
  const size = setup?.voxelSize ?? [];
  const geometry = spacingGeometry({
    names,
    spacing: size.map((length, axis) => length * (factors[axis] ?? 1)),
    units: names.map(() => setup?.unit),
  });
  // The transformation applies to voxels of the finest level. Its shift, in such voxels, is the offset.
  const offset = vec3((axis) => Math.round((affine?.[4 * axis + 3] ?? 0) / (affine?.[5 * axis] ?? 1)) + 0);
  const isPlaced = isStraight === true && level === 0 && offset.some((value) => value !== 0);
  return {
    ...geometry,
    ...(isPlaced && geometry.resolutionNm !== undefined ? { voxelOffset: offset } : {}),
    facts: setup === undefined ? [] : [['setup', describeSetup(project, setup)]],
    passedOver:
      affine === undefined || isStraight === true
        ? []
        : [
            'the registration of BigDataViewer turns or shears the volume: its voxels are taken as they are stored',
          ],
  };
}

/** Describes a setup for people by its id, its name and its attributes, such as `1, cells, channel DAPI`. */
export function describeSetup({ channelNames }: BdvProject, { id, name, attributes }: BdvSetup): string {
  const parts = [...attributes].map(([key, value]) =>
    key === 'channel' ? `channel ${channelNames.get(value) ?? value}` : `${key} ${value}`,
  );
  return [String(id), ...(name === undefined ? [] : [name]), ...parts].join(', ');
}

/** Reports whether the setups differ only in their channel, so that they are the channels of one volume. */
export function areChannels(setups: readonly BdvSetup[]): boolean {
  const others = (setup: BdvSetup) =>
    [...setup.attributes]
      .filter(([name]) => name !== 'channel')
      .map((pair) => pair.join('='))
      .sort()
      .join();
  const channels = new Set(setups.map(({ attributes }) => attributes.get('channel')));
  return setups.length > 1 && channels.size === setups.length && new Set(setups.map(others)).size === 1;
}
