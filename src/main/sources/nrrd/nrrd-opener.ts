import { basename, dirname, resolve } from 'node:path';
import { bytesPerVoxel } from '../../../shared/base/data-type';
import { InvalidInputError } from '../../../shared/base/errors';
import { orientationFacts, orientationOf, orientedGeometry, placeNotes } from '../array/affine';
import { bytesLength, filesOf, type BytesRef } from '../array/bytes-ref';
import { bzip2Blocks } from '../array/bzip2-blocks';
import { bytesOfFiles } from '../array/data-files';
import { denseOpener } from '../array/dense-opener';
import { denseMetadata, longerThanStated } from '../array/dense-source';
import { timesTaken } from '../array/array-axes';
import { layOutArray } from '../array/packed-array';
import { indexPieces } from '../array/piece-bytes';
import { fileFingerprint, lookAtFile, readHead, type FileRef } from '../array/random-bytes';
import { numbersOfText } from '../array/text-numbers';
import { gzipIndex } from '../deflate/gzip-file';
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
            voxelBytes(header),
            options,
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
      takes: timesTaken(axes),
      facts: [
        ['axes', axes.description],
        ...(header.affine === undefined ? [] : orientationFacts(orientationOf(header.affine))),
        ['encoding', header.encoding],
        ...(header.encoding === 'text'
          ? []
          : [['byte order', header.littleEndian ? 'little endian' : 'big endian'] as const]),
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
  return bytesOfFiles(names, path, voxelBytes(header), (file, partBytes) =>
    // Many files are opened again and again, so their indexes are part of the handle.
    dataOf(header, file, partBytes, { isIndexed: true }),
  );
}

/** @param dataBytes the length of the voxels in this file */
async function dataOf(
  header: NrrdHeader,
  file: FileRef,
  dataBytes: number,
  options: OpenOptions,
): Promise<{ bytes: BytesRef; offsetBytes: number }> {
  const isAttached = header.dataFile === undefined;
  const start = await afterLines(file, isAttached ? header.headerBytes : 0, header.lineSkip);
  const bytes = await unpacked(header, file, start, dataBytes, options);
  const isRaw = bytes.kind === 'file';
  return { bytes, offsetBytes: startOf(header, bytes, isRaw ? start : 0, dataBytes) };
}

async function unpacked(
  { encoding, dataType }: NrrdHeader,
  file: FileRef,
  start: number,
  dataBytes: number,
  options: OpenOptions,
): Promise<BytesRef> {
  switch (encoding) {
    case 'raw':
      return { kind: 'file', file };
    case 'gzip': {
      const range = { start, end: file.sizeBytes, wrapper: 'gzip' } as const;
      return { kind: 'deflate', file, index: await gzipIndex(file, range, dataBytes, options) };
    }
    case 'bzip2':
      return { kind: 'bzip2', file, index: await indexPieces(file, start * 8, bzip2Blocks) };
    case 'text':
      return { kind: 'text', file, dataType, index: await indexPieces(file, start, numbersOfText(dataType)) };
  }
}

/** Returns the position of the first voxel. The data is between `start` and the end of the unpacked bytes. */
function startOf(header: NrrdHeader, bytes: BytesRef, start: number, dataBytes: number): number {
  const { byteSkip, dataFile } = header;
  const endBytes = bytesLength(bytes);
  if (byteSkip !== undefined) return Math.max(0, byteSkip < 0 ? endBytes - dataBytes : start + byteSkip);
  if (dataFile !== undefined && endBytes - start > dataBytes) {
    throw longerThanStated(bytes.file.path, endBytes - start, dataBytes, {
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
