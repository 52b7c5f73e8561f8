import { basename, dirname, resolve } from 'node:path';
import { bytesPerVoxel } from '../../../shared/base/data-type';
import { product3 } from '../../../shared/base/vec3';
import { packedStrides, stridesOf, type AxisName } from '../array/array-axes';
import { bytesLength, type BytesRef } from '../array/bytes-ref';
import type { DenseLayout } from '../array/dense-parts';
import { denseOpener } from '../array/dense-opener';
import { checkLength, denseMetadata, longerThanStated } from '../array/dense-source';
import { fileFingerprint, lookAtFile, readHead } from '../array/random-bytes';
import { contentOf } from '../deflate/gzip-file';
import { parseRawDescription } from './raw-description';

const MOST_BYTES = 1 << 16;

/** Opens raw files: voxels without a header, described by a JSON file. */
export const rawOpener = denseOpener({
  format: 'raw',
  title: 'a JSON description of a raw file',
  recognises({ head }) {
    const text = Buffer.from(head).toString('utf8');
    // Two of the three keys are enough, so that a missing or misspelt third one is reported later.
    const known = ['"file"', '"size"', '"dataType"'].filter((key) => text.includes(key));
    return text.trimStart().startsWith('{') && known.length > 1;
  },
  async plan(path, options) {
    const description = await lookAtFile(path);
    const head = await readHead(description, MOST_BYTES);
    const {
      file,
      size,
      channels,
      dataType,
      byteOrder,
      offsetBytes: statedOffset,
      axes,
      resolution,
      voxelOffset,
    } = parseRawDescription(head.toString('utf8'), basename(path));
    const data = await lookAtFile(resolve(dirname(path), file));
    const length = product3(size) * channels * bytesPerVoxel(dataType);
    const bytes: BytesRef =
      data.sizeBytes === length
        ? { kind: 'file', file: data }
        : await contentOf(data, length + (statedOffset ?? 0), options);
    const unpackedBytes = bytesLength(bytes);
    if (statedOffset === undefined && unpackedBytes > length) {
      throw longerThanStated(data.path, unpackedBytes, length, {
        start: '"offsetBytes": 0',
        end: `"offsetBytes": ${unpackedBytes - length}`,
        where: 'to the description',
      });
    }
    const offsetBytes = statedOffset ?? 0;
    const names = [...axes] as AxisName[];
    const extents: Readonly<Record<string, number>> = { x: size[0], y: size[1], z: size[2], c: channels };
    const shape = names.map((name) => extents[name] ?? 1);
    const layout: DenseLayout = {
      dataType,
      littleEndian: byteOrder === 'little',
      offsetBytes,
      size,
      channels,
      strides: stridesOf(names, packedStrides(shape, 'C')),
    };
    checkLength(layout, unpackedBytes, data.path);
    const metadata = denseMetadata(layout, null, bytes, {
      format: 'raw',
      ...(resolution === undefined ? {} : { resolutionNm: resolution }),
      ...(voxelOffset === undefined ? {} : { voxelOffset }),
      facts: [
        ['axes', axes],
        ['byte order', `${byteOrder} endian`],
      ],
      passedOver: [],
      fingerprint: fileFingerprint(description, data),
    });
    return { format: 'raw', bytes, layout, storedAs: null, metadata };
  },
});
