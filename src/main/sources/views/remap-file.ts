import { about } from '../../../shared/api/mentions';
import { say } from '../../../shared/base/words';
/**
 * Reads tables that map ids to new ids. A table is text with one row per line: the id in the input and the new id, as
 * decimal numbers that are separated by a comma, a semicolon or a tab. The first line may name the columns; then `from`
 * and `to` mark these two among others. Empty lines and lines that begin with `#` are ignored.
 */
import { createHash } from 'node:crypto';
import { InvalidInputError } from '../../../shared/base/errors';
import { IdMap } from '../../../shared/kernels/id-map';
import { readGivenFile } from '../../base/regular-file';
import { readPlainRow } from './plain-row';

export interface RemapTable {
  readonly map: IdMap;
  /** The largest new id. */
  readonly largest: bigint;
  /** The smallest and the largest listed id of the input, or 0, and their lines. */
  readonly least: ListedId;
  readonly most: ListedId;
  /** The hash of the file's content. */
  readonly sha256: string;
}

interface ListedId {
  readonly id: bigint;
  readonly line: number;
}

const MAX_ID = 2n ** 64n - 1n;
const MIN_ID = -(2n ** 63n);
/** The most problems that a message lists. */
const MAX_PROBLEMS = 20;

/** Returns the SHA-256 hash of a table's content. @throws IoError */
export async function hashRemapFile(path: string): Promise<string> {
  return hashOf(await readGivenFile(path));
}

/** Reads a table. @throws InvalidInputError that names every invalid line, or if the file holds no ids; IoError */
export async function readRemapFile(path: string): Promise<RemapTable> {
  const bytes = await readGivenFile(path);
  const reader = new TableReader(path);
  let line = 0;
  for (let start = 0; start < bytes.length;) {
    const newLine = bytes.indexOf(0x0a, start);
    const end = newLine < 0 ? bytes.length : newLine;
    reader.readLine(bytes, start, end, ++line);
    start = end + 1;
  }
  return { ...reader.finish(), sha256: hashOf(bytes) };
}

function hashOf(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}

class TableReader {
  private readonly map = new IdMap();
  private readonly lineOf: number[] = [];
  private readonly problems: string[] = [];
  private readonly decoder = new TextDecoder();
  /** The low and the high 32 bits of the id, then those of the new id. */
  private readonly row = new Uint32Array(4);
  private columns: readonly [from: number, to: number] | undefined;
  private arePlain = false;
  private largest: readonly [low: number, high: number] = [0, 0];
  private most: readonly [low: number, high: number, line: number] = [0, 0, 0];
  private least: ListedId = { id: 0n, line: 0 };

  constructor(private readonly path: string) {}

  readLine(bytes: Uint8Array, start: number, end: number, line: number): void {
    if (this.arePlain && readPlainRow(bytes, start, end, this.row)) this.add(line, false);
    else this.readText(this.decoder.decode(bytes.subarray(start, end)), line);
  }

  finish(): Omit<RemapTable, 'sha256'> {
    const { path, map, problems, largest, least, most } = this;
    if (problems.length > 0) throw invalid(path, 'has lines that are not valid', problems);
    if (map.size === 0) throw invalid(path, 'lists no ids', []);
    return {
      map,
      largest: wholeOf(...largest),
      least,
      most: { id: wholeOf(most[0], most[1]), line: most[2] },
    };
  }

  private readText(text: string, line: number): void {
    if (/^\s*(#|$)/.test(text)) return;
    const cells = text.split(/[,;\t]/).map((cell) => cell.trim().replace(/^"(.*)"$/, '$1'));
    if (this.columns === undefined) {
      const isHeader = cells.every((cell) => !/^-?\d/.test(cell));
      this.columns = isHeader ? columnsOf(this.path, cells) : [0, 1];
      this.arePlain = this.columns[0] === 0 && this.columns[1] === 1;
      if (isHeader) return;
    }
    const [from, to] = this.columns.map((column) => cells[column]);
    const [id, becomes] = [parseId(from, MIN_ID), parseId(to, 0n)];
    if (id === undefined || becomes === undefined) {
      this.problems.push(`line ${line}: '${(id === undefined ? from : to) ?? ''}' is not an id`);
      return;
    }
    this.row.set([lowOf(id), highOf(id), lowOf(becomes), highOf(becomes)]);
    if (id < this.least.id) this.least = { id, line };
    this.add(line, id < 0n);
  }

  /** Adds the row that was read to the map. */
  private add(line: number, isNegative: boolean): void {
    const { map, lineOf, row, most, largest } = this;
    const [low = 0, high = 0, toLow = 0, toHigh = 0] = row;
    const listed = map.size;
    const index = map.add(low, high, toLow, toHigh);
    if (index === listed) lineOf.push(line);
    else {
      const id = isNegative ? BigInt.asIntN(64, wholeOf(low, high)) : wholeOf(low, high);
      this.problems.push(`line ${line}: the id ${id} is already in line ${lineOf[index]}`);
    }
    if (toHigh > largest[1] || (toHigh === largest[1] && toLow > largest[0])) this.largest = [toLow, toHigh];
    const isMost = high > most[1] || (high === most[1] && low > most[0]);
    if (isMost && !isNegative) this.most = [low, high, line];
  }
}

function columnsOf(path: string, names: readonly string[]): readonly [from: number, to: number] {
  const at = (name: string) => names.findIndex((other) => other.toLowerCase() === name);
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

function wholeOf(low: number, high: number): bigint {
  return (BigInt(high) << 32n) | BigInt(low);
}

function invalid(path: string, what: string, problems: readonly string[]): InvalidInputError {
  const more = problems.length > MAX_PROBLEMS ? [`and ${problems.length - MAX_PROBLEMS} more`] : [];
  return new InvalidInputError(say`${about('remap')}: ${path} ${what}.`, {
    details: [...problems.slice(0, MAX_PROBLEMS), ...more],
    remedy: 'Use a CSV with the header from,to and one line per id with its new id, such as 17,4.',
    fields: { code: 'bad-table', options: ['remap'] },
  });
}
