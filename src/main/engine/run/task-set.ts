/** Numbers of tasks, a bit each: ten million are a megabyte and a quarter. */
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

  /** Whether all tasks from `first` to `end`, which isn't included, are in it. */
  hasAll(first: number, end: number): boolean {
    // From the end, as tasks are done in their order.
    for (let task = end - 1; task >= first; task--) if (!this.has(task)) return false;
    return true;
  }

  /** Ascending. */
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
