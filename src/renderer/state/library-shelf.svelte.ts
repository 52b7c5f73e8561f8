import type { Dataset, Unfinished } from '../../shared/api/contract-types';
import { toStudioError, type StudioError } from '../../shared/base/errors';
import { inLanes } from '../../shared/base/in-lanes';
import type { StudioClient } from '../hosts/studio-client';

export const ORDERS = {
  newest: 'Newest first',
  oldest: 'Oldest first',
  name: 'By name',
  largest: 'Largest first',
} as const;
type Order = keyof typeof ORDERS;

/** Number of folders that are measured at the same time. */
const MEASURED_AT_ONCE = 2;

/** The datasets of the library as the user sees them: searched, sorted, selected. */
export class LibraryShelf {
  datasets = $state.raw<readonly Dataset[]>();
  unfinished = $state.raw<readonly Unfinished[]>([]);
  error = $state.raw<StudioError>();
  /** Sizes of datasets on the disk in bytes, by path, as far as they are known. */
  sizes = $state<Record<string, number>>({});
  text = $state('');
  type = $state<'' | Dataset['type']>('');
  tag = $state('');
  order = $state<Order>('newest');
  private selected = $state.raw<readonly string[]>([]);
  private generation = 0;

  constructor(private readonly client: StudioClient) {}

  async load(): Promise<void> {
    const generation = ++this.generation;
    try {
      const [datasets, unfinished] = await Promise.all([
        this.client.library.datasets(),
        this.client.library.unfinished(),
      ]);
      if (generation !== this.generation) return;
      this.datasets = datasets;
      this.unfinished = unfinished;
      this.error = undefined;
      await inLanes(datasets, MEASURED_AT_ONCE, (dataset) => this.measure(dataset, generation));
    } catch (error) {
      if (generation === this.generation) this.error = toStudioError(error);
    }
  }

  private async measure({ path }: Dataset, generation: number): Promise<void> {
    if (generation !== this.generation) return;
    const size = await this.client.library.size({ path }).catch(() => undefined);
    if (size !== undefined) this.sizes[path] = size.bytes;
  }

  get tags(): string[] {
    const all = (this.datasets ?? []).flatMap(({ tags }) => tags).sort();
    return all.filter((tag, i) => tag !== all[i - 1]);
  }

  /** The datasets that match the search, in the chosen order. */
  get shown(): Dataset[] {
    const wanted = this.text.trim().toLowerCase();
    const found = (this.datasets ?? []).filter(
      ({ path, type, tags, description }) =>
        (this.type === '' || type === this.type) &&
        (this.tag === '' || tags.includes(this.tag)) &&
        [path, type, description, ...tags].join(' ').toLowerCase().includes(wanted),
    );
    const byName = new Intl.Collator('en', { numeric: true });
    const compare: Readonly<Record<Order, (a: Dataset, b: Dataset) => number>> = {
      newest: (a, b) => b.modifiedMs - a.modifiedMs,
      oldest: (a, b) => a.modifiedMs - b.modifiedMs,
      name: (a, b) => byName.compare(a.name, b.name),
      largest: (a, b) => (this.sizes[b.path] ?? 0) - (this.sizes[a.path] ?? 0),
    };
    return found.sort(compare[this.order]);
  }

  /** Total size on the disk of all datasets that are shown; undefined until all are measured. */
  get shownBytes(): number | undefined {
    return this.shown.reduce<number | undefined>((sum, { path }) => {
      const bytes = this.sizes[path];
      return sum === undefined || bytes === undefined ? undefined : sum + bytes;
    }, 0);
  }

  /** The selected datasets among those that are shown. */
  get chosen(): Dataset[] {
    return this.shown.filter(({ path }) => this.selected.includes(path));
  }

  isSelected(path: string): boolean {
    return this.selected.includes(path);
  }

  select(path: string, isSelected: boolean): void {
    const others = this.selected.filter((other) => other !== path);
    this.selected = isSelected ? [...others, path] : others;
  }

  selectAll(isSelected: boolean): void {
    this.selected = isSelected ? this.shown.map(({ path }) => path) : [];
  }

  /**
   * Makes a project of the selected datasets.
   *
   * @returns its id
   */
  async makeProject(): Promise<string> {
    const id = crypto.randomUUID();
    const layers = this.chosen.map(({ path, name }, i, all) => ({
      path,
      name: all.some((other, j) => j < i && other.name === name) ? `${name} ${i + 1}` : name,
    }));
    const name = layers
      .map((layer) => layer.name)
      .join(' + ')
      .slice(0, 200);
    await this.client.projects.save({ id, name, layers });
    return id;
  }
}
