import { about, named } from '../../../shared/api/mentions';
import { say } from '../../../shared/base/words';
import { CsvError, parse } from 'csv-parse/sync';
import { InvalidInputError } from '../../../shared/base/errors';
import type { NamedSegment } from '../../../shared/precomputed/segment-properties';
import { readGivenFile } from '../../base/regular-file';
import { colourTable } from './colour-table';
import { jsonTable } from './json-table';
import { NamesColumns } from './names-columns';
import { parseSegmentId } from './segment-ids';

/** The most problems that a message lists. */
const MAX_PROBLEMS = 20;

/** Names of segments from a file, and notes on contents that aren't used. */
export interface NamesTable {
  readonly names: ReadonlyMap<bigint, NamedSegment>;
  /** One sentence for each note. */
  readonly notes: readonly string[];
}

/**
 * Reads a table of names (RFC 4180, or with semicolons or tabs between cells; UTF-8, or UTF-16 with a byte order
 * mark). The first line names the columns: `id`, and any of `label` (or `name`, as in BrainGlobe and Allen),
 * `description` (or `acronym`), `colour` (`#ff8000`, also `color_hex_triplet`, or red, green and blue in columns of
 * their own) and columns whose names begin with `tag`, whose cells hold tags separated by commas, semicolons or spaces.
 * Other columns are ignored, and a note says so. Ids may be written as floats, `997.0` or `6.1e8`. ITK-SNAP's label descriptions
 * the colour tables of FreeSurfer and 3D Slicer (`17 Left-Hippocampus 220 216 20 0`) and the JSON of BrainGlobe and Allen are
 * read too.
 * @param given which columns hold what, if they have other names: `id=Root,label=Cell type`
 * @throws InvalidInputError naming every invalid line: without an id, with an id that occurred before, or with more
 * cells than there are columns
 */
export async function readNames(path: string, given = ''): Promise<NamesTable> {
  const text = textOf(path, await readGivenFile(path));
  const [header = [], ...rows] = colourTable(text) ?? jsonTable(text) ?? parseRows(path, text);
  const columns = columnsOf(path, header, given);
  const names = new Map<bigint, NamedSegment>();
  const problems: string[] = [];
  rows.forEach((cells, i) => {
    const idText = columns.text(cells, 'id');
    const id = parseSegmentId(wholeNumber(idText));
    const line = `row ${i + 2}`;
    const beyond = cells.slice(columns.count).find((text) => text.trim() !== '');
    if (beyond !== undefined) {
      problems.push(
        `${line}: '${beyond.trim()}' is beyond the last column; a cell with a comma needs quotes`,
      );
    } else if (id === undefined) problems.push(`${line}: '${idText}' is not a segment id`);
    else if (names.has(id)) problems.push(`${line}: the id ${id} occurs twice`);
    else names.set(id, columns.segment(cells));
  });
  if (problems.length > 0) throw invalid(path, 'has rows that name no segment of their own', problems);
  const { others } = columns;
  const note = `The table of names ${path} has columns that aren't taken over: ${others.join(', ')}.`;
  return { names, notes: others.length === 0 ? [] : [note] };
}

/** Returns the digits of a whole number that is written as a float, such as `997.0` or `6.1e8`; other texts as they are. */
function wholeNumber(text: string): string {
  const number = /^\d+(\.\d+)?e\+?\d+$/i.test(text) ? Number(text) : NaN;
  return Number.isSafeInteger(number) ? String(number) : text.replace(/\.0*$/, '');
}

/** @throws InvalidInputError if the table has no ids, no names, or not the columns that the user says */
function columnsOf(path: string, header: readonly string[], given: string): NamesColumns {
  const pairs = given.split(',').flatMap((pair) => {
    const [role = '', column] = pair.split('=');
    return column === undefined ? [] : [[role.trim(), column.trim()] as const];
  });
  const there = new Set(header.map((name) => name.trim().toLowerCase()));
  const list = header.map((name) => name.trim()).join(', ') || 'none';
  const missing = pairs.find(([, column]) => !there.has(column.toLowerCase()));
  if (missing !== undefined) throw invalid(path, `has no column named ${missing[1]}, but ${list}`, []);
  const columns = new NamesColumns(header, new Map(pairs));
  if (!columns.has('id')) throw invalid(path, `has no column named id, but ${list}`, []);
  if ((['label', 'description', 'tags', 'colour'] as const).some((role) => columns.has(role))) return columns;
  throw invalid(path, `has no column of names, but ${list}`, []);
}

function encodingOf(bytes: Uint8Array): string {
  if (bytes[0] === 0xff && bytes[1] === 0xfe) return 'utf-16le';
  return bytes[0] === 0xfe && bytes[1] === 0xff ? 'utf-16be' : 'utf-8';
}

/** Returns the most frequent delimiter in the line of column names. */
function delimiterOf(text: string): string {
  const header = /^[^\r\n]*/.exec(text)?.[0] ?? '';
  const counts = [',', ';', '\t'].map((delimiter) => header.split(delimiter).length);
  return [',', ';', '\t'][counts.indexOf(Math.max(...counts))] ?? ',';
}

function textOf(path: string, bytes: Uint8Array): string {
  try {
    return new TextDecoder(encodingOf(bytes), { fatal: true }).decode(bytes);
  } catch {
    throw invalid(path, 'is neither UTF-8 nor UTF-16 with a byte order mark', []);
  }
}

function parseRows(path: string, text: string): string[][] {
  try {
    return parse(text, { relax_column_count: true, skip_empty_lines: true, delimiter: delimiterOf(text) });
  } catch (error) {
    if (error instanceof CsvError) throw invalid(path, `is not valid CSV: ${error.message}`, []);
    throw error;
  }
}

function invalid(path: string, what: string, problems: readonly string[]): InvalidInputError {
  const more = problems.length > MAX_PROBLEMS ? [`and ${problems.length - MAX_PROBLEMS} more`] : [];
  return new InvalidInputError(say`${about('names')}: ${path} ${what}.`, {
    details: [...problems.slice(0, MAX_PROBLEMS), ...more],
    remedy:
      problems.length > 0
        ? 'Use one row per id, and whole numbers below 2^64.'
        : say`The first line names the columns: id,label,description,tags,colour. State with ${named('namesColumns')} which of its columns hold them, such as id=Root,label=Cell type.`,
    fields: { code: 'bad-table', options: ['names', 'namesColumns'] },
  });
}
