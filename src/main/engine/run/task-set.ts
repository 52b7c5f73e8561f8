/** A set of task numbers with one bit for each; ten million tasks take 1.25 MB. */
export class TaskSet implements Iterable<number> {
  private bits = new Uint8Array(64);
  private members = 0;

  get size(): number {
    return this.members;
  }

  has(task: number): boolean {
    return ((this.bits[task >> 3] ?? 0) & (1 << (task & 7))) !== 0;
  }

  add(task: number): void {
    if (this.has(task)) return;
    this.members++;
    this.setByte(task >> 3, (this.bits[task >> 3] ?? 0) | (1 << (task & 7)));
  }

  delete(task: number): void {
    if (!this.has(task)) return;
    this.members--;
    this.setByte(task >> 3, (this.bits[task >> 3] ?? 0) & ~(1 << (task & 7)));
  }

  /** Reports whether the set has all tasks from `first` to `end`, which isn't included. */
  hasAll(first: number, end: number): boolean {
    // Tasks are done in their order, so the last ones are most likely to be missing.
    for (let task = end - 1; task >= first; task--) if (!this.has(task)) return false;
    return true;
  }

  /** Yields the task numbers in ascending order. */
  *[Symbol.iterator](): Generator<number> {
    for (let task = 0; task < this.bits.length * 8; task++) if (this.has(task)) yield task;
  }

  private setByte(index: number, byte: number): void {
    if (index >= this.bits.length) {
      const larger = new Uint8Array(Math.max(index + 1, 2 * this.bits.length));
      larger.set(this.bits);
      this.bits = larger;
    }
    this.bits[index] = byte;
  }
}
