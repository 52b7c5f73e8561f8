import type { VolumeBlock } from '../../../shared/base/volume-block';
import { bytesOf, type VolumeWriter } from './exported-volume';
import { GzippedPart, PartFile } from './part-file';

interface DenseFile {
  readonly header: Uint8Array;
  /** The parts of the file that are compressed with gzip: nothing, everything, or only the voxels. */
  readonly packs: 'nothing' | 'all' | 'voxels';
}

/** Begins a file that consists of a header and the voxels. */
export async function createDenseFile(path: string, { header, packs }: DenseFile): Promise<VolumeWriter> {
  const file = await PartFile.create(path);
  if (packs !== 'all') await file.append(header);
  const gzip = packs === 'nothing' ? undefined : new GzippedPart(file);
  if (packs === 'all') await gzip?.append(header);
  return {
    async write(block: VolumeBlock) {
      await (gzip ?? file).append(bytesOf(block));
    },
    async finish() {
      await gzip?.end();
      await file.finish();
      return { files: 1, bytes: file.length };
    },
    async abandon() {
      await gzip?.abandon();
      await file.abandon();
    },
  };
}
