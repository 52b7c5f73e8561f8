import { basename } from 'node:path';
import { InvalidInputError } from '../../../shared/base/errors';
import type { BytesRef } from '../array/bytes-ref';
import { chooseDataset } from '../array/choose-dataset';
import { denseOpener } from '../array/dense-opener';
import { denseMetadata } from '../array/dense-source';
import { layOutArray } from '../array/packed-array';
import {
  endsEarly,
  fileFingerprint,
  FileBytes,
  lookAtFile,
  readHead,
  type FileRef,
} from '../array/random-bytes';
import { indexDeflate } from '../deflate/deflate-index';
import { isAmira, parseAmiraHeader, type AmiraArray } from './amira-header';
import { indexRuns } from '../array/run-lengths';

const HEAD_BYTES = 1 << 22;
/** The size of the header of a zlib stream (RFC 1950). */
const ZLIB_HEADER_BYTES = 2;
/** There are fewer bytes than this between the data of two arrays. */
const BETWEEN_BYTES = 64;

/** Opens an image or a label field of Amira or Avizo, whose voxels may be packed. */
export const amiraOpener = denseOpener({
  format: 'amira',
  title: 'an Amira or Avizo volume (.am)',
  recognises: ({ head }) => isAmira(head),
  async plan(path, options) {
    const file = await lookAtFile(path);
    const where = basename(path);
    const head = (await readHead(file, HEAD_BYTES)).toString('latin1');
    const data = /^@1[ \t]*\r?\n/m.exec(head);
    if (data === null) {
      throw new InvalidInputError(`${where} has no data: no line @1 ends its header.`, {
        remedy: 'The file is cut off or damaged: copy it again from the original.',
      });
    }
    const text = Buffer.from(head.slice(0, data.index), 'latin1').toString('utf8');
    const header = parseAmiraHeader(text, where);
    const array = chooseDataset(header.arrays, options.dataset, path, options.kind);
    const start = await placeOf(array, header.arrays, file, data.index + data[0].length);
    const { bytes, offsetBytes } = await dataOf(array, file, start);
    const shape = [...header.size.toReversed(), ...(array.channels > 1 ? [array.channels] : [])];
    const names = ['z', 'y', 'x', ...(array.channels > 1 ? ['c'] : [])];
    const { dataType } = array;
    const { littleEndian } = header;
    const stored = { shape, order: 'C', names, dataType, littleEndian, offsetBytes } as const;
    const { axes, layout } = layOutArray(stored, bytes, options, where);
    const metadata = denseMetadata(layout, null, bytes, {
      format: 'Amira',
      ...(options.axes === undefined ? header.geometry : {}),
      ...(header.hasMaterials ? { kind: 'segmentation', segmentNames: header.segmentNames } : {}),
      facts: [
        ['array', array.path],
        ['axes', axes.description],
        ['byte order', littleEndian ? 'little endian' : 'big endian'],
        ['compression', array.packing],
      ],
      passedOver: [
        ...header.arrays.filter((other) => other !== array).map((other) => `${other.path}: another array`),
        ...header.notes,
      ],
      fingerprint: fileFingerprint(file),
    });
    return { format: 'amira', bytes, layout, storedAs: null, metadata };
  },
});

/** Finds where the data of an array begins. The arrays follow one another, each after a line with its number. */
async function placeOf(
  array: AmiraArray,
  arrays: readonly AmiraArray[],
  file: FileRef,
  firstStart: number,
): Promise<number> {
  let start = firstStart;
  const inOrder = [...arrays].sort((a, b) => a.place - b.place);
  for (const [i, { place, lengthBytes }] of inOrder.entries()) {
    if (place === array.place) return start;
    const end = start + lengthBytes;
    const next = inOrder[i + 1]?.place ?? 0;
    const between = Buffer.alloc(Math.max(0, Math.min(BETWEEN_BYTES, file.sizeBytes - end)));
    const bytes = new FileBytes(file);
    await bytes.read(end, between).finally(() => bytes.close());
    const line = new RegExp(`^\\s*@${next}[ \\t]*\\r?\\n`).exec(between.toString('latin1'));
    if (line === null) {
      throw new InvalidInputError(`${file.path}: the data of @${next} isn't where that of @${place} ends.`, {
        remedy: 'The file is damaged: copy it again from the original.',
      });
    }
    start = end + line[0].length;
  }
  return start;
}

async function dataOf(
  { packing, lengthBytes }: AmiraArray,
  file: FileRef,
  start: number,
): Promise<{ bytes: BytesRef; offsetBytes: number }> {
  const end = start + lengthBytes;
  if (end > file.sizeBytes) throw endsEarly(file.path, file.sizeBytes, end);
  switch (packing) {
    case 'none':
      return { bytes: { kind: 'file', file }, offsetBytes: start };
    case 'HxByteRLE':
      return { bytes: { kind: 'runs', file, index: await indexRuns(file, start, end) }, offsetBytes: 0 };
    case 'HxZip': {
      const range = { start: start + ZLIB_HEADER_BYTES, end, wrapper: 'none' } as const;
      return { bytes: { kind: 'deflate', file, index: await indexDeflate(file, range) }, offsetBytes: 0 };
    }
  }
}
