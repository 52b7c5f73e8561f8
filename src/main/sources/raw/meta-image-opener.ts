import { basename, dirname, resolve } from 'node:path';
import { bytesPerVoxel } from '../../../shared/base/data-type';
import { product3 } from '../../../shared/base/vec3';
import { orientationFacts, orientationOf, orientedGeometry, placeNotes } from '../array/affine';
import { filesOf, type BytesRef } from '../array/bytes-ref';
import { bytesOfFiles } from '../array/data-files';
import { denseOpener } from '../array/dense-opener';
import { denseMetadata, longerThanStated } from '../array/dense-source';
import { timesTaken } from '../array/array-axes';
import { layOutArray } from '../array/packed-array';
import { indexPieces } from '../array/piece-bytes';
import { endsEarly, fileFingerprint, lookAtFile, readHead, type FileRef } from '../array/random-bytes';
import { numbersOfText } from '../array/text-numbers';
import { indexDeflate } from '../deflate/deflate-index';
import { isMetaImage, parseMetaImageHeader, type MetaImageHeader } from './meta-image-header';

const HEAD_BYTES = 1 << 20;
/** The size of the header of a zlib stream (RFC 1950). */
const ZLIB_HEADER_BYTES = 2;

/** Opens MetaImage files: a text header, with the voxels after it or in another file. */
export const metaImageOpener = denseOpener({
  format: 'meta-image',
  title: 'a MetaImage (.mha, .mhd)',
  recognises: ({ head }) => isMetaImage(head),
  async plan(path, options) {
    const file = await lookAtFile(path);
    const header = parseMetaImageHeader(await readHead(file, HEAD_BYTES), basename(path));
    const { dataFile, dataFiles, dataType, littleEndian } = header;
    const { bytes, offsetBytes } =
      dataFiles === undefined
        ? await dataOf(
            header,
            dataFile === undefined ? file : await lookAtFile(resolve(dirname(path), dataFile)),
            voxelBytes(header),
          )
        : { bytes: await dataOfFiles(header, dataFiles, path), offsetBytes: 0 };
    const { shape, names } = axesOf(header);
    const where = basename(path);
    const array = { shape, order: 'C', names, dataType, littleEndian, offsetBytes } as const;
    const { axes, layout } = layOutArray(array, bytes, options, where);
    const isTurned = options.orientation === 'ras';
    const oriented =
      options.axes === undefined ? orientedGeometry(header.geometry, header.affine, axes.size, isTurned) : {};
    const metadata = denseMetadata(layout, null, bytes, {
      format: 'MetaImage',
      ...oriented,
      takes: timesTaken(axes),
      facts: [
        ...(header.affine === undefined ? [] : orientationFacts(orientationOf(header.affine))),
        ...(header.isText
          ? [['numbers', 'text'] as const]
          : [['byte order', littleEndian ? 'little endian' : 'big endian'] as const]),
        ['compression', header.isCompressed ? 'zlib' : 'none'],
      ],
      passedOver: placeNotes(oriented, header.affine),
      fingerprint: fileFingerprint(file, ...filesOf(bytes)),
    });
    return { format: 'meta-image', bytes, layout, storedAs: null, metadata };
  },
});

/** Returns the axes, the slowest first. Points in time and channels are axes only if there are several. */
function axesOf({ size, times, channels }: MetaImageHeader): { shape: number[]; names: string[] } {
  const spatial = size.toReversed();
  return {
    shape: [...(times > 1 ? [times] : []), ...spatial, ...(channels > 1 ? [channels] : [])],
    names: [...(times > 1 ? ['t'] : []), 'z', 'y', 'x', ...(channels > 1 ? ['c'] : [])],
  };
}

function voxelBytes({ size, times, channels, dataType }: MetaImageHeader): number {
  return product3(size) * times * channels * bytesPerVoxel(dataType);
}

function dataOfFiles(header: MetaImageHeader, names: readonly string[], path: string): Promise<BytesRef> {
  return bytesOfFiles(names, path, voxelBytes(header), (file, partBytes) => dataOf(header, file, partBytes));
}

/** @param dataBytes the length of the voxels in this file */
async function dataOf(
  header: MetaImageHeader,
  file: FileRef,
  dataBytes: number,
): Promise<{ bytes: BytesRef; offsetBytes: number }> {
  const { dataFile, headerBytes, skipBytes, isCompressed, isText, dataType } = header;
  const start = dataFile === undefined ? headerBytes : Math.max(0, skipBytes ?? 0);
  if (isText) {
    const index = await indexPieces(file, start, numbersOfText(dataType));
    return { bytes: { kind: 'text', file, dataType, index }, offsetBytes: 0 };
  }
  if (isCompressed) {
    const end = start + (header.dataFiles === undefined ? (header.compressedBytes ?? 0) : 0);
    if (end > file.sizeBytes) throw endsEarly(file.path, file.sizeBytes, end);
    const range = { start: start + ZLIB_HEADER_BYTES, end: file.sizeBytes, wrapper: 'none' } as const;
    return { bytes: { kind: 'deflate', file, index: await indexDeflate(file, range) }, offsetBytes: 0 };
  }
  if (dataFile !== undefined && skipBytes === undefined && file.sizeBytes > dataBytes) {
    throw longerThanStated(file.path, file.sizeBytes, dataBytes, {
      start: 'HeaderSize = 0',
      end: 'HeaderSize = -1',
      where: 'to the header, before ElementDataFile',
    });
  }
  return {
    bytes: { kind: 'file', file },
    offsetBytes: skipBytes !== undefined && skipBytes < 0 ? Math.max(0, file.sizeBytes - dataBytes) : start,
  };
}
