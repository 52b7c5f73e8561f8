/**
 * Writes NumPy's .npy, version 1: the shape and type as a Python literal, then the voxels, with indices in the order
 * z, y, x. The format has no voxel sizes. These are in a JSON file beside it, which also describes the .npy file so
 * that it can be converted again.
 *
 * Source: https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html
 */
import { basename } from 'node:path';
import { EXPORT_FORMATS } from '../../../shared/api/export-spec';
import { bytesPerVoxel } from '../../../shared/base/data-type';
import { createDenseFile } from './dense-file';
import type { ExportedVolume, VolumeFormat } from './exported-volume';
import { PartFile } from './part-file';

const MAGIC = '\x93NUMPY\x01\x00';
/** Headers are padded to a multiple of this. */
const ALIGNMENT = 64;

export const npyFormat: VolumeFormat = {
  ...EXPORT_FORMATS.npy,
  hasChannelsTogether: false,
  beside: (path) => [describedIn(path)],
  notes: (volume) => [
    `.npy files do not store the voxel size. It is in the .json file beside it; use that file as the input to convert it again (${volume.resolutionNm.join(' × ')} nm).`,
  ],
  async create(path, volume) {
    const header = headerOf(volume);
    const json = await PartFile.create(describedIn(path));
    await json.append(
      Buffer.from(`${JSON.stringify(descriptionOf(volume, path, header.length), null, 2)}\n`),
    );
    const voxels = await createDenseFile(path, { header, packs: 'nothing' }).catch(async (error: unknown) => {
      await json.abandon();
      throw error;
    });
    return {
      write: (block, channel) => voxels.write(block, channel),
      async finish() {
        const written = await voxels.finish();
        await json.finish();
        return { files: 2, bytes: written.bytes + json.length };
      },
      async abandon() {
        await json.abandon();
        await voxels.abandon();
      },
    };
  },
};

function describedIn(path: string): string {
  return path.replace(/\.npy$/, '.json');
}

/** Returns the shape of the array, indexed as `a[z, y, x]` or `a[c, z, y, x]`. */
function shapeOf({ size, channels }: ExportedVolume): number[] {
  return [...(channels > 1 ? [channels] : []), ...size.toReversed()];
}

function headerOf(volume: ExportedVolume): Buffer {
  const { dataType } = volume;
  const size = bytesPerVoxel(dataType);
  const kind = dataType.startsWith('float') ? 'f' : dataType.startsWith('u') ? 'u' : 'i';
  const descr = `${size === 1 ? '|' : '<'}${kind}${size}`;
  const text = `{'descr': '${descr}', 'fortran_order': False, 'shape': (${shapeOf(volume).join(', ')}), }`;
  const before = MAGIC.length + 2;
  const length = Math.ceil((before + text.length + 1) / ALIGNMENT) * ALIGNMENT - before;
  const header = Buffer.alloc(before + length, ' ');
  header.write(MAGIC, 0, 'latin1');
  header.writeUInt16LE(length, MAGIC.length);
  header.write(text, before, 'latin1');
  header.write('\n', before + length - 1, 'latin1');
  return header;
}

/** Returns the description that raw-description.ts reads. */
function descriptionOf(volume: ExportedVolume, path: string, headerBytes: number): object {
  const { size, channels, dataType, resolutionNm, voxelOffset } = volume;
  return {
    file: basename(path),
    size,
    channels,
    dataType,
    byteOrder: 'little',
    offsetBytes: headerBytes,
    axes: channels > 1 ? 'czyx' : 'zyx',
    resolution: resolutionNm,
    voxelOffset,
  };
}
