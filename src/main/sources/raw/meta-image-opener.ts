import { basename, dirname, resolve } from 'node:path';
import { bytesPerVoxel } from '../../../shared/base/data-type';
import { product3 } from '../../../shared/base/vec3';
import { packedStrides, stridesOf } from '../array/array-axes';
import { orientationFacts, orientationOf, orientedGeometry, placeNotes } from '../array/affine';
import { bytesLength, type BytesRef } from '../array/bytes-ref';
import type { DenseLayout } from '../array/dense-parts';
import { denseOpener } from '../array/dense-opener';
import { checkLength, denseMetadata, longerThanTold } from '../array/dense-source';
import { endsEarly, fileFingerprint, lookAtFile, readHead, type FileRef } from '../array/random-bytes';
import { indexDeflate } from '../deflate/deflate-index';
import { isMetaImage, parseMetaImageHeader, type MetaImageHeader } from './meta-image-header';

const HEAD_BYTES = 1 << 16;
/** Of a zlib stream (RFC 1950). */
const ZLIB_HEADER_BYTES = 2;

/** A header in text with the voxels behind it or in a file of their own. */
export const metaImageOpener = denseOpener({
  format: 'meta-image',
  title: 'a MetaImage (.mha, .mhd)',
  recognises: ({ head }) => isMetaImage(head),
  async plan(path, options) {
    const file = await lookAtFile(path);
    const header = parseMetaImageHeader(await readHead(file, HEAD_BYTES), basename(path));
    const { dataFile, dataType, size, channels, littleEndian } = header;
    const data = dataFile === undefined ? file : await lookAtFile(resolve(dirname(path), dataFile));
    const { bytes, offsetBytes } = await dataOf(header, data);
    const shape = [...size.toReversed(), channels];
    const layout: DenseLayout = {
      dataType,
      littleEndian,
      offsetBytes,
      size,
      channels,
      strides: stridesOf(['z', 'y', 'x', 'c'], packedStrides(shape, 'C')),
    };
    checkLength(layout, bytesLength(bytes), data.path);
    const told = orientedGeometry(header.geometry, header.affine, size, options.orientation === 'ras');
    const metadata = denseMetadata(layout, null, bytes, {
      format: 'MetaImage',
      ...told,
      facts: [
        ...(header.affine === undefined ? [] : orientationFacts(orientationOf(header.affine))),
        ['byte order', littleEndian ? 'little endian' : 'big endian'],
        ['compression', header.isCompressed ? 'zlib' : 'none'],
      ],
      passedOver: placeNotes(told, header.affine),
      fingerprint: fileFingerprint(file, data),
    });
    return { format: 'meta-image', bytes, layout, storedAs: null, metadata };
  },
});

async function dataOf(
  header: MetaImageHeader,
  file: FileRef,
): Promise<{ bytes: BytesRef; offsetBytes: number }> {
  const { dataFile, headerBytes, skipBytes, isCompressed } = header;
  const start = dataFile === undefined ? headerBytes : Math.max(0, skipBytes ?? 0);
  if (isCompressed) {
    const end = start + (header.compressedBytes ?? 0);
    if (end > file.sizeBytes) throw endsEarly(file.path, file.sizeBytes, end);
    const range = { start: start + ZLIB_HEADER_BYTES, end: file.sizeBytes, wrapper: 'none' } as const;
    return { bytes: { kind: 'deflate', file, index: await indexDeflate(file, range) }, offsetBytes: 0 };
  }
  const length = product3(header.size) * header.channels * bytesPerVoxel(header.dataType);
  if (dataFile !== undefined && skipBytes === undefined && file.sizeBytes > length) {
    throw longerThanTold(file.path, file.sizeBytes, length, {
      start: 'HeaderSize = 0',
      end: 'HeaderSize = -1',
      where: 'to the header, before ElementDataFile',
    });
  }
  return {
    bytes: { kind: 'file', file },
    offsetBytes: skipBytes !== undefined && skipBytes < 0 ? Math.max(0, file.sizeBytes - length) : start,
  };
}
