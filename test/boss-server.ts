import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { deflateSync } from 'node:zlib';
import Blosc from 'numcodecs/blosc';
import { closeServer, listen } from '../src/main/server/dataset-server';
import { boxOfShape, boxVolume, type Box } from '../src/shared/base/box';
import { allocateVoxels, type DataType, type VoxelArray } from '../src/shared/base/data-type';
import { vec3, type Vec3 } from '../src/shared/base/vec3';
import { copyBox } from '../src/shared/kernels/copy-box';

/**
 * A BossDB server with one collection, `lab`, and one experiment, `mouse`, modelled on the source of the real one
 * (https://github.com/jhuapl-boss/boss: bosscore/request.py, bosscore/error.py, bossspatialdb/views.py, renderers.py;
 * spdb/project/resource.py). Two independent clients read from it in bossdb-clients.test.ts.
 */
export interface BossServer {
  readonly url: string;
  readonly requests: { readonly path: string; readonly authorization: string | undefined }[];
  close(): Promise<void>;
}

interface BossChannel {
  readonly name: string;
  readonly type: 'image' | 'annotation';
  readonly dataType: DataType;
  /** If set, only this token can read it. */
  readonly token?: string;
}

export interface BossVolume {
  readonly channels: readonly BossChannel[];
  readonly start: Vec3;
  readonly stop: Vec3;
  readonly voxelSize: Vec3;
  readonly unit: string;
  readonly levels: number;
  /** The number of time samples; 1 if left out. A request that names none gets the last one. */
  readonly times?: number;
  /** Returns the voxels of a level from 0 to its extent at a time sample, x fastest. */
  readonly voxels: (channel: BossChannel, level: number, extent: Vec3, time: number) => VoxelArray;
}

/** Called with each request first. It returns true if it has answered the request, which waits until then. */
export type Interception = (request: IncomingMessage, response: ServerResponse) => boolean | Promise<boolean>;

class Refusal extends Error {
  constructor(
    readonly status: number,
    readonly code: number,
    message: string,
  ) {
    super(message);
  }
}

const MOST_BYTES = 500 * 2 ** 20;

export async function startBossServer(
  volume: BossVolume,
  intercept: Interception = () => false,
): Promise<BossServer> {
  const requests: { path: string; authorization: string | undefined }[] = [];
  const server: Server = createServer((request, response) => {
    requests.push({ path: request.url ?? '', authorization: request.headers.authorization });
    const answer = async (): Promise<void> => {
      if (!(await intercept(request, response))) await respond(volume, request, response);
    };
    answer().catch((error: unknown) => {
      if (!(error instanceof Refusal)) throw error;
      const { status, code, message } = error;
      sendJson(response, { status, code, message }, status);
    });
  });
  const port = await listen(server, '127.0.0.1', 0);
  return { url: `http://127.0.0.1:${port}`, requests, close: () => closeServer(server) };
}

async function respond(volume: BossVolume, request: IncomingMessage, response: ServerResponse) {
  const { pathname } = new URL(request.url ?? '', 'http://boss');
  const token = tokenOf(request);
  if (token !== 'public' && !volume.channels.some((channel) => channel.token === token)) {
    sendJson(response, { detail: 'Invalid token.' }, 401);
    return;
  }
  const [version, service = '', ...names] = pathname.split('/').filter((name) => name !== '');
  if (version !== 'v1' && version !== 'latest') throw new Refusal(404, 1000, 'Not found.');
  if (service === 'collection') sendJson(response, describe(volume, names, token));
  else if (service === 'coord' && names[0] === 'frame') sendJson(response, frameOf(volume));
  else if (service === 'downsample') sendJson(response, levelsOf(volume, names, token));
  else if (service === 'cutout') await sendCutout(volume, names, token, request, response);
  else throw new Refusal(404, 4000, `${names[0]} does not exist.`);
}

/** A client that sends no token can read what is public, as with the token `public`. */
function tokenOf({ headers }: IncomingMessage): string {
  return /^Token (.+)$/.exec(headers.authorization ?? '')?.[1] ?? 'public';
}

function describe(volume: BossVolume, names: readonly string[], token: string): unknown {
  const [collection, , experiment, , channel] = names;
  if (collection !== 'lab') throw new Refusal(404, 4000, `${collection} does not exist.`);
  if (experiment === undefined) return { name: 'lab', description: '', experiments: ['mouse'], creator: 'x' };
  if (experiment !== 'mouse') throw new Refusal(404, 4000, `${experiment} does not exist.`);
  if (channel !== undefined)
    return describeChannel(
      findChannel(volume, channel, token, 'Missing read permissions on the resource'),
      volume.times ?? 1,
    );
  return {
    channels: volume.channels.map(({ name }) => name),
    name: 'mouse',
    description: '',
    collection: 'lab',
    coord_frame: 'frame',
    num_hierarchy_levels: volume.levels,
    hierarchy_method: 'anisotropic',
    num_time_samples: volume.times ?? 1,
    time_step: null,
    time_step_unit: '',
    creator: 'x',
  };
}

function describeChannel({ name, type, dataType }: BossChannel, times: number) {
  return {
    name,
    description: '',
    experiment: 'mouse',
    default_time_sample: times - 1,
    type,
    base_resolution: 0,
    datatype: dataType,
    creator: 'x',
    sources: [],
    downsample_status: 'DOWNSAMPLED',
    related: [],
  };
}

function findChannel(volume: BossVolume, name: string | undefined, token: string, refusal: string) {
  const channel = volume.channels.find((candidate) => candidate.name === name);
  if (channel === undefined) throw new Refusal(404, 4000, `${name} does not exist.`);
  if (channel.token !== undefined && channel.token !== token)
    throw new Refusal(403, 3001, `${refusal} ${name}`);
  return channel;
}

function frameOf({ start, stop, voxelSize, unit }: BossVolume) {
  const ofAxes = (['x', 'y', 'z'] as const).map((axis, i) => ({
    [`${axis}_start`]: start[i],
    [`${axis}_stop`]: stop[i],
    [`${axis}_voxel_size`]: voxelSize[i],
  }));
  return Object.assign({ name: 'frame', description: '', voxel_unit: unit }, ...ofAxes) as unknown;
}

/** Coarser levels have half of the voxels in x and y. */
function extentOf({ stop }: BossVolume, level: number): Vec3 {
  const halved = vec3((axis) => (axis === 2 ? stop[axis] : Math.ceil(stop[axis] / 2)));
  return level === 0 ? stop : extentOf({ stop: halved } as BossVolume, level - 1);
}

function levelsOf(volume: BossVolume, [collection, experiment, name]: readonly string[], token: string) {
  requireNames(collection, experiment);
  findChannel(volume, name, token, 'Missing read permissions on the resource');
  const [x, y, z] = volume.voxelSize;
  const levels = Array.from({ length: volume.levels }, (_, level) => level);
  return {
    status: 'DOWNSAMPLED',
    num_hierarchy_levels: volume.levels,
    voxel_size: Object.fromEntries(levels.map((level) => [level, [x * 2 ** level, y * 2 ** level, z]])),
    extent: Object.fromEntries(levels.map((level) => [level, extentOf(volume, level)])),
    cuboid_size: Object.fromEntries(levels.map((level) => [level, [512, 512, 16]])),
  };
}

function requireNames(collection: string | undefined, experiment: string | undefined): void {
  if (collection !== 'lab') throw new Refusal(404, 4000, `Collection ${collection} not found`);
  if (experiment !== 'mouse') throw new Refusal(404, 4000, `Experiment ${experiment} not found`);
}

async function sendCutout(
  volume: BossVolume,
  names: readonly string[],
  token: string,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const [collection, experiment, name, level = '', ...ranges] = names;
  if (
    !/^\d$/.test(level) ||
    ![3, 4].includes(ranges.length) ||
    !ranges.every((range) => /^\d+:\d+$/.test(range))
  ) {
    throw new Refusal(404, 1000, 'Not found.');
  }
  requireNames(collection, experiment);
  const channel = findChannel(volume, name, token, 'Missing specific permissions on the resource');
  if (Number(level) >= volume.levels) throw new Refusal(400, 1002, `Invalid resolution ${level}.`);
  const [xs = [], ys = [], zs = [], ts] = ranges.map((range) => range.split(':').map(Number));
  const box: Box = {
    min: [xs[0] ?? 0, ys[0] ?? 0, zs[0] ?? 0],
    max: [xs[1] ?? 0, ys[1] ?? 0, zs[1] ?? 0],
  };
  // The bounds of the first level apply to all levels.
  const isWithin = box.min.every(
    (start, i) =>
      start < (box.max[i] ?? 0) &&
      start >= (volume.start[i] ?? 0) &&
      (box.max[i] ?? 0) <= (volume.stop[i] ?? 0),
  );
  if (!isWithin) throw new Refusal(400, 1001, `Incorrect cutout arguments ${names.slice(3).join('/')}`);
  const times = volume.times ?? 1;
  const [time = 0, timeEnd = 0] = ts ?? [times - 1, times];
  if (time >= times || timeEnd !== time + 1) throw new Refusal(400, 1001, 'Incorrect cutout arguments');
  const data = cut(volume, channel, Number(level), box, time);
  if (data.byteLength > MOST_BYTES)
    throw new Refusal(413, 2000, 'Cutout request is over 500MB when uncompressed.');
  await render(request.headers.accept ?? '', data, box, response);
}

/** Voxels beyond the extent of a level are zeros. */
function cut(volume: BossVolume, channel: BossChannel, level: number, box: Box, time: number): VoxelArray {
  const extent = extentOf(volume, level);
  const whole = { box: boxOfShape(extent), channels: 1, data: volume.voxels(channel, level, extent, time) };
  const part = { box, channels: 1, data: allocateVoxels(channel.dataType, boxVolume(box)) };
  copyBox(whole, part, { min: box.min, max: vec3((axis) => Math.min(box.max[axis], extent[axis])) });
  return part.data;
}

async function render(
  accept: string,
  data: VoxelArray,
  { min, max }: Box,
  response: ServerResponse,
): Promise<void> {
  const bytes = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
  if (accept === 'application/blosc') {
    const packed = await Blosc.fromConfig({ id: 'blosc' }).encode(bytes);
    response.writeHead(200, { 'Content-Type': accept }).end(packed);
  } else if (accept === 'application/npygz') {
    const shape = [max[2] - min[2], max[1] - min[1], max[0] - min[0]];
    const descr = `${data.BYTES_PER_ELEMENT === 1 ? '|' : '<'}u${data.BYTES_PER_ELEMENT}`;
    const header = `{'descr': '${descr}', 'fortran_order': False, 'shape': (${shape.join(', ')}), }`;
    const padded = `${header.padEnd(117)}\n`;
    const npy = Buffer.concat([
      Buffer.from('\x93NUMPY\x01\x00\x76\x00', 'latin1'),
      Buffer.from(padded),
      bytes,
    ]);
    response.writeHead(200, { 'Content-Type': accept }).end(deflateSync(npy));
  } else {
    sendJson(response, { detail: 'Could not satisfy the request Accept header.' }, 406);
  }
}

function sendJson(response: ServerResponse, json: unknown, status = 200): void {
  response.writeHead(status, { 'Content-Type': 'application/json' }).end(JSON.stringify(json));
}
