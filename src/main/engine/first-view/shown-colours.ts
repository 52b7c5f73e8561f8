import type { SegmentColumns } from '../../../shared/precomputed/segment-properties';

/** The most colours in a state that is part of a link. Those of segments that are selected come first. */
const MAX_COLOURS = 1000;

/**
 * Returns the colours of segments by their ids.
 * @param columns the dataset's list of segments, if it has one
 * @param selected the segments whose colours are kept if there are more than a link can hold
 */
export function coloursToShow(
  columns: SegmentColumns | undefined,
  selected: readonly string[],
): Record<string, string> {
  const { ids = [], colours = [] } = columns ?? {};
  const isSelected = new Set(selected);
  const coloured = ids.flatMap((id, i): [string, string][] => {
    const colour = colours[i] ?? '';
    return colour === '' ? [] : [[id, colour]];
  });
  const first = coloured.filter(([id]) => isSelected.has(id));
  const others = coloured.filter(([id]) => !isSelected.has(id));
  return Object.fromEntries([...first, ...others].slice(0, MAX_COLOURS));
}
