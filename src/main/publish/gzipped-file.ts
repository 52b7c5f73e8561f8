import { open } from 'node:fs/promises';
import { fileError } from '../base/file-error';
import { holdsGzip } from '../places/compression';

/** Reports whether the bytes of a file are gzip, whatever its name is. */
export async function isGzippedFile(path: string, sizeBytes: number): Promise<boolean> {
  const file = await open(path).catch((error: unknown) => {
    throw fileError('read', path, error);
  });
  try {
    return await holdsGzip(file, sizeBytes);
  } finally {
    await file.close();
  }
}
