/**
 * A tar archive: blocks of 512 bytes. An entry is a header and its content, filled up to whole blocks; blocks of zeros
 * are the end. The header: at 0 the name (100 bytes), 124 the size (12 bytes, octal; binary where the first bit is set),
 * 148 the sum of the header's bytes with blanks here (8 bytes, octal), 156 the kind: 0 or NUL or 7 a file, 1 and 2 a hard and
 * a symbolic link to the name at 157 (100 bytes), x a list of "length key=value" lines for the next entry, L its long name and
 * K that of its link; 257 "ustar", and then at 345 what stands before the name.
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
/** Names and lists are shorter. */
const MOST_LIST_BYTES = 1 << 20;

/** @param head the first bytes of a file */
export function isTar(head: Uint8Array): boolean {
  return head.length >= BLOCK_BYTES && hasRightSum(Buffer.from(head.subarray(0, BLOCK_BYTES)));
}

/** What is told of an entry before its header. */
interface Told {
  readonly name?: string;
  readonly size?: number;
  readonly link?: string;
}

/** Another name of a file in the archive. */
interface Link {
  readonly name: string;
  /** As entries are named. */
  readonly target: string;
}

/**
 * The files in an archive, in the order of their content; those that links lead to have all of their names.
 * @param path for messages
 * @throws InvalidInputError where the archive is cut off or damaged; UnsupportedError
 */
export async function readTarDirectory(
  bytes: RandomBytes,
  length: number,
  path: string,
): Promise<TarEntry[]> {
  const entries: TarEntry[] = [];
  const links: Link[] = [];
  let next: Told = {};
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
      // Hard links name their files as the archive does, symbolic ones from where they are.
      links.push({ name, target: kind === '1' ? target : posix.join(posix.dirname(name), target) });
    }
    if (kind !== 'g') next = {};
  }
}

/**
 * The files that links lead to, by the names of the links. Links to folders are left out.
 * @throws InvalidInputError where one leads out of the archive
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
async function readList(
  bytes: RandomBytes,
  kind: string,
  offset: number,
  size: number,
  path: string,
): Promise<Told> {
  if (size > MOST_LIST_BYTES) throw damaged(path, `its entry before byte ${offset} is damaged`);
  const content = Buffer.alloc(size);
  await bytes.read(offset, content);
  if (kind === 'L') return { name: textAt(content, 0, size) };
  if (kind === 'K') return { link: textAt(content, 0, size) };
  const told: { name?: string; size?: number; link?: string } = {};
  for (let at = 0; at < size;) {
    const line = /^(\d+) ([^=]*)=/.exec(content.toString('utf8', at, Math.min(size, at + 300)));
    const length = Number(line?.[1] ?? 0);
    if (line === null || length < 3) break;
    const value = content.toString('utf8', at + Buffer.byteLength(line[0]), at + length - 1);
    if (line[2] === 'path') told.name = value;
    if (line[2] === 'linkpath') told.link = value;
    if (line[2] === 'size') told.size = Number(value);
    if (line[2]?.startsWith('GNU.sparse') === true) throw sparse(path);
    at += length;
  }
  return told;
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
