import { stat } from 'node:fs/promises';
import { contentHead } from '../deflate/gzip-file';
import { lookAtFile, readHead } from '../array/random-bytes';
import { isAnalyzeHeader } from '../unread-formats';
import { niftiKind } from './nifti-header';

const HEAD_BYTES = 4096;

/** Returns the path of the header (`.hdr`) if `path` is the voxel file (`.img`) of a NIfTI or Analyze pair, otherwise `path`. */
export async function headerOfPair(path: string): Promise<string> {
  const header = path.replace(/\.img(\.gz)?$/, '.hdr$1');
  if (header === path || !(await isFile(header))) return path;
  const head = contentHead(await readHead(await lookAtFile(header), HEAD_BYTES));
  return niftiKind(head) !== undefined || isAnalyzeHeader(head) ? header : path;
}

async function isFile(path: string): Promise<boolean> {
  return stat(path).then(
    (found) => found.isFile(),
    () => false,
  );
}
