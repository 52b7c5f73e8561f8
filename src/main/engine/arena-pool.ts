/**
 * Shared buffers that blocks are laid out in, all of one size, used again from task to task and from stage to
 * stage: memory that each stage would take for itself comes back to the system late, if at all.
 */
export class ArenaPool {
  private readonly free: SharedArrayBuffer[] = [];

  constructor(private readonly arenaBytes: number) {}

  /** A buffer with whatever was in it before. */
  take(): SharedArrayBuffer {
    return this.free.pop() ?? new SharedArrayBuffer(this.arenaBytes);
  }

  giveBack(arena: SharedArrayBuffer): void {
    this.free.push(arena);
  }
}
