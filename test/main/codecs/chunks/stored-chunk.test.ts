import { describe, expect, test } from 'vitest';
import { decodeStoredChunk, encodeStoredChunk } from '../../../../src/main/codecs/chunks/stored-chunk';
import { boxOfShape, boxShape, boxVolume, type Box } from '../../../../src/shared/base/box';
import { allocateVoxels, voxelView } from '../../../../src/shared/base/data-type';
import { allocateKernelMemory } from '../../../../src/shared/base/kernel-memory';
import type { Vec3 } from '../../../../src/shared/base/vec3';
import { copyBox } from '../../../../src/shared/kernels/copy-box';
import type { ScaleInfo, VolumeInfo } from '../../../../src/shared/precomputed/volume-info';
import { bytesOf, randomVoxels } from '../../../shared/kernels/random-voxels';

const SIZE: Vec3 = [70, 33, 9];
const CHUNK: Box = { min: [3, 1, 2], max: [68, 30, 9] };

type Encoding = ScaleInfo['encoding'];
type Type = VolumeInfo['data_type'];

function infoOf(encoding: Encoding, type: Type, channels: number): { info: VolumeInfo; scale: ScaleInfo } {
  const scale: ScaleInfo = {
    key: '8_8_8',
    size: [...SIZE],
    resolution: [8, 8, 8],
    voxel_offset: [0, 0, 0],
    chunk_sizes: [[65, 29, 7]],
    encoding,
  };
  return { info: { type: 'image', data_type: type, num_channels: channels, scales: [scale] }, scale };
}

describe.each<[Encoding, Type, number]>([
  ['raw', 'uint8', 1],
  ['raw', 'uint8', 3],
  ['raw', 'uint16', 1],
  ['raw', 'float32', 2],
  ['raw', 'uint64', 1],
  ['png', 'uint8', 1],
  ['png', 'uint16', 1],
  ['jpeg', 'uint8', 1],
  ['jpeg', 'uint8', 3],
])('a chunk of %s, %s, %i channels', (encoding, type, channels) => {
  const { info, scale } = infoOf(encoding, type, channels);
  const box = boxOfShape(SIZE);
  const data = randomVoxels(type, boxVolume(box) * channels, { labels: 0, runs: 3 });
  const block = { box, channels, data };

  test('is the same from memory that kernels work in', async () => {
    const { buffer } = allocateKernelMemory(data.byteLength, 1);
    const shared = voxelView(type, buffer, 0, data.length);
    copyBox(block, { box, channels, data: shared }, box);
    const bytes = Buffer.from(await encodeStoredChunk(info, scale, { box, channels, data: shared }, CHUNK));
    expect(bytes.equals(Buffer.from(await encodeStoredChunk(info, scale, block, CHUNK)))).toBe(true);
    // The block itself must not change.
    expect(bytesOf(shared).equals(bytesOf(data))).toBe(true);
  });

  test.runIf(encoding !== 'jpeg')('holds the voxels of its box', async () => {
    const bytes = Buffer.from(await encodeStoredChunk(info, scale, block, CHUNK));
    const decoded = allocateVoxels(type, boxVolume(CHUNK) * channels);
    await decodeStoredChunk(info, scale, bytes, boxShape(CHUNK), decoded);
    const expected = allocateVoxels(type, decoded.length);
    copyBox(block, { box: CHUNK, channels, data: expected }, CHUNK);
    expect(bytesOf(decoded).equals(bytesOf(expected))).toBe(true);
  });
});

test('a chunk larger than what a thread has to itself in the memory is the same', async () => {
  const { info, scale } = infoOf('raw', 'uint8', 1);
  const box = boxOfShape([512, 512, 20]);
  const { buffer } = allocateKernelMemory(boxVolume(box), 1);
  const data = voxelView('uint8', buffer, 0, boxVolume(box));
  for (let i = 0; i < data.length; i += 997) data[i] = i;
  const bytes = await encodeStoredChunk(info, scale, { box, channels: 1, data }, box);
  expect(bytes.length).toBe(boxVolume(box));
  expect(Buffer.from(bytes).equals(bytesOf(data))).toBe(true);
});
