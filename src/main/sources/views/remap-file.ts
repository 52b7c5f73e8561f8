/**
 * A table of ids, as text: a row a line with two decimal numbers, the id in the input and what it becomes, separated by
 * commas, semicolons or tabs. A first line of names says by `from` and `to` which columns these are, where there are
 * others. Empty lines and lines that begin with `#` are passed over.
 */
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { InvalidInputError } from '../../../shared/base/errors';
import { IdMap } from '../../../shared/kernels/id-map';
import { fileError } from '../../base/file-error';

export interface RemapTable {
  readonly map: IdMap;
  /** The largest id that comes out. */
  readonly largest: bigint;
  /** The least and the largest that are listed as ids of the input, and the lines where they stand. */
  readonly least: ListedId;
  readonly most: ListedId;
  /** Of the file's content. */
  readonly sha256: string;
}

interface ListedId {
  readonly id: bigint;
  readonly line: number;
}

const MAX_ID = 2n ** 64n - 1n;
const MIN_ID = -(2n ** 63n);
/** As many as a message can bear. */
const MAX_PROBLEMS = 20;

/** The fingerprint of a table's content. @throws IoError */
export async function hashRemapFile(path: string): Promise<string> {
  return hashOf(await readBytes(path));
}

/** @throws InvalidInputError naming every line that can't be taken, or where a file holds no ids; IoError */
export async function readRemapFile(path: string): Promise<RemapTable> {
  const bytes = await readBytes(path);
  return { ...parseRows(path, linesOf(path, bytes)), sha256: hashOf(bytes) };
}

async function readBytes(path: string): Promise<Uint8Array> {
  try {
    return await readFile(path);
  } catch (error) {
    throw fileError('read', path, error);
  }
}

function hashOf(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}

function linesOf(path: string, bytes: Uint8Array): string[] {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes).split(/\r\n|\n|\r/);
  } catch {
    throw invalid(path, 'is not UTF-8 text', []);
  }
}

function parseRows(path: string, lines: readonly string[]): Omit<RemapTable, 'sha256'> {
  const map = new IdMap();
  const lineOf: number[] = [];
  const problems: string[] = [];
  let columns: readonly [from: number, to: number] | undefined;
  let [largest, least, most]: [bigint, ListedId, ListedId] = [0n, { id: 0n, line: 0 }, { id: 0n, line: 0 }];
  lines.forEach((text, i) => {
    if (/^\s*(#|$)/.test(text)) return;
    const line = i + 1;
    const cells = text.split(/[,;\t]/).map((cell) => cell.trim().replace(/^"(.*)"$/, '$1'));
    if (columns === undefined) {
      const isHeader = cells.every((cell) => !/^-?\d/.test(cell));
      columns = isHeader ? columnsOf(path, cells) : [0, 1];
      if (isHeader) return;
    }
    const [from, to] = columns.map((column) => cells[column]);
    const [id, becomes] = [parseId(from, MIN_ID), parseId(to, 0n)];
    if (id === undefined || becomes === undefined) {
      const what = id === undefined ? (from ?? '') : (to ?? '');
      problems.push(`line ${line}: '${what}' is no id`);
      return;
    }
    const listed = map.size;
    const index = map.add(lowOf(id), highOf(id), lowOf(becomes), highOf(becomes));
    if (index < listed) problems.push(`line ${line}: the id ${id} stands in line ${lineOf[index]} already`);
    else lineOf.push(line);
    if (becomes > largest) largest = becomes;
    if (id < least.id || least.line === 0) least = { id, line };
    if (id > most.id || most.line === 0) most = { id, line };
  });
  if (problems.length > 0) throw invalid(path, "has lines that can't be taken", problems);
  if (map.size === 0) throw invalid(path, 'lists no ids', []);
  return { map, largest, least, most };
}

function columnsOf(path: string, names: readonly string[]): readonly [from: number, to: number] {
  const at = (name: string) => names.findIndex((other) => other.toLowerCase().replace('\uFEFF', '') === name);
  if (at('from') < 0 || at('to') < 0) {
    throw invalid(path, `has no columns named from and to, but ${names.join(', ')}`, []);
  }
  return [at('from'), at('to')];
}

function parseId(text: string | undefined, least: bigint): bigint | undefined {
  if (text === undefined || !/^-?\d{1,20}$/.test(text)) return undefined;
  const id = BigInt(text);
  return id >= least && id <= MAX_ID ? id : undefined;
}

function lowOf(id: bigint): number {
  return Number(BigInt.asUintN(32, id));
}

function highOf(id: bigint): number {
  return Number(BigInt.asUintN(32, id >> 32n));
}

function invalid(path: string, what: string, problems: readonly string[]): InvalidInputError {
  const more = problems.length > MAX_PROBLEMS ? [`and ${problems.length - MAX_PROBLEMS} more`] : [];
  return new InvalidInputError(`--remap: ${path} ${what}.`, {
    details: [...problems.slice(0, MAX_PROBLEMS), ...more],
    remedy: 'Give a CSV whose first line is from,to, then one id a line and what it becomes, such as 17,4.',
    fields: { options: ['remap'] },
  });
}
