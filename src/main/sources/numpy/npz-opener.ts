import { basename } from 'node:path';
import { chooseDataset } from '../array/choose-dataset';
import { denseOpener } from '../array/dense-opener';
import { FileBytes, lookAtFile, type FileRef } from '../array/random-bytes';
import type { BytesRef } from '../array/bytes-ref';
import { indexDeflate } from '../deflate/deflate-index';
import { entryOffset, readZipDirectory, type ZipEntry } from '../zip/zip-directory';
import { planNpy } from './npy-opener';

/** An array of several in a zip archive, packed (savez_compressed) or not. */
export const npzOpener = denseOpener({
  format: 'npz',
  title: 'a NumPy archive (.npz)',
  recognises: ({ archived }) => archived.length > 0 && archived.every((name) => name.endsWith('.npy')),
  async plan(path, options) {
    const file = await lookAtFile(path);
    const arrays = (await readZipDirectory(file)).filter(({ name }) => name.endsWith('.npy'));
    const candidates = arrays.map((entry) => ({
      entry,
      path: entry.name.replace(/\.npy$/, ''),
      description: `${entry.rawBytes} bytes`,
    }));
    const { entry } = chooseDataset(candidates, options.dataset, basename(path));
    const { bytes, startBytes } = await entryBytes(file, entry);
    return planNpy('npz', bytes, startBytes, `${basename(path)}, ${entry.name}`, options);
  },
});

/** The bytes of an entry, wherever they lie, and where in them the entry begins. */
async function entryBytes(
  file: FileRef,
  entry: ZipEntry,
): Promise<{ readonly bytes: BytesRef; readonly startBytes: number }> {
  const reader = new FileBytes(file);
  const start = await entryOffset(reader, entry).finally(() => reader.close());
  if (entry.method === 'stored') return { bytes: { kind: 'file', file }, startBytes: start };
  const range = { start, end: start + entry.packedBytes, wrapper: 'none' } as const;
  return {
    bytes: { kind: 'deflate', file, index: await indexDeflate(file, range, entry.crc) },
    startBytes: 0,
  };
}
