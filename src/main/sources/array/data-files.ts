import { dirname, resolve } from 'node:path';
import { InvalidInputError } from '../../../shared/base/errors';
import type { BytesRef } from './bytes-ref';
import { lookAtFile } from './random-bytes';

/** No volume has more slices than this. */
const MOST_FILES = 1 << 20;

/**
 * Parses the names of the data files in a header of NRRD or MetaImage. The field is either `LIST`, followed by one name
 * per line, or a pattern with the first number, the last number and the step, such as `z%03d.raw 0 99 1`. Returns
 * undefined for the name of a single file.
 * @param behind the lines of the header after the field
 * @throws InvalidInputError if the numbers of a pattern are invalid
 */
export function listedFiles(value: string, behind: readonly string[], where: string): string[] | undefined {
  if (/^LIST\b/.test(value)) return behind.map((line) => line.trim()).filter((line) => line !== '');
  const [, before, zeros, digits, after, range = ''] = /^(\S*)%(0?)(\d*)d(\S*)\s+(.*)$/.exec(value) ?? [];
  if (before === undefined) return undefined;
  const [first = NaN, last = NaN, step = 1] = range.split(/\s+/).map(Number);
  const count = Math.floor((last - first) / step) + 1;
  if (!(count > 0 && count < MOST_FILES)) {
    throw new InvalidInputError(`${where}: the files of its data, "${value}", make no sense.`, {
      remedy: 'Give the first number, the last and the step behind the pattern, such as z%03d.raw 0 99 1.',
    });
  }
  return Array.from({ length: count }, (_, i) => {
    const number = String(first + i * step).padStart(Number(digits ?? 0), zeros === '0' ? '0' : ' ');
    return `${before}${number}${after ?? ''}`;
  });
}

/**
 * Joins the voxels of several files that hold equal parts of a volume.
 * @param skipBytes the bytes before the voxels in each file, or -1 if the voxels end the file
 * @throws InvalidInputError if a file is missing, or its length doesn't fit its part of the voxels
 */
export async function bytesOfFiles(
  names: readonly string[],
  header: string,
  voxelBytes: number,
  skipBytes: number | undefined,
): Promise<BytesRef> {
  const files = await Promise.all(names.map((name) => lookAtFile(resolve(dirname(header), name))));
  const [first] = files;
  const partBytes = voxelBytes / files.length;
  if (first === undefined || !Number.isInteger(partBytes)) {
    throw new InvalidInputError(`${header}: its voxels can't be in ${files.length} files of one length.`, {
      remedy: 'Check the size and the list of files.',
    });
  }
  const parts = files.map((file) => {
    const offsetBytes = skipBytes === undefined ? 0 : skipBytes < 0 ? file.sizeBytes - partBytes : skipBytes;
    const isRight =
      skipBytes === undefined ? file.sizeBytes === partBytes : file.sizeBytes >= offsetBytes + partBytes;
    if (isRight && offsetBytes >= 0) return { file, offsetBytes };
    throw new InvalidInputError(
      `${file.path} has ${file.sizeBytes} bytes; its part of the voxels of ${header} takes ${partBytes}.`,
      {
        remedy: 'Check the size, the type and the list of files; or copy the file again from where it came.',
      },
    );
  });
  return { kind: 'files', file: first, parts, partBytes };
}
