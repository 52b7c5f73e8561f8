import { stat } from 'node:fs/promises';
import { contentHead } from '../deflate/gzip-file';
import { lookAtFile, readHead } from '../array/random-bytes';
import { niftiKind } from './nifti-header';

const HEAD_BYTES = 4096;

/** Returns the path of the header (`.hdr`) if `path` is the voxel file (`.img`) of a NIfTI pair, otherwise `path`. */
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
