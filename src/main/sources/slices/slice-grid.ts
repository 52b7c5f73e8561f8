import type { DataType } from '../../../shared/base/data-type';

/** The properties that must be the same in all slices of a stack. */
export interface SliceGrid {
  readonly width: number;
  readonly height: number;
  readonly dataType: DataType;
  readonly channels: number;
}

export function sameGrid(a: SliceGrid, b: SliceGrid): boolean {
  return (
    a.width === b.width && a.height === b.height && a.dataType === b.dataType && a.channels === b.channels
  );
}

/** Returns a text such as "512 × 512 uint64", with the number of channels if there are several. */
export function describeGrid({ width, height, dataType, channels }: SliceGrid): string {
  return `${width} × ${height} ${dataType}${channels === 1 ? '' : ` with ${channels} channels`}`;
}

/** Returns the first element that has the most common grid, or undefined if there are no elements. */
export function mostCommonGrid<T extends SliceGrid>(grids: readonly T[]): T | undefined {
  const counts = new Map<string, { readonly grid: T; count: number }>();
  for (const grid of grids) {
    const key = describeGrid(grid);
    const entry = counts.get(key) ?? { grid, count: 0 };
    entry.count++;
    counts.set(key, entry);
  }
  const entries = [...counts.values()];
  return entries.reduce<(typeof entries)[number] | undefined>(
    (best, entry) => (best !== undefined && best.count >= entry.count ? best : entry),
    undefined,
  )?.grid;
}
