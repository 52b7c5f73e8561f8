/**
 * Reads the directory of a tar archive, which consists of blocks of 512 bytes. An entry is a header and its content,
 * padded to whole blocks. Blocks of zeros mark the end. The header:
 *
 *   0    name, 100 bytes
 *   124  size, 12 bytes: octal digits, or a binary number if the first bit is set
 *   148  checksum, 8 bytes: octal digits of the sum of the header's bytes, with blanks in place of the checksum
 *   156  kind: 0, NUL or 7 for a file; 1 for a hard link and 2 for a symbolic link; x for a list of "length key=value"
 *        lines for the next entry; L for the long name of the next entry; K for the long target of the next link
 *   157  target of a link, 100 bytes
 *   257  "ustar"; if it is there, the folders of the name are at 345
 *
 * Source: IEEE 1003.1 (pax), GNU tar manual, "Basic Tar Format".
 */
import { posix } from 'node:path';
import { InvalidInputError, UnsupportedError } from '../../../shared/base/errors';
import type { RandomBytes } from '../array/random-bytes';

export interface TarEntry {
  readonly name: string;
  readonly offset: number;
  readonly sizeBytes: number;
}

const BLOCK_BYTES = 512;
/** The most bytes of a long name or a list. Real ones are shorter. */
const MOST_LIST_BYTES = 1 << 20;

/** Reports whether a file that begins with `head` is a tar archive. */
export function isTar(head: Uint8Array): boolean {
  return head.length >= BLOCK_BYTES && hasRightSum(Buffer.from(head.subarray(0, BLOCK_BYTES)));
}

/** The properties of an entry that are given before its header. */
interface ListedProperties {
  readonly name?: string;
  readonly size?: number;
  readonly link?: string;
}

/** A link to a file in the archive. */
interface Link {
  readonly name: string;
  /** The name of the target's entry in the archive. */
  readonly target: string;
}

/**
 * Returns the files in an archive in the order of their content, then those that links lead to, under the links' names.
 * @param length the size of the archive in bytes
 * @param path names the archive in messages
 * @throws InvalidInputError if the archive is cut off or damaged; UnsupportedError
 */
export async function readTarDirectory(
  bytes: RandomBytes,
  length: number,
  path: string,
): Promise<TarEntry[]> {
  const entries: TarEntry[] = [];
  const links: Link[] = [];
  let next: ListedProperties = {};
  const header = Buffer.alloc(BLOCK_BYTES);
  for (let at = 0; ;) {
    if (at + BLOCK_BYTES > length) throw damaged(path, `it is cut off at byte ${length}`);
    await bytes.read(at, header);
    if (header.every((byte) => byte === 0)) return [...entries, ...linkedEntries(entries, links, path)];
    if (!hasRightSum(header)) throw damaged(path, `its entry at byte ${at} is damaged`);
    const kind = header.toString('latin1', 156, 157);
    const isList = 'xLK'.includes(kind);
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
    const name = next.name ?? nameOf(header);
    if ('0\x007'.includes(kind)) entries.push({ name, offset, sizeBytes: size });
    if ('12'.includes(kind)) {
      const target = next.link ?? textAt(header, 157, 100);
      // The target of a hard link is a name in the archive. That of a symbolic link is relative to the link's folder.
      links.push({ name, target: kind === '1' ? target : posix.join(posix.dirname(name), target) });
    }
    if (kind !== 'g') next = {};
  }
}

/**
 * Returns the files that links lead to, under the names of the links. Links to folders are left out.
 * @throws InvalidInputError if a link leads to a file that isn't in the archive
 */
function linkedEntries(entries: readonly TarEntry[], links: readonly Link[], path: string): TarEntry[] {
  const files = new Map(entries.map((entry) => [posix.normalize(entry.name), entry]));
  const targets = new Map(links.map(({ name, target }) => [posix.normalize(name), posix.normalize(target)]));
  const lost: string[] = [];
  const linked = links.flatMap(({ name }): TarEntry[] => {
    let at = posix.normalize(name);
    for (let i = 0; i < links.length && targets.has(at); i++) at = targets.get(at) ?? at;
    const file = files.get(at);
    if (file !== undefined) return [{ ...file, name }];
    const isFolder = [...files.keys()].some((other) => other.startsWith(`${at.replace(/\/$/, '')}/`));
    if (!isFolder) lost.push(`${name} leads to ${targets.get(posix.normalize(name)) ?? at}`);
    return [];
  });
  if (lost.length === 0) return linked;
  throw new InvalidInputError(`${path} holds ${lost.length} links to files that aren't in it.`, {
    remedy: 'Pack it again with the files themselves: tar --dereference.',
    details: lost.slice(0, 20),
    fields: { path },
  });
}

function hasRightSum(header: Buffer): boolean {
  const stored = octal(header, 148, 8);
  let sum = 0;
  for (let i = 0; i < BLOCK_BYTES; i++) sum += i >= 148 && i < 156 ? 0x20 : (header[i] ?? 0);
  return sum === stored;
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

/** Reads the properties that an entry of kind x, L or K gives for the next entry. */
async function readList(
  bytes: RandomBytes,
  kind: string,
  offset: number,
  size: number,
  path: string,
): Promise<ListedProperties> {
  if (size > MOST_LIST_BYTES) throw damaged(path, `its entry before byte ${offset} is damaged`);
  const content = Buffer.alloc(size);
  await bytes.read(offset, content);
  if (kind === 'L') return { name: textAt(content, 0, size) };
  if (kind === 'K') return { link: textAt(content, 0, size) };
  const listed: { name?: string; size?: number; link?: string } = {};
  for (let at = 0; at < size;) {
    const line = /^(\d+) ([^=]*)=/.exec(content.toString('utf8', at, Math.min(size, at + 300)));
    const length = Number(line?.[1] ?? 0);
    if (line === null || length < 3) break;
    const value = content.toString('utf8', at + Buffer.byteLength(line[0]), at + length - 1);
    if (line[2] === 'path') listed.name = value;
    if (line[2] === 'linkpath') listed.link = value;
    if (line[2] === 'size') listed.size = Number(value);
    if (line[2]?.startsWith('GNU.sparse') === true) throw sparse(path);
    at += length;
  }
  return listed;
}

function damaged(path: string, what: string): InvalidInputError {
  return new InvalidInputError(`${path} is not a valid tar archive: ${what}.`, {
    remedy: 'The file is cut off or damaged: copy it again from the original.',
    fields: { path },
  });
}

function sparse(path: string): UnsupportedError {
  return new UnsupportedError(`${path} holds sparse files, which are not supported.`, {
    remedy: 'Pack it again without --sparse, or unpack it.',
  });
}
