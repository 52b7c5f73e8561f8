import { basename } from 'node:path';
import { constants, inflateRawSync } from 'node:zlib';
import { UnsupportedError } from '../../../shared/base/errors';
import { chooseDataset, type Candidate } from '../array/choose-dataset';
import { denseOpener } from '../array/dense-opener';
import { FileBytes, lookAtFile, type FileRef } from '../array/random-bytes';
import type { BytesRef } from '../array/bytes-ref';
import { growingIndex, indexDeflate } from '../deflate/deflate-index';
import type { OpenOptions } from '../source-opener';
import { entryOffset, readZipDirectory, type ZipEntry } from '../zip/zip-directory';
import { parseNpyHeader } from './npy-header';
import { planNpy } from './npy-opener';

/** Opens one of the arrays in a zip archive, compressed (savez_compressed) or not. */
export const npzOpener = denseOpener({
  format: 'npz',
  title: 'a NumPy archive (.npz)',
  recognises: ({ archived }) => archived.length > 0 && archived.every((name) => name.endsWith('.npy')),
  async plan(path, options) {
    const file = await lookAtFile(path);
    const entries = (await readZipDirectory(file)).filter(({ name }) => name.endsWith('.npy'));
    const arrays: NpzArray[] = [];
    for (const entry of entries) arrays.push(await lookAt(file, entry));
    // Archives often hold a volume's resolution and names as further arrays.
    const volumes = arrays.filter(({ mayBeVolume }) => mayBeVolume);
    const candidates = options.dataset === undefined && volumes.length > 0 ? volumes : arrays;
    const { entry } = chooseDataset(candidates, options.dataset, basename(path), options.kind);
    const { bytes, startBytes } = await entryBytes(file, entry, options);
    return planNpy('npz', bytes, startBytes, `${basename(path)}, ${entry.name}`, options);
  },
});

interface NpzArray extends Candidate {
  readonly entry: ZipEntry;
  /** True for an array of numbers with at least two axes. Also true for a damaged header, which opening then reports. */
  readonly mayBeVolume: boolean;
}

/** Enough bytes, compressed or not, to contain the header of an array. */
const LOOK_BYTES = 4096;

async function lookAt(file: FileRef, entry: ZipEntry): Promise<NpzArray> {
  const path = entry.name.replace(/\.npy$/, '');
  const none = { path, entry, description: `${entry.rawBytes} bytes` };
  try {
    const { typeName, shape } = parseNpyHeader(await headOf(file, entry), entry.name);
    return { path, entry, description: `${typeName}, ${shape.join(' × ')}`, mayBeVolume: shape.length > 1 };
  } catch (error) {
    return { ...none, mayBeVolume: !(error instanceof UnsupportedError) };
  }
}

async function headOf(file: FileRef, entry: ZipEntry): Promise<Buffer> {
  const reader = new FileBytes(file);
  try {
    const head = Buffer.alloc(Math.min(LOOK_BYTES, entry.packedBytes));
    await reader.read(await entryOffset(reader, entry), head);
    return entry.method === 'stored' ? head : inflateRawSync(head, { finishFlush: constants.Z_SYNC_FLUSH });
  } finally {
    await reader.close();
  }
}

/** Returns the bytes that contain an entry, decompressed if necessary, and the entry's position in them. */
async function entryBytes(
  file: FileRef,
  entry: ZipEntry,
  { isIndexed = false }: OpenOptions,
): Promise<{ readonly bytes: BytesRef; readonly startBytes: number }> {
  const reader = new FileBytes(file);
  const start = await entryOffset(reader, entry).finally(() => reader.close());
  if (entry.method === 'stored') return { bytes: { kind: 'file', file }, startBytes: start };
  const range = { start, end: start + entry.packedBytes, wrapper: 'none' } as const;
  const { rawBytes, crc } = entry;
  const index = isIndexed ? await indexDeflate(file, range, crc) : growingIndex(range, rawBytes, crc);
  return { bytes: { kind: 'deflate', file, index }, startBytes: 0 };
}
