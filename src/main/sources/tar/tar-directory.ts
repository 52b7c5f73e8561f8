/**
 * A tar archive: blocks of 512 bytes. An entry is a header and its content, filled up to whole blocks; blocks of zeros
 * are the end. The header: at 0 the name (100 bytes), 124 the size (12 bytes, octal; binary where the first bit is set),
 * 148 the sum of the header's bytes with blanks here (8 bytes, octal), 156 the kind: 0 or NUL or 7 a file, x a list of
 * "length key=value" lines for the next entry, L its long name; 257 "ustar", and then at 345 what stands before the name.
 *
 * Source: IEEE 1003.1 (pax), GNU tar manual, "Basic Tar Format".
 */
import { InvalidInputError, UnsupportedError } from '../../../shared/base/errors';
import type { RandomBytes } from '../array/random-bytes';

export interface TarEntry {
  readonly name: string;
  readonly offset: number;
  readonly sizeBytes: number;
}

const BLOCK_BYTES = 512;
/** Names and lists are shorter. */
const MOST_LIST_BYTES = 1 << 20;

/** @param head the first bytes of a file */
export function isTar(head: Uint8Array): boolean {
  return head.length >= BLOCK_BYTES && hasRightSum(Buffer.from(head.subarray(0, BLOCK_BYTES)));
}

/**
 * The files in an archive, in the order of their content.
 * @param path for messages
 * @throws InvalidInputError where the archive is cut off or damaged; UnsupportedError
 */
export async function readTarDirectory(
  bytes: RandomBytes,
  length: number,
  path: string,
): Promise<TarEntry[]> {
  const entries: TarEntry[] = [];
  let next: { name?: string; size?: number } = {};
  const header = Buffer.alloc(BLOCK_BYTES);
  for (let at = 0; ;) {
    if (at + BLOCK_BYTES > length) throw damaged(path, `it is cut off at byte ${length}`);
    await bytes.read(at, header);
    if (header.every((byte) => byte === 0)) return entries;
    if (!hasRightSum(header)) throw damaged(path, `its entry at byte ${at} is damaged`);
    const kind = header.toString('latin1', 156, 157);
    const isList = 'xL'.includes(kind);
    const size = isList ? sizeOf(header) : (next.size ?? sizeOf(header));
    const offset = at + BLOCK_BYTES;
    at = offset + BLOCK_BYTES * Math.ceil(size / BLOCK_BYTES);
    if (!Number.isSafeInteger(at) || offset + size > length)
      throw damaged(path, `it is cut off at byte ${length}`);
    if (isList) {
      next = { ...next, ...(await readList(bytes, kind, offset, size, path)) };
      continue;
    }
    if (kind === 'S') throw sparse(path);
    if ('0\x007'.includes(kind)) entries.push({ name: next.name ?? nameOf(header), offset, sizeBytes: size });
    if (kind !== 'g') next = {};
  }
}

function hasRightSum(header: Buffer): boolean {
  const told = octal(header, 148, 8);
  let sum = 0;
  for (let i = 0; i < BLOCK_BYTES; i++) sum += i >= 148 && i < 156 ? 0x20 : (header[i] ?? 0);
  return sum === told;
}

function sizeOf(header: Buffer): number {
  if (((header[124] ?? 0) & 0x80) === 0) return octal(header, 124, 12);
  return Number(header.readBigUInt64BE(128));
}

function octal(header: Buffer, start: number, length: number): number {
  const digits = /^\s*([0-7]*)/.exec(header.toString('latin1', start, start + length))?.[1] ?? '';
  return parseInt(digits || '0', 8);
}

function nameOf(header: Buffer): string {
  const name = textAt(header, 0, 100);
  const prefix = header.toString('latin1', 257, 263) === 'ustar\0' ? textAt(header, 345, 155) : '';
  return prefix === '' ? name : `${prefix}/${name}`;
}

function textAt(bytes: Buffer, start: number, length: number): string {
  const field = bytes.subarray(start, start + length);
  const end = field.indexOf(0);
  return field.toString('utf8', 0, end < 0 ? length : end);
}

/** What is told of the next entry. */
async function readList(bytes: RandomBytes, kind: string, offset: number, size: number, path: string) {
  if (size > MOST_LIST_BYTES) throw damaged(path, `its entry before byte ${offset} is damaged`);
  const content = Buffer.alloc(size);
  await bytes.read(offset, content);
  if (kind === 'L') return { name: textAt(content, 0, size) };
  const told: { name?: string; size?: number } = {};
  for (let at = 0; at < size;) {
    const line = /^(\d+) ([^=]*)=/.exec(content.toString('utf8', at, Math.min(size, at + 300)));
    const length = Number(line?.[1] ?? 0);
    if (line === null || length < 3) break;
    const value = content.toString('utf8', at + Buffer.byteLength(line[0]), at + length - 1);
    if (line[2] === 'path') told.name = value;
    if (line[2] === 'size') told.size = Number(value);
    if (line[2]?.startsWith('GNU.sparse') === true) throw sparse(path);
    at += length;
  }
  return told;
}

function damaged(path: string, what: string): InvalidInputError {
  return new InvalidInputError(`${path} is no sound tar archive: ${what}.`, {
    remedy: 'The file is cut off or damaged: copy it again from where it came.',
    fields: { path },
  });
}

function sparse(path: string): UnsupportedError {
  return new UnsupportedError(`${path} holds sparse files, which aren't read.`, {
    remedy: 'Pack it again without --sparse, or unpack it.',
  });
}
