import { basename, dirname, resolve } from 'node:path';
import { isStudioError } from '../../../shared/base/errors';
import { openSliceFiles, type SliceFilesRef } from './slice-files';
import {
  filesWithoutExtension,
  slicesAmong,
  type NamedEntry,
  type NamedSlices,
  type SliceKind,
} from './slice-names';

/** The files that may be a stack of slices: files of a folder, of an archive or at an address, or a single file. */
export interface SliceListing {
  readonly files: SliceFilesRef;
  readonly names: readonly string[];
  readonly passedOver: readonly string[];
  /** The format of the archive that holds the files, if they are in one. */
  readonly container?: string;
  /** True for a single file, which may hold many slices. */
  readonly isSingle: boolean;
  /** The kind of the first file by its content, or by its name if the content is of no known kind. */
  readonly kind: SliceKind | undefined;
}

/** "II" or "MM" for the byte order, then the number 42 in this byte order (43 for BigTIFF). */
const TIFF_SIGNATURES = ['II*\0', 'MM\0*', 'II+\0', 'MM\0+'];
const IMAGE_SIGNATURES = [/^\x89PNG\r\n/, /^\xff\xd8\xff/, /^RIFF[^]{4}WEBP/, /^GIF8[79]a/];
/** The possible lengths of a BMP header, stored at byte 14. They are checked because other files may begin with "BM". */
const BMP_HEADERS = [12, 40, 52, 56, 64, 108, 124];
/** All signatures are shorter. */
const SIGNATURE_BYTES = 18;

/** Returns the kind of a file by its first bytes. */
function sliceKindOf(head: Uint8Array): SliceKind | undefined {
  const text = Buffer.from(head.subarray(0, SIGNATURE_BYTES)).toString('latin1');
  if (TIFF_SIGNATURES.includes(text.slice(0, 4))) return 'tiff';
  const isBmp =
    text.startsWith('BM') &&
    text.length === SIGNATURE_BYTES &&
    BMP_HEADERS.includes(Buffer.from(text, 'latin1').readUInt32LE(14));
  return isBmp || IMAGE_SIGNATURES.some((signature) => signature.test(text)) ? 'image' : undefined;
}

/** Lists a single file as a stack of its own. `head` holds the file's first bytes. */
export function listSingle(path: string, head: Uint8Array): SliceListing {
  return {
    files: { kind: 'folder', path: resolve(dirname(path)) },
    names: [basename(path)],
    passedOver: [],
    isSingle: true,
    kind: sliceKindOf(head),
  };
}

/** Lists the slices among the entries of a folder. Returns undefined if there are none. */
export async function listSlices(
  files: SliceFilesRef,
  entries: readonly NamedEntry[],
): Promise<SliceListing | undefined> {
  const slices = slicesAmong(entries) ?? (await namelessTiffs(files, entries));
  if (slices === undefined) return undefined;
  const { names, passedOver, namedAs } = slices;
  const kind = sliceKindOf(await headOf(files, names[0] ?? '')) ?? namedAs;
  return { files, names, passedOver, isSingle: false, kind };
}

/**
 * Returns the files without an extension if the first or the last of them is a TIFF. Both are checked because one of them
 * may be another file, such as README.
 */
async function namelessTiffs(
  files: SliceFilesRef,
  entries: readonly NamedEntry[],
): Promise<NamedSlices | undefined> {
  const slices = filesWithoutExtension(entries);
  for (const name of new Set([...slices.names.slice(0, 1), ...slices.names.slice(-1)])) {
    if (sliceKindOf(await headOf(files, name)) === 'tiff') return slices;
  }
  return undefined;
}

/** Returns the first bytes of a file, or no bytes if it can't be read. The survey of all files reports the reason later. */
async function headOf(ref: SliceFilesRef, name: string): Promise<Uint8Array> {
  const files = openSliceFiles(ref);
  try {
    const file = await files.open(name);
    const head = new Uint8Array(Math.min(SIGNATURE_BYTES, file.sizeBytes));
    await file.read(0, head).finally(() => file.close());
    return head;
  } catch (error) {
    if (isStudioError(error) && error.tag !== 'bug') return new Uint8Array(0);
    throw error;
  } finally {
    await files.close();
  }
}
