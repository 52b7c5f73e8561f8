/**
 * Asks a BossDB server for the description of a channel. The extent of a level is its end, not its size. The server
 * compares cutouts of every level with the start of the finest level, so coarser levels can be read only if the volume
 * begins at 0.
 *
 * Source: https://github.com/jhuapl-boss/boss, django/bosscore/request.py and django/bossspatialdb/views.py;
 * https://github.com/jhuapl-boss/spdb, spdb/project/resource.py.
 */
import { z } from 'zod';
import { set } from '../../../shared/api/mentions';
import { InvalidInputError, IoError, UnsupportedError } from '../../../shared/base/errors';
import { vec3, type Vec3 } from '../../../shared/base/vec3';
import { say } from '../../../shared/base/words';
import { chooseDataset } from '../array/choose-dataset';
import { nanometresIn } from '../array/length-units';
import { requireTime } from '../array/points-in-time';
import type { OpenOptions } from '../source-opener';
import type { BossAddress } from './boss-address';
import type { BossDocuments } from './boss-documents';

const channelSchema = z.object({
  type: z.string(),
  datatype: z.string(),
  base_resolution: z.int().min(0).default(0),
});
const experimentSchema = z.object({ coord_frame: z.string(), num_time_samples: z.int().min(1).default(1) });
const bound = z
  .int()
  .min(-(2 ** 31))
  .max(2 ** 31);
const frameSchema = z.object({
  x_start: bound,
  y_start: bound,
  z_start: bound,
  x_stop: bound,
  y_stop: bound,
  z_stop: bound,
  voxel_unit: z.string(),
});
const sizes = z.record(z.string(), z.tuple([z.number(), z.number(), z.number()]));
const levelsSchema = z.object({ voxel_size: sizes, extent: sizes });

const DATA_TYPES = ['uint8', 'uint16', 'uint32', 'uint64'] as const;

/** A level of a channel, and the position of its voxels. It is JSON, because it is sent to workers. */
export interface BossLevel {
  readonly level: number;
  readonly dataType: (typeof DATA_TYPES)[number];
  /** The start of the volume, in voxels of this level on the server. */
  readonly min: Vec3;
  readonly max: Vec3;
  readonly resolutionNm: Vec3;
  readonly kind: 'segmentation' | 'image';
  /** The index of the time sample, and how many there are. */
  readonly time: number;
  readonly times: number;
}

/**
 * Asks for the level that `dataset` names ('0', '1', …), or for the level in the address if it is not given, or for the base
 * resolution if neither is given; and for the time sample that `time` chooses.
 * @throws InvalidInputError if there is no such channel, level or time sample, if there are several of the latter and none is
 *   chosen, or if the user has no access; UnsupportedError; IoError
 */
export async function describeChannel(
  documents: BossDocuments,
  address: BossAddress,
  { dataset, time }: OpenOptions,
): Promise<BossLevel> {
  const { collection, experiment, channel } = address;
  const ofChannel = `collection/${collection}/experiment/${experiment}/channel/${channel}/`;
  const [about, levels, { coord_frame, num_time_samples }] = await Promise.all([
    documents.get(ofChannel, channelSchema),
    documents.get(`downsample/${collection}/${experiment}/${channel}/`, levelsSchema),
    documents.get(`collection/${collection}/experiment/${experiment}/`, experimentSchema),
  ]);
  requireTimeSample(time, num_time_samples, channel);
  const frame = await documents.get(`coord/${coord_frame}/`, frameSchema);
  const start: Vec3 = [frame.x_start, frame.y_start, frame.z_start];
  const dataType = DATA_TYPES.find((type) => type === about.datatype);
  if (dataType === undefined) {
    throw new UnsupportedError(
      `The channel ${channel} has voxels of ${about.datatype}, which are not supported.`,
    );
  }
  const unitNm = nanometresIn(frame.voxel_unit);
  if (unitNm === undefined) throw strange(`the unit of length '${frame.voxel_unit}'`);
  const candidates = Object.entries(levels.extent).map(([path, extent]) => ({
    path,
    extent,
    description: `up to ${extent.join(', ')}`,
  }));
  const name = dataset ?? String(address.level ?? about.base_resolution);
  const { path, extent } = chooseDataset(candidates, name, `${collection}/${experiment}/${channel}`);
  const voxelSize = levels.voxel_size[path];
  const finest = levels.voxel_size['0'];
  if (voxelSize === undefined || finest === undefined) throw strange(`no size of a voxel for level ${path}`);
  requireReachable(path, start, voxelSize, finest);
  const min = vec3((axis) => Math.max(0, start[axis]));
  if (!extent.every((stop, axis) => Number.isInteger(stop) && stop > (min[axis] ?? 0))) {
    throw strange(`that it ends at ${extent.join(', ')}`);
  }
  return {
    level: Number(path),
    dataType,
    min,
    max: extent,
    resolutionNm: vec3((axis) => Number((voxelSize[axis] * unitNm).toPrecision(12))),
    kind: about.type === 'image' ? 'image' : 'segmentation',
    time: time ?? 0,
    times: num_time_samples,
  };
}

/** @throws InvalidInputError if there is no such time sample, or if there are several and none is chosen */
function requireTimeSample(time: number | undefined, times: number, channel: string): void {
  if (time !== undefined) requireTime(time, times);
  if (time !== undefined || times < 2) return;
  throw new InvalidInputError(`${channel} has ${times} points in time: one volume is needed.`, {
    remedy: say`Choose one of 0 to ${times - 1}, such as ${set('time', '0')}.`,
    fields: { options: ['time'] },
  });
}

function requireReachable(level: string, start: Vec3, voxelSize: Vec3, finest: Vec3): void {
  if (start.every((begin, axis) => begin <= 0 || voxelSize[axis] === finest[axis])) return;
  throw new UnsupportedError(
    `Level ${level} can't be read, as the volume doesn't begin at 0 but at ${start.join(', ')}.`,
    {
      remedy: 'Choose level 0: the server gives coarser levels only of volumes that begin at 0.',
      fields: { code: 'unknown-array', options: ['dataset'] },
    },
  );
}

function strange(what: string): IoError {
  return new IoError(`The BossDB server answers with ${what}, which is impossible.`);
}
