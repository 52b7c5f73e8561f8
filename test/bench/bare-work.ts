import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import { measured, type Measurement } from './harness';
import { compressedStrips } from './read-tiff';
import { setAside } from './set-aside';

/**
 * Measures the work that every conversion has to do: reading and inflating the slices of `stack`, writing all voxels
 * to memory and reading them once, and compressing and writing the chunks of `dataset`, which is the conversion's
 * result. Each part runs alone on one thread, repeatedly in the same small memory. The result is the sum of the parts
 * in seconds, divided by the number of cores as if nothing ever waited, and in processor time.
 */
export async function bareWork(stack: string, dataset: string, volumeBytes: number, folder: string) {
  const chunks = await unzippedChunks(dataset);
  const voxels = new Uint8Array(volumeBytes).fill(1);
  const into = new Uint8Array(volumeBytes).fill(1);
  return async (): Promise<Measurement> => {
    const target = join(folder, 'bare');
    await mkdir(target);
    const { seconds, cpuSeconds } = await measured(async () => {
      for (const { inflate } of await compressedStrips(stack)) inflate();
      into.set(voxels);
      for (let i = 0; i < chunks.length; i++) {
        await writeFile(join(target, String(i)), gzipSync(chunks[i] ?? new Uint8Array(0)));
      }
    });
    await setAside(target);
    return { seconds: seconds / availableParallelism(), cpuSeconds };
  };
}

async function unzippedChunks(dataset: string): Promise<Uint8Array[]> {
  const entries = await readdir(dataset, { recursive: true, withFileTypes: true });
  const paths = entries
    .filter((entry) => entry.isFile() && entry.name.endsWith('.gz'))
    .map((entry) => join(entry.parentPath, entry.name));
  return Promise.all(paths.map(async (path) => gunzipSync(await readFile(path))));
}
