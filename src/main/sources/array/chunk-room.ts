import { reserveScratch } from '../../../shared/base/kernel-memory';
import { freshMemory, type Allocate } from '../../base/regular-file';

/** Kernels write to so many bytes after what they unpack, and put their content back. */
const MARGIN_BYTES = 64;

/**
 * Memory beside the target of a read, in which kernels unpack a chunk where it was read, to where its voxels are needed.
 * The next chunk is read to the same memory.
 */
export interface ChunkRoom {
  /** For the voxels of a whole chunk. */
  readonly voxels: Uint8Array;
  /** Gives memory for bytes of the chunk as it is stored, once: in this room if they fit, otherwise fresh memory. */
  readonly forStored: Allocate;
}

/** Rooms for chunks that are read at the same time. */
export interface ChunkRooms {
  /** None if there is no such memory. */
  readonly rooms: readonly ChunkRoom[];
  /** Gives the memory back. */
  release(): void;
}

/** Returns rooms in the memory of `target` for `count` chunks, whose voxels take `voxelBytes` each. */
export function takeChunkRooms(target: ArrayBufferLike, count: number, voxelBytes: number): ChunkRooms {
  const scratch = reserveScratch(target, count * aligned(voxelBytes));
  if (scratch === undefined) return { rooms: [], release: () => undefined };
  const { bytes, release } = scratch;
  const storedAt = count * aligned(voxelBytes);
  const share = Math.floor((bytes.length - storedAt) / count);
  const mostStored = share - MARGIN_BYTES;
  const rooms = Array.from({ length: count }, (_, i): ChunkRoom => {
    const voxels = bytes.subarray(i * aligned(voxelBytes)).subarray(0, voxelBytes);
    const stored = bytes.subarray(storedAt + i * share).subarray(0, Math.max(0, mostStored));
    const forStored: Allocate = (lengthBytes) =>
      lengthBytes > mostStored ? freshMemory(lengthBytes) : stored.subarray(0, lengthBytes);
    return { voxels, forStored };
  });
  return { rooms, release };
}

/** Voxels lie at a multiple of their size. */
function aligned(bytes: number): number {
  return 16 * Math.ceil(bytes / 16);
}
