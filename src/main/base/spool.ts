import { createReadStream } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inBatches } from './batches';
import { fileError } from './file-error';

/** The number of values in memory. Sorting that many takes some hundredths of a second. */
const HELD = 32_768;
/**
 * The number of files that are merged at once. All of them are open then, and a part of each is in memory. There are
 * fewer than that of each size, and each size is this many times the one before: a billion values are read from less
 * than 200 files. Several spools are read at the same time, beside files that are sent, and many systems let a program
 * open 1,024.
 */
const MOST_RUNS = 64;
/** The bytes of each file that are read at once when files are merged. */
const READ_BYTES = 2 ** 14;
/** The number of values that are written at once when files are merged. */
const WRITTEN_AT_ONCE = 1024;

/** Limits that differ from the usual ones. */
interface SpoolLimits {
  readonly held?: number;
  readonly mostRuns?: number;
}

interface Keyed<T> {
  readonly key: string;
  readonly value: T;
}

/**
 * Holds any number of values (JSON) in bounded memory and returns them in the order of a key, or as they were added.
 * Some thousand values at a time are sorted and written to temporary files, which are merged when they are read
 * (external merge sort: D. Knuth, The Art of Computer Programming, volume 3, section 5.4). Values with the same key
 * keep the order in which they were added.
 *
 * When there are many files, they are merged into a larger one, and many of these into a still larger one.
 */
export class Spool<T> implements AsyncIterable<T> {
  /** The number of values. */
  length = 0;
  private held: T[] = [];
  /** The files by how often their values were merged. Those that were merged more often were added earlier. */
  private readonly levels: string[][] = [];
  private files = 0;
  private folder: string | undefined;
  private readonly mostHeld: number;
  private readonly mostRuns: number;

  /** @param keyOf returns the key; keys are compared by code units, as `<` does */
  constructor(
    private readonly keyOf: (value: T) => string = () => '',
    { held = HELD, mostRuns = MOST_RUNS }: SpoolLimits = {},
  ) {
    this.mostHeld = held;
    this.mostRuns = mostRuns;
  }

  /** Adds a value. In most cases there is nothing to wait for. */
  add(value: T): Promise<void> | undefined {
    this.held.push(value);
    this.length++;
    return this.held.length < this.mostHeld ? undefined : this.write();
  }

  /** Yields all values in order, any number of times. Call this after the last value was added. */
  async *[Symbol.asyncIterator](): AsyncGenerator<T> {
    const held = this.sorted();
    const runs = this.levels.toReversed().flat();
    if (runs.length === 0) {
      for (const { value } of held) yield value;
      return;
    }
    yield* merge([...runs.map((run) => this.read(run)), batchesOf(held)]);
  }

  /** Removes the temporary files. */
  async close(): Promise<void> {
    this.held = [];
    if (this.folder !== undefined) await rm(this.folder, { recursive: true, force: true });
  }

  private sorted(): Keyed<T>[] {
    const keyed = this.held.map((value) => ({ key: this.keyOf(value), value }));
    return keyed.sort((a, b) => (a.key < b.key ? -1 : a.key > b.key ? 1 : 0));
  }

  private async write(): Promise<void> {
    const text = this.sorted()
      .map(({ value }) => JSON.stringify(value))
      .join('\n');
    this.held = [];
    await this.keep(await this.newFile(text), 0);
  }

  /** Adds a file to its level. If the level is full then, its files become one of the next level. */
  private async keep(run: string, level: number): Promise<void> {
    const runs = (this.levels[level] ??= []);
    runs.push(run);
    if (runs.length < this.mostRuns) return;
    const merged = await this.newFile(linesOf(merge(runs.map((each) => this.read(each)))));
    this.levels[level] = [];
    for (const each of runs) await rm(each);
    await this.keep(merged, level + 1);
  }

  /** Writes a temporary file and returns its path. */
  private async newFile(text: string | AsyncIterable<string>): Promise<string> {
    try {
      this.folder ??= await mkdtemp(join(tmpdir(), 'precomputed-studio-'));
      const path = join(this.folder, String(this.files++));
      await writeFile(path, text, { mode: 0o600 });
      return path;
    } catch (error) {
      throw fileError('write', this.folder ?? tmpdir(), error);
    }
  }

  private async *read(run: string): AsyncGenerator<Iterator<Keyed<T>>> {
    let rest = '';
    const parts = createReadStream(run, { encoding: 'utf8', highWaterMark: READ_BYTES });
    for await (const part of parts as AsyncIterable<string>) {
      const lines = (rest + part).split('\n');
      rest = lines.pop() ?? '';
      yield this.parsed(lines);
    }
    yield this.parsed([rest]);
  }

  /** Parses each line when it is asked for, as lines take up a small part of the memory that values do. */
  private *parsed(lines: readonly string[]): Generator<Keyed<T>> {
    for (const line of lines) yield this.parse(line);
  }

  private parse(line: string): Keyed<T> {
    const value = JSON.parse(line) as T;
    return { key: this.keyOf(value), value };
  }
}

/** Writes values as JSON, a line each. The last line doesn't end. */
async function* linesOf<T>(values: AsyncIterable<T>): AsyncGenerator<string> {
  let separator = '';
  for await (const batch of inBatches(values, WRITTEN_AT_ONCE)) {
    yield separator + batch.map((value) => JSON.stringify(value)).join('\n');
    separator = '\n';
  }
}

async function* batchesOf<T>(held: Keyed<T>[]): AsyncGenerator<Iterator<Keyed<T>>> {
  yield held.values();
}

interface Run<T> {
  readonly order: number;
  readonly batches: AsyncGenerator<Iterator<Keyed<T>>>;
  batch: Iterator<Keyed<T>>;
  /** The first value that hasn't been taken. */
  head: Keyed<T>;
}

/** Merges sorted runs. A binary heap orders them by their first key. */
async function* merge<T>(sources: readonly AsyncGenerator<Iterator<Keyed<T>>>[]): AsyncGenerator<T> {
  const heap: Run<T>[] = [];
  try {
    for (const [order, batches] of sources.entries()) {
      const run = { order, batches, batch: [].values() };
      const head = await advance(run);
      if (head !== undefined) heap.push({ ...run, head });
    }
    heap.sort((a, b) => (isBefore(a, b) ? -1 : 1));
    for (let [top] = heap; top !== undefined; [top] = heap) {
      yield top.head.value;
      const next = top.batch.next();
      const head = next.done === true ? await advance(top) : next.value;
      if (head !== undefined) top.head = head;
      else {
        const last = heap.pop();
        if (last === undefined || last === top) continue;
        heap[0] = last;
      }
      sink(heap);
    }
  } finally {
    await Promise.all(sources.map((source) => source.return(undefined)));
  }
}

/** Returns the next value of a run whose batch is used up. */
async function advance<T>(run: Omit<Run<T>, 'head'>): Promise<Keyed<T> | undefined> {
  for (;;) {
    const { done, value } = await run.batches.next();
    if (done === true) return undefined;
    run.batch = value;
    const next = run.batch.next();
    if (next.done !== true) return next.value;
  }
}

function isBefore<T>(a: Run<T>, b: Run<T>): boolean {
  return a.head.key === b.head.key ? a.order < b.order : a.head.key < b.head.key;
}

/** Moves the first run of a heap to its correct position. */
function sink<T>(heap: Run<T>[]): void {
  for (let at = 0; ;) {
    let least = at;
    for (const child of [2 * at + 1, 2 * at + 2]) {
      const [run, best] = [heap[child], heap[least]];
      if (run !== undefined && best !== undefined && isBefore(run, best)) least = child;
    }
    const [run, best] = [heap[at], heap[least]];
    if (least === at || run === undefined || best === undefined) return;
    heap[at] = best;
    heap[least] = run;
    at = least;
  }
}
