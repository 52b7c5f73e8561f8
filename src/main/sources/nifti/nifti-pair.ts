import { stat } from 'node:fs/promises';
import { contentHead } from '../deflate/gzip-file';
import { lookAtFile, readHead } from '../array/random-bytes';
import { niftiKind } from './nifti-header';

const HEAD_BYTES = 4096;

/** The header (`.hdr`) that lies beside the voxels (`.img`) of a NIfTI pair; of all else the path itself. */
export async function headerOfPair(path: string): Promise<string> {
  const header = path.replace(/\.img(\.gz)?$/, '.hdr$1');
  if (header === path || !(await isFile(header))) return path;
  const head = await readHead(await lookAtFile(header), HEAD_BYTES);
  return niftiKind(contentHead(head)) === undefined ? path : header;
}

async function isFile(path: string): Promise<boolean> {
  return stat(path).then(
    (found) => found.isFile(),
    () => false,
  );
}
