import { about } from '../../shared/api/mentions';
import { say } from '../../shared/base/words';
import { CsvError, parse } from 'csv-parse/sync';
import { InvalidInputError } from '../../shared/base/errors';
import type { NamedSegment } from '../../shared/precomputed/segment-properties';
import { readGivenFile } from '../base/regular-file';
import { parseSegmentId } from './segment-ids';

/** As many as a message can bear. */
const MAX_PROBLEMS = 20;

/**
 * Reads a CSV of names (RFC 4180; UTF-8, with or without a byte order mark). The first line names the columns:
 * `id`, and any of `label`, `description` and columns whose names begin with `tag`, whose cells hold tags
 * separated by commas, semicolons or spaces. Other columns are passed over.
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
  const tagColumns = columns.flatMap((name, i) => (name.startsWith('tag') ? [i] : []));
  const names = new Map<bigint, NamedSegment>();
  const problems: string[] = [];
  rows.slice(1).forEach((cells, i) => {
    const cell = (index: number): string => (cells[index] ?? '').trim();
    const id = parseSegmentId(cell(column('id')));
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
        label: cell(column('label')),
        description: cell(column('description')),
        tags: tags.map((tag) => tag.replace(/^#/, '')),
      });
    }
  });
  if (problems.length > 0) throw invalid(path, 'has rows that name no segment of their own', problems);
  return names;
}

function parseRows(path: string, bytes: Uint8Array): string[][] {
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw invalid(path, 'is not UTF-8', []);
  }
  try {
    return parse(text, { relax_column_count: true, skip_empty_lines: true });
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
