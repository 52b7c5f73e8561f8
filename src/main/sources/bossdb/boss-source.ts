import { BoxGrid, boxVolume, translateBox, type Box } from '../../../shared/base/box';
import { bytesPerVoxel, voxelView } from '../../../shared/base/data-type';
import { InvalidInputError, isStudioError } from '../../../shared/base/errors';
import { inLanes } from '../../../shared/base/in-lanes';
import { min3, product3, subtract3, vec3, type Vec3 } from '../../../shared/base/vec3';
import type { VolumeBlock } from '../../../shared/base/volume-block';
import { copyBox } from '../../../shared/kernels/copy-box';
import { decodeBlosc } from '../array/decode-blosc';
import { checkRead } from '../check-read';
import { FetchedBytes } from '../../places/http/fetched-bytes';
import { HttpReader } from '../../places/http/http-reader';
import { gridOrigin } from '../views/storage-grid';
import type { SourceHandle, SourceMetadata, VolumeSource } from '../volume-source';
import type { BossAddress } from './boss-address';
import type { BossLevel } from './boss-channel';
import { bossError } from './boss-documents';

/** A level of a channel. The token isn't part of it, because every thread can look it up. */
export interface BossHandle extends SourceHandle {
  readonly format: 'bossdb';
  readonly address: BossAddress;
  readonly level: BossLevel;
}

/** The shape of the units in which the server stores voxels. Requests for whole units are the cheapest. */
const CUBOID: Vec3 = [512, 512, 16];
/** The approximate size of a cutout. The server refuses more than 500 MB. */
const CUTOUT_BYTES = 32 * 2 ** 20;
/** The most slices of a cutout, as in BossDB's own client. */
const MOST_SLICES = 96;
/** The number of simultaneous requests of a reader. Every worker has one reader. */
const PARALLEL = 2;
const ATTEMPTS = 10;
const KEPT_BYTES = 16 * 2 ** 20;

/**
 * Reads a level of a BossDB channel. It requests cutouts of exactly the voxels that are read, compressed with Blosc.
 */
export class BossSource implements VolumeSource {
  readonly metadata: SourceMetadata;
  private readonly reader: HttpReader;
  private readonly fetched = new FetchedBytes(KEPT_BYTES);
  private readonly cutout: Vec3;

  constructor(
    readonly handle: BossHandle,
    token: string,
  ) {
    const { level, address } = handle;
    const { min, max, dataType } = level;
    this.reader = new HttpReader({ parallel: PARALLEL, attempts: ATTEMPTS, authorization: `Token ${token}` });
    const size = subtract3(max, min);
    const voxelBytes = bytesPerVoxel(dataType);
    const slices = CUBOID[2] * Math.floor(CUTOUT_BYTES / (product3(CUBOID) * voxelBytes));
    this.cutout = [CUBOID[0], CUBOID[1], Math.min(slices, MOST_SLICES)];
    const largest = product3(min3(this.cutout, size)) * voxelBytes;
    this.metadata = {
      format: 'BossDB channel',
      kind: level.kind,
      size,
      dataType,
      channels: 1,
      storageShape: vec3((axis) => (axis === 0 ? PARALLEL : 1) * this.cutout[axis]),
      storageOrigin: gridOrigin(
        vec3((axis) => -min[axis]),
        vec3((axis) => (axis === 0 ? PARALLEL : 1) * this.cutout[axis]),
      ),
      // Each request holds the answer and its unpacked voxels.
      decodeBytes: 2 * PARALLEL * largest + KEPT_BYTES,
      resolutionNm: level.resolutionNm,
      voxelOffset: min,
      facts: [
        ['server', new URL(address.server).host],
        ['level', String(level.level)],
        ...(level.times > 1
          ? ([['time', `the sample ${level.time}, from 0, of ${level.times}`]] as const)
          : []),
      ],
      takes: level.times > 1 ? ['time'] : [],
      passedOver: [],
      fingerprint: JSON.stringify([address, level]),
    };
  }

  async read(box: Box, target: VolumeBlock): Promise<void> {
    checkRead(this.metadata, box, target);
    const { min } = this.handle.level;
    const grid = new BoxGrid(
      box,
      this.cutout,
      gridOrigin(
        vec3((axis) => -min[axis]),
        this.cutout,
      ),
    );
    await inLanes(grid, PARALLEL, async (part) => copyBox(await this.fetch(part), target, part));
  }

  close(): Promise<void> {
    return this.reader.close();
  }

  private async fetch(part: Box): Promise<VolumeBlock> {
    const { dataType } = this.metadata;
    const url = this.urlOf(part);
    const length = boxVolume(part);
    const bytes = await this.unpack(url, length * bytesPerVoxel(dataType));
    return { box: part, channels: 1, data: voxelView(dataType, bytes.buffer, bytes.byteOffset, length) };
  }

  /** Returns the voxels of a cutout in new memory, with x as the fastest axis. */
  private async unpack(url: string, lengthBytes: number): Promise<Uint8Array> {
    const packed = await this.fetched.get(url, async () => {
      const headers = { accept: 'application/blosc' };
      // Data that can't be compressed is stored with a header for each block, which makes it larger than the voxels.
      const answer = await this.reader.ask({ url, headers, mostBytes: 2 * lengthBytes + 2 ** 16 });
      if (answer.status !== 200) throw bossError(answer);
      return answer.body;
    });
    try {
      if (packed === undefined || rawBytesOf(packed) !== lengthBytes) {
        throw new InvalidInputError(`it isn't of the ${lengthBytes} bytes that were asked for`);
      }
      return (await decodeBlosc(packed, lengthBytes)).slice();
    } catch (error) {
      if (!isStudioError(error)) throw error;
      throw new InvalidInputError(`The cutout ${url} is damaged: ${error.message}.`, {
        remedy: 'Try again. If it stays like this, ask whoever runs the server.',
        fields: { url },
      });
    }
  }

  private urlOf(part: Box): string {
    const { address, level } = this.handle;
    const { server, collection, experiment, channel } = address;
    const { min, max } = translateBox(part, level.min);
    const ranges = ([0, 1, 2] as const).map((axis) => `${min[axis]}:${max[axis]}`).join('/');
    // Without one the server takes the channel's default one, which needn't be 0.
    const time = level.times > 1 ? `${level.time}:${level.time + 1}/` : '';
    // A conversion reads each place only once, so the server needn't cache it.
    return `${server}/v1/cutout/${collection}/${experiment}/${channel}/${level.level}/${ranges}/${time}?access-mode=no-cache`;
  }
}

/** Returns the unpacked size from the header of a Blosc buffer. */
function rawBytesOf(packed: Uint8Array): number | undefined {
  if (packed.length < 16) return undefined;
  return new DataView(packed.buffer, packed.byteOffset).getUint32(4, true);
}
