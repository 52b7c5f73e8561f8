import type { VolumeBlock } from '../src/shared/base/volume-block';
import type { Connectivity } from '../src/shared/kernels/label-forest';
import { componentsTwin } from './shared/kernels/components-twin';

export interface ListedComponent {
  component: bigint;
  id: bigint;
  voxels: number;
}

interface Found extends ListedComponent {
  readonly first: number;
}

/**
 * A slow and readable calculation of the ids that a conversion gives to the voxels, and of its list of components.
 * The largest component of an id keeps the id; in case of a tie it is the first one. The others get ids above the
 * greatest id, then unused ones below it.
 */
export function componentIdsTwin(
  volume: VolumeBlock,
  connectivity: Connectivity,
  greatest: bigint,
): { readonly ids: BigUint64Array; readonly list: ListedComponent[] } {
  const numbers = componentsTwin(volume, connectivity);
  const found: Found[] = [];
  numbers.forEach((number, voxel) => {
    if (number === 0) return;
    const id = BigInt(volume.data[voxel] ?? 0);
    const row = (found[number - 1] ??= { component: 0n, id, voxels: 0, first: voxel });
    row.voxels++;
  });
  const largest = new Map<bigint, Found>();
  for (const row of found) {
    if (row.voxels > (largest.get(row.id)?.voxels ?? 0)) largest.set(row.id, row);
  }
  const used = new Set(largest.keys());
  const kept = [...largest.values()].sort((a, b) => (a.id < b.id ? -1 : 1));
  let next = (kept.at(-1)?.id ?? 0n) + 1n;
  for (const row of kept) row.component = row.id;
  const others = found.filter((row) => largest.get(row.id) !== row);
  for (const row of others) {
    if (next > greatest) next = 1n;
    while (used.has(next)) next++;
    row.component = next;
    used.add(next);
  }
  return {
    ids: BigUint64Array.from(numbers, (number) => found[number - 1]?.component ?? 0n),
    list: [...kept, ...others].map(({ component, id, voxels }) => ({ component, id, voxels })),
  };
}
