/** A list that is sorted by its key, as `<` compares strings. */
export interface SortedList<T> {
  readonly values: AsyncIterable<T>;
  readonly keyOf: (value: T) => string;
}

/** What each of some lists has under one key. */
type Row<T extends readonly unknown[]> = { readonly [I in keyof T]: readonly T[I][] };

/**
 * Walks sorted lists side by side, and yields a row for each key that any of them has, in order. Memory holds one row,
 * however long the lists are.
 */
export async function* march<T extends readonly unknown[]>(
  ...lists: { readonly [I in keyof T]: SortedList<T[I]> }
): AsyncGenerator<Row<T>> {
  const heads = lists.map((list: SortedList<unknown>) => new Head(list));
  try {
    await Promise.all(heads.map((head) => head.step()));
    for (;;) {
      let least: string | undefined;
      for (const { key } of heads) if (key !== undefined && (least === undefined || key < least)) least = key;
      if (least === undefined) return;
      const row: (readonly unknown[])[] = [];
      for (const head of heads) row.push(await head.take(least));
      yield row as unknown as Row<T>;
    }
  } finally {
    await Promise.all(heads.map((head) => head.close()));
  }
}

/** A list with the key of its next value, which is undefined at the end. */
class Head {
  key: string | undefined;
  private value: unknown;
  private readonly values: AsyncIterator<unknown>;

  constructor(private readonly list: SortedList<unknown>) {
    this.values = list.values[Symbol.asyncIterator]();
  }

  async step(): Promise<void> {
    const next = await this.values.next();
    this.value = next.value;
    this.key = next.done === true ? undefined : this.list.keyOf(next.value);
  }

  async take(key: string): Promise<unknown[]> {
    const taken: unknown[] = [];
    while (this.key === key) {
      taken.push(this.value);
      await this.step();
    }
    return taken;
  }

  async close(): Promise<void> {
    await this.values.return?.();
  }
}
