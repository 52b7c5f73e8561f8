import { basename } from 'node:path';
import type { OpenOptions } from '../source-opener';
import { bytesLength, openBytes, type BytesRef } from '../array/bytes-ref';
import { denseOpener } from '../array/dense-opener';
import { denseMetadata, type DenseHandle } from '../array/dense-source';
import { timesTaken } from '../array/array-axes';
import { layOutArray } from '../array/packed-array';
import { fileFingerprint, lookAtFile } from '../array/random-bytes';
import { NPY_HEAD_BYTES, NPY_SIGNATURE, parseNpyHeader } from './npy-header';

/** Opens an array of NumPy. The last axis is x unless --axes says otherwise, in Fortran order too. */
export const npyOpener = denseOpener({
  format: 'npy',
  title: 'a NumPy file (.npy)',
  recognises: ({ head }) => Buffer.from(head.subarray(0, 6)).toString('latin1') === NPY_SIGNATURE,
  async plan(path, options) {
    const file = await lookAtFile(path);
    return planNpy('npy', { kind: 'file', file }, 0, basename(path), options);
  },
});

/** Plans an array whose .npy file begins at `startBytes` of `bytes`. */
export async function planNpy(
  format: string,
  bytes: BytesRef,
  startBytes: number,
  where: string,
  options: OpenOptions,
): Promise<DenseHandle> {
  const header = parseNpyHeader(await headOf(bytes, startBytes), where);
  const { shape, dataType, littleEndian, fortranOrder } = header;
  const offsetBytes = startBytes + header.offsetBytes;
  const array = { shape, order: fortranOrder ? 'F' : 'C', dataType, littleEndian, offsetBytes } as const;
  const { axes, layout } = layOutArray(array, bytes, options, where);
  const storedAs = header.isHalf ? 'float16' : null;
  const metadata = denseMetadata(layout, storedAs, bytes, {
    format: 'NumPy array',
    takes: ['axes', ...timesTaken(axes)],
    facts: [
      ['axes', axes.description],
      ['order', fortranOrder ? 'Fortran' : 'C'],
      ['byte order', littleEndian ? 'little endian' : 'big endian'],
      ...(header.isHalf ? [['numbers', 'float16'] as const] : []),
    ],
    passedOver: [],
    fingerprint: fileFingerprint(bytes.file),
  });
  return { format, bytes, layout, storedAs, metadata };
}

async function headOf(ref: BytesRef, startBytes: number): Promise<Buffer> {
  const head = Buffer.alloc(Math.max(0, Math.min(NPY_HEAD_BYTES, bytesLength(ref) - startBytes)));
  const bytes = openBytes(ref);
  try {
    await bytes.read(startBytes, head);
    return head;
  } finally {
    await bytes.close();
  }
}
