import type { GapPolicy, OpenOptions } from '../source-opener';
import type { TileGrid } from '../volume-source';
import { nameParts } from './natural-order';
import { orderSlices, type SliceOrder } from './slice-order';
import { otherProblems, type StackProblem } from './stack-refusal';

/** The order of a stack's files. If they are tiles, all of one section follow one another, row by row. */
export interface StackOrder extends SliceOrder {
  readonly mosaic?: TileGrid;
}

/** Puts the files of a stack in order: as slices, or as tiles if the options say so. */
export function orderStack(names: readonly string[], { gaps = 'refuse', tiles }: OpenOptions): StackOrder {
  if (tiles === 'join') return orderTiles(names, gaps);
  const order = orderSlices(names, gaps);
  const isGrid =
    order.problems.some(({ cause }) => cause === 'other-axes') && gridInNames(names) !== undefined;
  if (!isGrid) return order;
  const problems = order.problems.map((problem): StackProblem =>
    problem.cause === 'other-axes' ? { ...problem, cause: 'tiles' } : problem,
  );
  return { ...order, problems };
}

/** The texts before the numbers of a row and a column. `c` is a column only beside `r`, as it may be a channel. */
const ROW_AND_COLUMN = [
  ['y', 'x'],
  ['r', 'c'],
  ['row', 'c(?:ol(?:umn)?)?'],
] as const;

/** Returns where {@link nameParts} has the numbers of the row and the column. */
function gridInNames(names: readonly string[]): readonly [row: number, column: number] | undefined {
  const parts = nameParts(names[0] ?? '');
  const behind = (label: string) => {
    // A hyphen could be a sign, and rows would then be joined upside down.
    const pattern = new RegExp(`(?:^|[^a-z])${label}[_=]?$`, 'i');
    return parts.findIndex((text, i) => i % 2 === 0 && i + 1 < parts.length && pattern.test(text)) + 1;
  };
  return ROW_AND_COLUMN.map(([row, column]) => [behind(row), behind(column)] as const).find(
    ([row, column]) => row > 0 && column > 0,
  );
}

/** Puts tiles in order, section by section. Tiles that are missing are tiles of zeros where gaps are filled so. */
function orderTiles(names: readonly string[], gaps: GapPolicy): StackOrder {
  const place = gridInNames(names);
  if (place === undefined) {
    const text = `the names, such as ${names[0] ?? ''}, have no numbers of rows and columns behind Y and X, r and c or row and col. A hyphen before a number could be its sign`;
    return { slices: names, problems: [{ text, cause: 'no-tiles' }], numbering: 'by name' };
  }
  const valuesAt = (index: number) =>
    [...new Set(names.map((name) => Number(nameParts(name)[index])))].sort((a, b) => a - b);
  const [rows, columns] = place.map(valuesAt) as [number[], number[]];
  const { sections, problems } = sectionsOf(names, place);
  const order = orderSlices([...sections.keys()], gaps);
  const slices = order.slices.flatMap((section) =>
    rows.flatMap((row) => columns.map((column) => sections.get(section ?? '')?.get(`${row},${column}`))),
  );
  if (gaps !== 'zero') problems.push(...missingTiles(sections, rows, columns));
  const uneven = [...unevenSteps('rows', rows), ...unevenSteps('columns', columns)];
  return {
    slices,
    problems: [...order.problems, ...problems, ...otherProblems(uneven)],
    numbering: `${order.numbering}, in tiles`,
    mosaic: {
      columns: columns.length,
      rows: rows.length,
      columnStep: stepOf(columns),
      rowStep: stepOf(rows),
    },
  };
}

type Sections = ReadonlyMap<string, ReadonlyMap<string, string>>;

/** Returns the tiles by section, which is named like its first tile, and by `row,column`. */
function sectionsOf(names: readonly string[], [row, column]: readonly [number, number]) {
  const first = nameParts(names[0] ?? '');
  const sections = new Map<string, Map<string, string>>();
  const twice: string[] = [];
  for (const name of names) {
    const parts = nameParts(name);
    const cell = `${Number(parts[row])},${Number(parts[column])}`;
    [parts[row], parts[column]] = [first[row] ?? '', first[column] ?? ''];
    const section = parts.join('');
    const tiles = sections.get(section) ?? new Map<string, string>();
    sections.set(section, tiles);
    const other = tiles.get(cell);
    if (other === undefined) tiles.set(cell, name);
    else twice.push(`${name} has the same row and column as ${other}`);
  }
  return { sections: sections as Sections, problems: otherProblems(twice) };
}

function missingTiles(
  sections: Sections,
  rows: readonly number[],
  columns: readonly number[],
): StackProblem[] {
  return [...sections].flatMap(([section, tiles]) =>
    rows.flatMap((row) =>
      columns
        .filter((column) => !tiles.has(`${row},${column}`))
        .map((column): StackProblem => {
          return { text: `${section} has no tile in row ${row}, column ${column}`, cause: 'missing-tiles' };
        }),
    ),
  );
}

function stepOf([first = 0, second = first]: readonly number[]): number {
  return second - first;
}

/** Numbers of rows may also be positions, but tiles without gaps are in equal steps. */
function unevenSteps(what: string, values: readonly number[]): string[] {
  const step = stepOf(values);
  const isEven = values.every((value, i) => i === 0 || value - (values[i - 1] ?? 0) === step);
  return isEven ? [] : [`the ${what} of tiles are ${values.join(', ')}, which aren't in equal steps`];
}
