import { about, OVERWRITE, set, value } from '../../../shared/api/mentions';
import { say } from '../../../shared/base/words';
import { InvalidInputError } from '../../../shared/base/errors';
import type { JoinedComponents } from './join-pieces';

/** A row in the list of components. */
export interface ComponentRow {
  /** Its id in the dataset. */
  readonly component: bigint;
  /** Its id in the input. */
  readonly id: bigint;
  readonly voxels: number;
}

export interface NewIds {
  /** The new ids by node of the forest; only those of roots are set. */
  readonly ids: BigUint64Array;
  /**
   * First the components that keep the id of the input, by ascending id, then the others in the order of their new
   * ids.
   */
  readonly rows: Iterable<ComponentRow>;
}

/**
 * Chooses the ids of components. The largest component of an id keeps it; if several are equally large, the one whose
 * first voxel comes first, x fastest. The others get unused ids, in the order of their first voxels: first those
 * above the largest id in use, then, at the end of the type's range, the smallest unused ones.
 * @param greatest the largest id that the voxels' type holds
 * @throws InvalidInputError if there are more components than ids
 */
export function newIds(joined: JoinedComponents, greatest: bigint): NewIds {
  const { forest, firsts, voxels } = joined;
  const { lows, highs } = forest;
  const difference = (values: Uint32Array | Float64Array, a: number, b: number): number =>
    (values[a] ?? 0) - (values[b] ?? 0);
  const roots = rootsOf(forest).sort(
    (a, b) =>
      difference(highs, a, b) ||
      difference(lows, a, b) ||
      difference(voxels, b, a) ||
      difference(firsts, a, b),
  );
  const isNext = (i: number): boolean =>
    i > 0 &&
    lows[roots[i] ?? 0] === lows[roots[i - 1] ?? 0] &&
    highs[roots[i] ?? 0] === highs[roots[i - 1] ?? 0];
  const largest = roots.filter((_, i) => !isNext(i));
  const others = roots.filter((_, i) => isNext(i)).sort((a, b) => difference(firsts, a, b));
  const labelOf = (root: number): bigint => (BigInt(highs[root] ?? 0) << 32n) | BigInt(lows[root] ?? 0);
  if (BigInt(roots.length) > greatest) {
    throw new InvalidInputError(
      say`${about('components')}: there are ${roots.length} components, more than the ids up to ${greatest} that the voxels' type holds.`,
      {
        remedy: say`Choose a wider type (${set('dataType', 'uint32')} or ${value('dataType', 'uint64')}), and start again by ${OVERWRITE}.`,
        fields: { code: 'too-many-components', options: ['dataType', 'components'] },
      },
    );
  }
  const ids = new BigUint64Array(forest.size);
  for (const root of largest) ids[root] = labelOf(root);
  const free = freeIds(largest, labelOf, greatest);
  for (const root of others) ids[root] = free.next().value ?? 0n;
  const row = (root: number): ComponentRow => ({
    component: ids[root] ?? 0n,
    id: labelOf(root),
    voxels: voxels[root] ?? 0,
  });
  return {
    ids,
    rows: (function* () {
      for (const root of largest) yield row(root);
      for (const root of others) yield row(root);
    })(),
  };
}

function rootsOf({ parents, size }: JoinedComponents['forest']): Uint32Array {
  return parents.subarray(0, size).filter((parent, node) => parent === node);
}

/**
 * Yields the unused ids.
 * @param used the roots whose labels are in use, by ascending label
 */
function* freeIds(
  used: Uint32Array,
  labelOf: (root: number) => bigint,
  greatest: bigint,
): Generator<bigint, undefined> {
  const last = used.length === 0 ? 0n : labelOf(used[used.length - 1] ?? 0);
  for (let id = last + 1n; id <= greatest; id++) yield id;
  let id = 1n;
  for (const root of used) {
    for (const label = labelOf(root); id < label; id++) yield id;
    id++;
  }
  return undefined;
}
