import { dirname, resolve } from 'node:path';
import { InvalidInputError } from '../../../shared/base/errors';
import { bytesLength, type BytesRef } from './bytes-ref';
import { lookAtFile, type FileRef } from './random-bytes';

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

/** Opens a data file: what its voxels are unpacked from, and where the voxels begin. */
export type OpenPart = (
  file: FileRef,
  partBytes: number,
) => Promise<{ readonly bytes: BytesRef; readonly offsetBytes: number }>;

/**
 * Joins the voxels of several files that hold equal parts of a volume.
 * @param voxelBytes the length of all voxels before they are packed
 * @throws InvalidInputError if a file is missing, or its length doesn't fit its part of the voxels
 */
export async function bytesOfFiles(
  names: readonly string[],
  header: string,
  voxelBytes: number,
  openPart: OpenPart,
): Promise<BytesRef> {
  const partBytes = voxelBytes / names.length;
  if (!Number.isInteger(partBytes)) {
    throw new InvalidInputError(`${header}: its voxels can't be in ${names.length} files of one length.`, {
      remedy: 'Check the size and the list of files.',
    });
  }
  const parts: { readonly bytes: BytesRef; readonly offsetBytes: number }[] = [];
  for (const name of names) {
    const part = await openPart(await lookAtFile(resolve(dirname(header), name)), partBytes);
    const length = bytesLength(part.bytes);
    if (length < part.offsetBytes + partBytes) {
      throw new InvalidInputError(
        `${part.bytes.file.path} has ${length} bytes; its part of the voxels of ${header} takes ${partBytes}.`,
        {
          remedy: 'Check the size, the type and the list of files, or copy the file again from its source.',
        },
      );
    }
    parts.push(part);
  }
  const [first] = parts;
  if (first === undefined) throw new InvalidInputError(`${header} lists no files.`);
  return { kind: 'files', file: first.bytes.file, parts, partBytes };
}
