/** At most this many sentences about a thing: a broken disk breaks all files. */
const MAX_PROBLEMS = 20;

/** Gathers sentences, of which the first ones are kept and the others counted. */
export class Problems {
  private readonly kept: string[] = [];
  private count = 0;

  add(...sentences: readonly string[]): void {
    this.count += sentences.length;
    this.kept.push(...sentences.slice(0, MAX_PROBLEMS - this.kept.length));
  }

  list(): readonly string[] {
    const more = this.count - this.kept.length;
    return more > 0 ? [...this.kept, `and ${more} more`] : this.kept;
  }
}
