import { contentHead } from './deflate/gzip-file';

const UNPACK = 'Unpack it first, and give what comes out.';

/** Formats that aren't read, by their first bytes, with what to do. */
const FORMATS: readonly (readonly [start: string, name: string, remedy: string])[] = [
  ['BZh', 'packed by bzip2', UNPACK],
  ['\xfd7zXZ\0', 'packed by xz', UNPACK],
  ["7z\xbc\xaf'\x1c", 'a 7z archive', UNPACK],
  ['\x28\xb5\x2f\xfd', 'packed by zstd', UNPACK],
  ['MATLAB 5.0 MAT-file', 'a MATLAB file of version 7 or older', "Save it as v7.3: save(…, '-v7.3')."],
];

/** A FreeSurfer volume begins with its version, 1, as a big-endian number, and has no other mark. */
const FREESURFER = /\.(mgz|mgh|mgh\.gz)$/i;

/** What a file of a known format that isn't read is, and what to do. */
export function unreadFormat(
  path: string,
  head: Uint8Array,
): { readonly name: string; readonly remedy: string } | undefined {
  const text = Buffer.from(head.subarray(0, 32)).toString('latin1');
  const found = FORMATS.find(([start]) => text.startsWith(start));
  if (found !== undefined) return { name: found[1], remedy: found[2] };
  const isVersion1 = Buffer.from(contentHead(head).subarray(0, 4)).toString('hex') === '00000001';
  if (!FREESURFER.test(path) || !isVersion1) return undefined;
  return { name: 'a FreeSurfer volume', remedy: 'Save it as NIfTI: mri_convert volume.mgz volume.nii.gz.' };
}
