import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { openSource } from '../../../../src/main/sources/registry';
import type { OpenOptions } from '../../../../src/main/sources/source-opener';
import { encodeTiff } from '../../../../src/main/sources/tiff/tiff-writer';
import { boxOfShape } from '../../../../src/shared/base/box';
import { allocateVoxels, type VoxelArray } from '../../../../src/shared/base/data-type';
import { isStudioError, type StudioError } from '../../../../src/shared/base/errors';
import { product3 } from '../../../../src/shared/base/vec3';

/** Returns a slice of 5 × 4 voxels that all have the same value. */
export function evenSlice(value: number): Promise<Uint8Array> {
  return encodeTiff(new Uint16Array(20).fill(value), 5, 4);
}

/** Writes files to a folder. A number stands for an {@link evenSlice}, and a text for itself. */
export async function writeStack(
  folder: string,
  files: Readonly<Record<string, number | string | Uint8Array>>,
): Promise<string> {
  for (const [name, content] of Object.entries(files)) {
    const path = join(folder, name);
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, typeof content === 'number' ? await evenSlice(content) : content);
  }
  return folder;
}

/** Returns all voxels of a volume with one channel. */
export async function readVolume(path: string, options?: OpenOptions): Promise<VoxelArray> {
  const source = await openSource(path, options);
  try {
    const { size, dataType } = source.metadata;
    const box = boxOfShape(size);
    const data = allocateVoxels(dataType, product3(size));
    await source.read(box, { box, channels: 1, data });
    return data;
  } finally {
    await source.close();
  }
}

/** Returns the first voxel of each slice that was made by {@link evenSlice}. */
export async function sliceValues(path: string, options?: OpenOptions): Promise<string[]> {
  const voxels = await readVolume(path, options);
  return Array.from({ length: voxels.length / 20 }, (_, z) => String(voxels[20 * z]));
}

/** Returns the {@link StudioError} with which `work` fails. */
export async function failure(work: Promise<unknown>): Promise<StudioError> {
  try {
    await work;
  } catch (error) {
    if (isStudioError(error)) return error;
    throw error;
  }
  throw new Error('should have failed');
}
