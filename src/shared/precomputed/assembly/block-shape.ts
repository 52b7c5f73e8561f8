/**
 * The shape of the chunks and blocks of compressed_segmentation, and of the block that is being encoded or decoded. It is
 * kept in globals of the kernel's instance, which belongs to one thread.
 */

/** The size of the chunks in voxels. */
export let sizeX: u32 = 0;
export let sizeY: u32 = 0;
export let sizeZ: u32 = 0;

/** The size of their blocks in voxels. */
export let blockX: u32 = 0;
export let blockY: u32 = 0;
export let blockZ: u32 = 0;
export let blockVoxels: u32 = 0;

/** The distances in bytes from one row of voxels to the next, and from one slice to the next. */
export let rowBytes: usize = 0;
export let sliceBytes: usize = 0;

/** The size of the part of the current block that is in the chunk. */
export let width: u32 = 0;
export let height: u32 = 0;
export let depth: u32 = 0;

/** Sets the size in voxels of the chunks that begin from now on. */
export function chunkShape(x: u32, y: u32, z: u32): void {
  sizeX = x;
  sizeY = y;
  sizeZ = z;
}

/** Sets the size in voxels of their blocks, which have at most 2^24 voxels. */
export function blockShape(x: u32, y: u32, z: u32): void {
  blockX = x;
  blockY = y;
  blockZ = z;
  blockVoxels = x * y * z;
}

export function setRows(bytesOfRow: usize, bytesOfSlice: usize): void {
  rowBytes = bytesOfRow;
  sliceBytes = bytesOfSlice;
}

/** Goes to the block at x and y of the chunk, in a layer of so many slices. */
export function goToBlock(x: u32, y: u32, slices: u32): void {
  width = min(blockX, sizeX - x);
  height = min(blockY, sizeY - y);
  depth = slices;
}

/** Returns the position, in a full block, of the first voxel of a row. */
export function rowStart(y: u32, z: u32): u32 {
  return (z * blockY + y) * blockX;
}
