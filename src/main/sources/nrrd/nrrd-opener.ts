import { basename, dirname, resolve } from 'node:path';
import { bytesPerVoxel } from '../../../shared/base/data-type';
import { InvalidInputError, UnsupportedError } from '../../../shared/base/errors';
import { orientationFacts, orientationOf, orientedGeometry, placeNotes } from '../array/affine';
import { filesOf, type BytesRef } from '../array/bytes-ref';
import { bytesOfFiles } from '../array/data-files';
import { denseOpener } from '../array/dense-opener';
import { denseMetadata, longerThanStated } from '../array/dense-source';
import { layOutArray } from '../array/packed-array';
import { fileFingerprint, lookAtFile, readHead, type FileRef } from '../array/random-bytes';
import { indexDeflate } from '../deflate/deflate-index';
import type { OpenOptions } from '../source-opener';
import type { SourceMetadata } from '../volume-source';
import { parseNrrdHeader, type NrrdHeader } from './nrrd-header';

const HEAD_BYTES = 1 << 20;

/** Opens NRRD files and headers whose data is in other files. Axes keep the order of the file; x is the fastest. */
export const nrrdOpener = denseOpener({
  format: 'nrrd',
  title: 'a NRRD file',
  recognises: ({ head }) => Buffer.from(head.subarray(0, 7)).toString('latin1') === 'NRRD000',
  async plan(path, options) {
    const file = await lookAtFile(path);
    const where = basename(path);
    const header = parseNrrdHeader(await readHead(file, HEAD_BYTES), where);
    const { bytes, offsetBytes } =
      header.dataFiles === undefined
        ? await dataOf(
            header,
            header.dataFile === undefined ? file : await lookAtFile(resolve(dirname(path), header.dataFile)),
          )
        : { bytes: await dataOfFiles(header, header.dataFiles, path), offsetBytes: 0 };
    const array = {
      shape: header.sizes.toReversed(),
      order: 'C',
      names: header.axes.toReversed(),
      offsetBytes,
    } as const;
    const { axes, layout } = layOutArray({ ...header, ...array }, bytes, options, where);
    const isTurned = options.orientation === 'ras';
    const oriented =
      options.axes === undefined ? orientedGeometry(header.geometry, header.affine, axes.size, isTurned) : {};
    const metadata = denseMetadata(layout, null, bytes, {
      format: 'NRRD',
      ...oriented,
      ...segmentsOf(header, options),
      facts: [
        ['axes', axes.description],
        ...(header.affine === undefined ? [] : orientationFacts(orientationOf(header.affine))),
        ['encoding', header.encoding],
        ['byte order', header.littleEndian ? 'little endian' : 'big endian'],
      ],
      passedOver: [...header.notes, ...placeNotes(oriented, header.affine)],
      fingerprint: fileFingerprint(file, ...filesOf(bytes)),
    });
    return { format: 'nrrd', bytes, layout, storedAs: null, metadata };
  },
});

/** Returns the segments of the chosen layer. Overlapping segments are in different layers, which are channels. */
function segmentsOf({ segments }: NrrdHeader, { channel }: OpenOptions): Partial<SourceMetadata> {
  if (segments.length === 0) return {};
  const layer = /^\d+$/.test(channel ?? '0') ? Number(channel ?? 0) : 0;
  const own = segments.filter((segment) => segment.layer === layer);
  return {
    kind: 'segmentation',
    segmentNames: own.map(({ value, name }) => [String(BigInt(value)), name] as const),
  };
}

function voxelBytes({ sizes, dataType }: NrrdHeader): number {
  return sizes.reduce((product, size) => product * size, bytesPerVoxel(dataType));
}

function dataOfFiles(header: NrrdHeader, names: readonly string[], path: string): Promise<BytesRef> {
  if (header.encoding !== 'raw' || header.lineSkip > 0) {
    throw new UnsupportedError(`${path} has its data in several files that are packed or begin with lines.`, {
      remedy: 'Save it as one file: unu save -f nrrd -e gzip -i INPUT -o OUTPUT.nrrd.',
    });
  }
  return bytesOfFiles(names, path, voxelBytes(header), header.byteSkip);
}

async function dataOf(header: NrrdHeader, file: FileRef): Promise<{ bytes: BytesRef; offsetBytes: number }> {
  const start = header.dataFile === undefined ? header.headerBytes : 0;
  const lines = await afterLines(file, start, header.lineSkip);
  if (header.encoding === 'gzip') {
    const range = { start: lines, end: file.sizeBytes, wrapper: 'gzip' } as const;
    const index = await indexDeflate(file, range);
    return { bytes: { kind: 'deflate', file, index }, offsetBytes: startOf(header, file, 0, index.rawBytes) };
  }
  return { bytes: { kind: 'file', file }, offsetBytes: startOf(header, file, lines, file.sizeBytes) };
}

/** Returns the position of the first voxel. The data is between the positions `start` and `endBytes`. */
function startOf(header: NrrdHeader, file: FileRef, start: number, endBytes: number): number {
  const dataBytes = voxelBytes(header);
  const { byteSkip, dataFile } = header;
  if (byteSkip !== undefined) return Math.max(0, byteSkip < 0 ? endBytes - dataBytes : start + byteSkip);
  if (dataFile !== undefined && endBytes - start > dataBytes) {
    throw longerThanStated(file.path, endBytes - start, dataBytes, {
      start: 'byte skip: 0',
      end: 'byte skip: -1',
      where: 'to the header',
    });
  }
  return start;
}

async function afterLines(file: FileRef, start: number, lines: number): Promise<number> {
  if (lines === 0) return start;
  const head = await readHead(file, start + HEAD_BYTES);
  let at = start;
  for (let i = 0; i < lines; i++) {
    const end = head.indexOf('\n', at);
    if (end < 0)
      throw new InvalidInputError(`${file.path} has fewer than the ${lines} lines that are to be skipped.`);
    at = end + 1;
  }
  return at;
}
