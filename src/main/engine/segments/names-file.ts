import { about } from '../../../shared/api/mentions';
import { say } from '../../../shared/base/words';
import { CsvError, parse } from 'csv-parse/sync';
import { InvalidInputError } from '../../../shared/base/errors';
import type { NamedSegment } from '../../../shared/precomputed/segment-properties';
import { readGivenFile } from '../../base/regular-file';
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
 * `description` (or `acronym`) and columns whose names begin with `tag`, whose cells hold tags separated by commas,
 * semicolons or spaces. Other columns are ignored, and a note says so. Ids may be written as floats, `997.0`.
 * ITK-SNAP's label descriptions and the colour tables of FreeSurfer and 3D Slicer (`17 Left-Hippocampus 220 216 20
 * 0`) are read too.
 * @throws InvalidInputError naming every invalid line: without an id, with an id that occurred before, or with more
 * cells than there are columns
 */
export async function readNames(path: string): Promise<NamesTable> {
  const text = textOf(path, await readGivenFile(path));
  const colours = colourTable(text);
  const rows = colours ?? parseRows(path, text);
  const [header = []] = rows;
  const columns = header.map((name) => name.trim().toLowerCase());
  const column = (name: string): number => columns.indexOf(name);
  if (column('id') < 0) {
    throw invalid(path, `has no column named id, but ${columns.join(', ') || 'none'}`, []);
  }
  const firstOf = (...aliases: readonly string[]): number =>
    aliases.map(column).find((index) => index >= 0) ?? -1;
  const labels = firstOf('label', 'name');
  const descriptions = firstOf('description', 'acronym');
  const tagColumns = columns.flatMap((name, i) => (name.startsWith('tag') ? [i] : []));
  if (labels < 0 && descriptions < 0 && tagColumns.length === 0) {
    throw invalid(path, `has no column of names, but ${columns.join(', ')}`, []);
  }
  const names = new Map<bigint, NamedSegment>();
  const problems: string[] = [];
  rows.slice(1).forEach((cells, i) => {
    const cell = (index: number): string => (cells[index] ?? '').trim();
    const id = parseSegmentId(cell(column('id')).replace(/\.0*$/, ''));
    const line = `row ${i + 2}`;
    const beyond = cells.slice(columns.length).find((text) => text.trim() !== '');
    if (beyond !== undefined) {
      problems.push(
        `${line}: '${beyond.trim()}' stands beyond the last column; a cell with a comma needs quotes`,
      );
    } else if (id === undefined) problems.push(`${line}: '${cell(column('id'))}' is not a segment id`);
    else if (names.has(id)) problems.push(`${line}: the id ${id} occurs twice`);
    else {
      const tags = tagColumns.flatMap((index) => cell(index).split(/[\s,;]+/)).filter((tag) => tag !== '');
      names.set(id, {
        label: cell(labels),
        description: cell(descriptions),
        tags: tags.map((tag) => tag.replace(/^#/, '')),
      });
    }
  });
  if (problems.length > 0) throw invalid(path, 'has rows that name no segment of their own', problems);
  const taken = new Set([column('id'), labels, descriptions, ...tagColumns]);
  const others = columns.filter((name, i) => !taken.has(i) && name !== '');
  const what = colours === undefined ? `columns that aren't taken over: ${others.join(', ')}` : 'its colours';
  const isAll = colours === undefined && others.length === 0;
  return {
    names,
    notes: isAll
      ? []
      : [
          `The table of names ${path} has ${what}${colours === undefined ? '' : ", which aren't taken over"}.`,
        ],
  };
}

/**
 * A row of ITK-SNAP: index, red, green, blue, alpha, whether it is shown, whether it has a mesh, and the name in
 * quotes.
 */
const ITK_SNAP_ROW = /^\s*(\d+)(?:\s+[\d.]+){4}\s+\d\s+\d\s+"([^"]*)"\s*$/;
/** A row of FreeSurfer and Slicer: index, name without spaces, red, green, blue, alpha. */
const COLOUR_ROW = /^\s*(\d+)\s+(\S+)(?:\s+\d+){4}\s*$/;

/**
 * Returns a colour table as rows of ids and labels; undefined for other files. 0 is the background, whatever its
 * name.
 */
function colourTable(text: string): string[][] | undefined {
  const lines = text.split(/\r?\n/).filter((line) => line.trim() !== '' && !line.trimStart().startsWith('#'));
  const pattern = [ITK_SNAP_ROW, COLOUR_ROW].find((row) => row.test(lines[0] ?? ''));
  if (pattern === undefined || !lines.every((line) => pattern.test(line))) return undefined;
  const rows = lines.map((line) => pattern.exec(line)?.slice(1) ?? []);
  return [['id', 'label'], ...rows.filter(([id]) => Number(id) !== 0)];
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
        : 'The first line names the columns: id,label,description,tags.',
    fields: { code: 'bad-table', options: ['names'] },
  });
}
