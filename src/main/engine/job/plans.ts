import type { JsonFields, Product } from '../product';
import { damaged } from '../run/job-record';

type Planned = readonly [product: Product, plan: unknown];

/** The plans of the products of a job, in the order of the products. */
export class Plans {
  private constructor(private readonly planned: readonly Planned[]) {}

  static of(planned: readonly Planned[]): Plans {
    return new Plans(planned);
  }

  /**
   * Parses the plans in a `job.json`.
   * @throws InvalidInputError naming `path` if a plan doesn't match the schema of its product
   */
  static parse(json: JsonFields, path: string, products: readonly Product[]): Plans {
    const known = products.filter(({ name }) => json[name] !== undefined);
    return new Plans(
      known.map((product) => {
        const parsed = product.schema.safeParse(json[product.name]);
        if (!parsed.success) throw damaged(path, parsed.error);
        return [product, parsed.data];
      }),
    );
  }

  of<Plan>(product: Product<Plan>): Plan | undefined {
    const [, plan] = this.planned.find(([{ name }]) => name === product.name) ?? [];
    return plan as Plan | undefined;
  }

  map<T>(make: (product: Product, plan: unknown) => T): T[] {
    return this.planned.map(([product, plan]) => make(product, plan));
  }

  get json(): JsonFields {
    return Object.fromEntries(this.map((product, plan) => [product.name, plan]));
  }

  /** Bytes of the blocks that are in memory at the same time. */
  get blockBytes(): number {
    return this.map((product, plan) => product.blockBytes?.(plan) ?? 0).reduce((sum, own) => sum + own, 0);
  }

  /** The scales of the new dataset that later stages read. */
  get readScales(): number[] {
    return this.map((product, plan) => product.readScales?.(plan) ?? []).flat();
  }

  /** The files that the products make in the dataset's own folder, except `info` and `provenance`. */
  get files(): string[] {
    return this.map(({ owns }) => owns.files).flat();
  }

  /**
   * Returns the plans with which a resumed job continues, or undefined if it was begun with different ones.
   * @param json the plans in its `job.json`, at `path`
   */
  resume(json: JsonFields, path: string): Plans | undefined {
    const begun = Plans.parse(
      json,
      path,
      this.map((product) => product),
    );
    const resumed = this.map((product, plan): Planned => [
      product,
      resumedPlan(product, begun.of(product), plan),
    ]);
    const isSame =
      resumed.every(([, plan]) => plan !== undefined) && Object.keys(json).length === resumed.length;
    return isSame ? new Plans(resumed) : undefined;
  }
}

function resumedPlan(product: Product, begun: unknown, planned: unknown): unknown {
  if (begun === undefined) return undefined;
  if (product.resume !== undefined) return product.resume(begun, planned);
  return JSON.stringify(begun) === JSON.stringify(planned) ? begun : undefined;
}
