/** The most sentences about one thing, since a broken disk damages all files. */
const MAX_PROBLEMS = 20;

/** Collects sentences. It keeps the first ones and counts the others. */
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
