/**
 * Reads datasets independently of this program: with chunk names according to the format's specification, node:zlib,
 * and Neuroglancer's own decoders. None of this program's code for the format is used.
 */
import { existsSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { decodeChannels as decodeUint32 } from 'neuroglancer/unstable/sliceview/compressed_segmentation/decode_uint32.js';
import { decodeChannels as decodeUint64 } from 'neuroglancer/unstable/sliceview/compressed_segmentation/decode_uint64.js';
import { ShardFolder, type ShardingJson } from './independent-shards';
import { allocateVoxels, type DataType, type VoxelArray } from '../src/shared/base/data-type';

type Triple = [number, number, number];

export interface InfoJson {
  '@type': string;
  type: string;
  data_type: DataType;
  num_channels: number;
  scales: {
    key: string;
    size: Triple;
    voxel_offset: Triple;
    chunk_sizes: Triple[];
    resolution: Triple;
    encoding: string;
    compressed_segmentation_block_size?: Triple;
    sharding?: ShardingJson;
  }[];
}

/** How the chunks of an unsharded dataset are stored. */
export interface Storage {
  readonly suffix: '' | '.gz';
  readonly gzipped: boolean;
}

export const GZ_FILES: Storage = { suffix: '.gz', gzipped: true };

export interface ReadScale {
  readonly size: Triple;
  /** The voxels, x fastest, then y, z, channel. Missing chunks are zeros. */
  readonly data: VoxelArray;
  readonly missingChunks: number;
  /** Files in the scale's folder that aren't chunks of its grid. */
  readonly strayFiles: readonly string[];
}

export async function readInfo(root: string): Promise<InfoJson> {
  return JSON.parse(await readFile(join(root, 'info'), 'utf8')) as InfoJson;
}

export async function readScales(root: string, storage = GZ_FILES): Promise<ReadScale[]> {
  const info = await readInfo(root);
  return Promise.all(info.scales.map((_, index) => readScale(root, info, index, storage)));
}

async function readScale(root: string, info: InfoJson, index: number, storage: Storage): Promise<ReadScale> {
  const scale = info.scales[index];
  const chunkSize = scale?.chunk_sizes[0];
  if (scale === undefined || chunkSize === undefined) throw new Error(`no scale ${index}`);
  const { size, voxel_offset: offset } = scale;
  const data = allocateVoxels(info.data_type, size[0] * size[1] * size[2] * info.num_channels);
  const files = new Set(existsSync(join(root, scale.key)) ? await readdir(join(root, scale.key)) : []);
  const grid = size.map((length, i) => Math.ceil(length / (chunkSize[i] ?? 1))) as Triple;
  const shards = scale.sharding && new ShardFolder(join(root, scale.key), scale.sharding, grid);
  let missingChunks = 0;
  for (let z = 0; z < size[2]; z += chunkSize[2]) {
    for (let y = 0; y < size[1]; y += chunkSize[1]) {
      for (let x = 0; x < size[0]; x += chunkSize[0]) {
        const start: Triple = [x, y, z];
        const end = start.map((p, i) => Math.min(p + (chunkSize[i] ?? 0), size[i] ?? 0)) as Triple;
        const ranges = start.map((p, i) => `${p + (offset[i] ?? 0)}-${(end[i] ?? 0) + (offset[i] ?? 0)}`);
        const name = ranges.join('_') + storage.suffix;
        const position = start.map((p, i) => p / (chunkSize[i] ?? 1)) as Triple;
        const bytes =
          shards === undefined
            ? files.delete(name) && (await readChunk(join(root, scale.key, name), storage))
            : await shards.chunk(position);
        if (bytes === undefined || bytes === false) {
          missingChunks++;
          continue;
        }
        const shape = end.map((p, i) => p - (start[i] ?? 0)) as Triple;
        const voxels = decode(bytes, info, scale, shape);
        place(voxels, start, shape, data, size, info.num_channels);
      }
    }
  }
  for (const file of shards?.used ?? []) files.delete(file);
  return { size, data, missingChunks, strayFiles: [...files] };
}

async function readChunk(path: string, { gzipped }: Storage): Promise<Uint8Array> {
  const stored = await readFile(path);
  return gzipped ? gunzipSync(stored) : stored;
}

function decode(
  bytes: Uint8Array,
  info: InfoJson,
  scale: InfoJson['scales'][number],
  shape: Triple,
): VoxelArray {
  const voxels = allocateVoxels(info.data_type, shape[0] * shape[1] * shape[2] * info.num_channels);
  if (scale.encoding === 'raw') {
    if (bytes.length !== voxels.byteLength) throw new Error(`a raw chunk of ${bytes.length} bytes`);
    new Uint8Array(voxels.buffer).set(bytes);
    return voxels;
  }
  const block = Uint32Array.from(scale.compressed_segmentation_block_size ?? []);
  const words = new Uint32Array(bytes.slice().buffer);
  const shape4 = Uint32Array.from([...shape, info.num_channels]);
  if (voxels instanceof BigUint64Array) decodeUint64(voxels, words, 0, shape4, block);
  else if (voxels instanceof Uint32Array) decodeUint32(voxels, words, 0, shape4, block);
  else throw new Error(`compressed_segmentation of ${info.data_type}`);
  return voxels;
}

function place(
  voxels: VoxelArray,
  start: Triple,
  shape: Triple,
  data: VoxelArray,
  size: Triple,
  channels: number,
): void {
  const out: { [index: number]: number | bigint | undefined } = data;
  let i = 0;
  for (let c = 0; c < channels; c++) {
    for (let z = 0; z < shape[2]; z++) {
      for (let y = 0; y < shape[1]; y++) {
        const row = ((c * size[2] + start[2] + z) * size[1] + start[1] + y) * size[0] + start[0];
        for (let x = 0; x < shape[0]; x++) out[row + x] = voxels[i++];
      }
    }
  }
}
