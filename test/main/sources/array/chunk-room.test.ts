import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { deflateSync, gzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { takeChunkRooms, type ChunkRoom } from '../../../../src/main/sources/array/chunk-room';
import { deflatePairs, GZIP, ZLIB } from '../../../../src/main/sources/array/deflate-pairs';
import { openContainer } from '../../../../src/main/sources/containers/container';
import { withConsolidated } from '../../../../src/main/sources/zarr/consolidated-metadata';
import { allocateKernelMemory } from '../../../../src/shared/base/kernel-memory';
import { noise } from '../../../shared/deflate/content';
import { temporaryFolder } from '../../../temporary-folder';

const VOXELS = [noise(5000, 1), noise(5000, 2)];

function stored(room: ChunkRoom | undefined, bytes: Uint8Array): Uint8Array {
  const place = room?.forStored(bytes.length) ?? new Uint8Array();
  place.set(bytes);
  return place;
}

describe('rooms for chunks', () => {
  test.each([
    ['gzip', GZIP, gzipSync],
    ['zlib', ZLIB, deflateSync],
  ])('hold two %s chunks, of which unpacking changes no stored byte', async (_, packing, pack) => {
    const { buffer } = allocateKernelMemory(100, 1);
    const { rooms } = takeChunkRooms(buffer, 2, 5000);
    const packed = VOXELS.map((voxels) => Uint8Array.from(pack(voxels)));
    const places = packed.map((bytes, i) => stored(rooms[i], bytes));
    expect(places.map((place) => place.buffer)).toEqual([buffer, buffer]);
    const unpacked = await Promise.all(
      places.map((place, i) =>
        deflatePairs.during(() => deflatePairs.unpack(packing, place, 5000, rooms[i]?.voxels)),
      ),
    );
    expect(unpacked.map((bytes, i) => bytes === rooms[i]?.voxels)).toEqual([true, true]);
    expect(unpacked.map((bytes) => Uint8Array.from(bytes))).toEqual(VOXELS);
    expect(places.map((place) => Uint8Array.from(place))).toEqual(packed);
  });

  test('keep a margin between the stored bytes of two chunks', () => {
    const { rooms } = takeChunkRooms(allocateKernelMemory(100, 1).buffer, 2, 2 ** 20);
    const [first, second] = rooms.map((room) => room.forStored(2 ** 17 - 2 ** 13));
    const [start = 0, end = 0] = [second?.byteOffset, first && first.byteOffset + first.length];
    expect(first?.buffer).toBe(second?.buffer);
    expect(start - end).toBeGreaterThanOrEqual(32);
  });

  test('give fresh memory for what does not fit', () => {
    const { buffer } = allocateKernelMemory(100, 1);
    const { rooms } = takeChunkRooms(buffer, 1, 1000);
    expect(rooms[0]?.forStored(2 ** 22).buffer).not.toBe(buffer);
  });

  test('can be taken by one read at a time, and by none without kernel memory', () => {
    const { buffer } = allocateKernelMemory(100, 1);
    const { rooms, release } = takeChunkRooms(buffer, 2, 1000);
    expect(rooms).toHaveLength(2);
    expect(takeChunkRooms(buffer, 2, 1000).rooms).toHaveLength(0);
    release();
    expect(takeChunkRooms(buffer, 2, 1000).rooms).toHaveLength(2);
    expect(takeChunkRooms(new ArrayBuffer(100), 2, 1000).rooms).toHaveLength(0);
  });

  test('are where chunks of Zarr are read to', async () => {
    const path = await temporaryFolder();
    await writeFile(join(path, '0'), 'a chunk');
    const { rooms } = takeChunkRooms(allocateKernelMemory(100, 1).buffer, 1, 1000);
    const bytes = await openContainer({ kind: 'folder', path }, (container) =>
      withConsolidated(container).getRange('0', 2, 5, rooms[0]?.forStored),
    );
    expect(Buffer.from(bytes ?? []).toString()).toBe('chunk');
    expect(bytes?.buffer).toBe(rooms[0]?.voxels.buffer);
  });
});
