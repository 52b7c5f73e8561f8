import { about } from '../../../shared/api/mentions';
import { say } from '../../../shared/base/words';
import { CsvError, parse } from 'csv-parse/sync';
import { InvalidInputError } from '../../../shared/base/errors';
import type { NamedSegment } from '../../../shared/precomputed/segment-properties';
import { readGivenFile } from '../../base/regular-file';
import { parseSegmentId } from './segment-ids';

/** As many as a message can bear. */
const MAX_PROBLEMS = 20;

/**
 * Reads a table of names (RFC 4180, or with semicolons or tabs between cells; UTF-8 or UTF-16 with a byte order mark). The
 * first line names the columns: `id`, and any of `label` (or `name`, as BrainGlobe and Allen have it), `description` (or
 * `acronym`) and columns whose names begin with `tag`, whose cells hold tags separated by commas, semicolons or spaces.
 * Other columns are passed over. Ids may be written as floats, `997.0`.
 * @throws InvalidInputError naming every line that can't be taken: no id, one that was there before, or more cells than
 * there are columns
 */
export async function readNames(path: string): Promise<Map<bigint, NamedSegment>> {
  const rows = parseRows(path, await readGivenFile(path));
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
    } else if (id === undefined) problems.push(`${line}: '${cell(column('id'))}' is no segment id`);
    else if (names.has(id)) problems.push(`${line}: the id ${id} is there twice`);
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
  return names;
}

function encodingOf(bytes: Uint8Array): string {
  if (bytes[0] === 0xff && bytes[1] === 0xfe) return 'utf-16le';
  return bytes[0] === 0xfe && bytes[1] === 0xff ? 'utf-16be' : 'utf-8';
}

/** What stands most often between the names of the columns. */
function delimiterOf(text: string): string {
  const header = /^[^\r\n]*/.exec(text)?.[0] ?? '';
  const counts = [',', ';', '\t'].map((delimiter) => header.split(delimiter).length);
  return [',', ';', '\t'][counts.indexOf(Math.max(...counts))] ?? ',';
}

function parseRows(path: string, bytes: Uint8Array): string[][] {
  let text: string;
  try {
    text = new TextDecoder(encodingOf(bytes), { fatal: true }).decode(bytes);
  } catch {
    throw invalid(path, 'is neither UTF-8 nor UTF-16 with a byte order mark', []);
  }
  try {
    return parse(text, { relax_column_count: true, skip_empty_lines: true, delimiter: delimiterOf(text) });
  } catch (error) {
    if (error instanceof CsvError) throw invalid(path, `is not sound CSV: ${error.message}`, []);
    throw error;
  }
}

function invalid(path: string, what: string, problems: readonly string[]): InvalidInputError {
  const more = problems.length > MAX_PROBLEMS ? [`and ${problems.length - MAX_PROBLEMS} more`] : [];
  return new InvalidInputError(say`${about('names')}: ${path} ${what}.`, {
    details: [...problems.slice(0, MAX_PROBLEMS), ...more],
    remedy:
      problems.length > 0
        ? 'Give each id in one row alone, as a whole number below 2^64.'
        : 'The first line names the columns: id,label,description,tags.',
    fields: { code: 'bad-table', options: ['names'] },
  });
}
