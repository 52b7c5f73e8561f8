/**
 * Reads the directory of a zip archive. All numbers are little endian.
 *
 * The file ends with the end record "PK\5\6". It has at 10 the number of entries (16 bits), at 12 the size and at 16 the
 * position of the directory (32 bits each), followed by a comment. If these numbers don't fit, the locator "PK\6\7"
 * before the end record has at 8 the position of the larger record "PK\6\6", which has the same three numbers at 32, 40
 * and 48 (64 bits each).
 *
 * An entry of the directory begins with "PK\1\2". It has at 8 the flags, at 10 the method, at 16 the CRC-32, at 20 the
 * packed and at 24 the unpacked size, at 28 the length of the name, at 30 that of the extra fields, at 32 that of the
 * comment, at 42 the position of the local header, and at 46 the name. The local header "PK\3\4" has at 26 and 28 the
 * lengths of its name and its extra fields.
 *
 * Source: PKWARE, APPNOTE.TXT 6.3.10.
 */
import { InvalidInputError, UnsupportedError } from '../../../shared/base/errors';
import { FileBytes, type FileRef } from '../array/random-bytes';

export interface ZipEntry {
  readonly name: string;
  readonly method: 'stored' | 'deflated';
  readonly crc: number;
  readonly packedBytes: number;
  readonly rawBytes: number;
  readonly headerOffset: number;
}

const END_BYTES = 22;
const LOCATOR_BYTES = 20;
const MOST_COMMENT_BYTES = 65535;
const MOST_DIRECTORY_BYTES = 1 << 30;

export function isZip(head: Uint8Array): boolean {
  return (
    head[0] === 0x50 &&
    head[1] === 0x4b &&
    ((head[2] === 3 && head[3] === 4) || (head[2] === 5 && head[3] === 6))
  );
}

/**
 * Returns the files in an archive, without folders.
 * @throws InvalidInputError if the directory is damaged; UnsupportedError if a file is encrypted or compressed with a method
 *   other than deflate
 */
export async function readZipDirectory(file: FileRef): Promise<ZipEntry[]> {
  const bytes = new FileBytes(file);
  try {
    const tail = Buffer.alloc(Math.min(file.sizeBytes, END_BYTES + LOCATOR_BYTES + MOST_COMMENT_BYTES));
    await bytes.read(file.sizeBytes - tail.length, tail);
    const end = tail.lastIndexOf('PK\x05\x06', tail.length - END_BYTES, 'latin1');
    if (end < 0) throw damaged(file, 'its directory is missing');
    const { count, size, offset } = await directoryPlace(bytes, tail, end);
    if (size > MOST_DIRECTORY_BYTES || offset + size > file.sizeBytes)
      throw damaged(file, 'its directory is damaged');
    const directory = Buffer.alloc(size);
    await bytes.read(offset, directory);
    return [...entriesOf(directory, count, file)].filter(({ name }) => !name.endsWith('/'));
  } finally {
    await bytes.close();
  }
}

async function directoryPlace(bytes: FileBytes, tail: Buffer, end: number) {
  const small = {
    count: tail.readUInt16LE(end + 10),
    size: tail.readUInt32LE(end + 12),
    offset: tail.readUInt32LE(end + 16),
  };
  const locator = end - LOCATOR_BYTES;
  const isLarge = small.count === 0xffff || small.size === 0xffffffff || small.offset === 0xffffffff;
  if (!isLarge || locator < 0 || tail.toString('latin1', locator, locator + 4) !== 'PK\x06\x07') return small;
  const record = Buffer.alloc(56);
  await bytes.read(Number(tail.readBigUInt64LE(locator + 8)), record);
  if (record.toString('latin1', 0, 4) !== 'PK\x06\x06') throw damaged(bytes.file, 'its directory is damaged');
  return {
    count: Number(record.readBigUInt64LE(32)),
    size: Number(record.readBigUInt64LE(40)),
    offset: Number(record.readBigUInt64LE(48)),
  };
}

function* entriesOf(directory: Buffer, count: number, file: FileRef): Generator<ZipEntry> {
  let at = 0;
  for (let i = 0; i < count; i++) {
    if (at + 46 > directory.length || directory.toString('latin1', at, at + 4) !== 'PK\x01\x02') {
      throw damaged(file, 'its directory is damaged');
    }
    const nameEnd = at + 46 + directory.readUInt16LE(at + 28);
    const extraEnd = nameEnd + directory.readUInt16LE(at + 30);
    const name = directory.toString('utf8', at + 46, nameEnd);
    if (directory.readUInt16LE(at + 8) & 1) {
      throw new UnsupportedError(`${file.path} is encrypted (${name}).`, { remedy: 'Unpack it first.' });
    }
    const extra = directory.subarray(nameEnd, Math.min(extraEnd, directory.length));
    const [rawBytes = 0, packedBytes = 0, headerOffset = 0] = largeNumbers(extra, [
      directory.readUInt32LE(at + 24),
      directory.readUInt32LE(at + 20),
      directory.readUInt32LE(at + 42),
    ]);
    const method = methodOf(directory.readUInt16LE(at + 10), `${file.path}: ${name}`);
    yield { name, method, crc: directory.readUInt32LE(at + 16), packedBytes, rawBytes, headerOffset };
    at = extraEnd + directory.readUInt16LE(at + 32);
  }
}

/** Replaces numbers that don't fit into 32 bits by those in extra field 1, which has them in the same order. */
function largeNumbers(extra: Buffer, numbers: readonly number[]): number[] {
  let field = extra.subarray(0, 0);
  for (let at = 0; at + 4 <= extra.length;) {
    const length = extra.readUInt16LE(at + 2);
    if (extra.readUInt16LE(at) === 1) field = extra.subarray(at + 4, at + 4 + length);
    at += 4 + length;
  }
  let next = 0;
  return numbers.map((number) => {
    if (number !== 0xffffffff || next + 8 > field.length) return number;
    next += 8;
    return Number(field.readBigUInt64LE(next - 8));
  });
}

function methodOf(method: number, where: string): ZipEntry['method'] {
  if (method === 0) return 'stored';
  if (method === 8) return 'deflated';
  throw new UnsupportedError(`${where} is compressed with method ${method}, which is not supported.`, {
    remedy: 'Pack it again as a usual zip file (deflate), or unpack it.',
  });
}

/** Returns the position of an entry's packed bytes in the archive. @throws InvalidInputError if the entry is damaged */
export async function entryOffset(
  bytes: FileBytes,
  { name, headerOffset, packedBytes }: Pick<ZipEntry, 'name' | 'headerOffset' | 'packedBytes'>,
): Promise<number> {
  const { file } = bytes;
  const header = Buffer.alloc(30);
  await bytes.read(headerOffset, header);
  if (header.toString('latin1', 0, 4) !== 'PK\x03\x04') throw damaged(file, `the entry ${name} is damaged`);
  const offset = headerOffset + 30 + header.readUInt16LE(26) + header.readUInt16LE(28);
  if (offset + packedBytes > file.sizeBytes) throw damaged(file, `the entry ${name} is cut off`);
  return offset;
}

function damaged(file: FileRef, what: string): InvalidInputError {
  return new InvalidInputError(`${file.path} is not a valid zip archive: ${what}.`, {
    remedy: 'The file is cut off or damaged: copy it again from the original.',
    fields: { path: file.path },
  });
}
