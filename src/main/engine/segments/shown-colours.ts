import type { Dataset } from '../dataset';
import { readSegmentColumns } from './segment-counts';

/** The most colours in a state that is part of a link. Those of segments that are selected come first. */
const MAX_COLOURS = 1000;

/**
 * Returns the colours of segments by their ids, from the dataset's list of segments.
 * @param selected the segments whose colours are kept if there are more than a link can hold
 */
export async function coloursToShow(
  { root, info }: Dataset,
  selected: readonly string[],
): Promise<Record<string, string>> {
  const { ids = [], colours = [] } = (await readSegmentColumns(root, info)) ?? {};
  const isSelected = new Set(selected);
  const coloured = ids.flatMap((id, i): [string, string][] => {
    const colour = colours[i] ?? '';
    return colour === '' ? [] : [[id, colour]];
  });
  const first = coloured.filter(([id]) => isSelected.has(id));
  const others = coloured.filter(([id]) => !isSelected.has(id));
  return Object.fromEntries([...first, ...others].slice(0, MAX_COLOURS));
}
