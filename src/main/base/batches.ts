/** Yields values in arrays of `size`. The last array may be shorter, and none is empty. */
export async function* inBatches<T>(
  values: AsyncIterable<T> | Iterable<T>,
  size: number,
): AsyncGenerator<T[]> {
  let batch: T[] = [];
  for await (const value of values) {
    if (batch.push(value) < size) continue;
    yield batch;
    batch = [];
  }
  if (batch.length > 0) yield batch;
}

/** Yields the values of a sorted list in arrays of those that have the same key. */
export async function* byKey<T>(
  values: AsyncIterable<T>,
  keyOf: (value: T) => string,
): AsyncGenerator<readonly [T, ...T[]]> {
  let group: [T, ...T[]] | undefined;
  for await (const value of values) {
    if (group !== undefined && keyOf(group[0]) === keyOf(value)) {
      group.push(value);
      continue;
    }
    if (group !== undefined) yield group;
    group = [value];
  }
  if (group !== undefined) yield group;
}
