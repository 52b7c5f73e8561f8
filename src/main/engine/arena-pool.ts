import { allocateKernelMemory, type KernelMemory } from '../../shared/base/kernel-memory';

/** Workers that die keep their scratch, and their successors want one. */
const REPLACED_WORKERS = 4;

/**
 * Shared memories that blocks are laid out in, all of one size, used again from task to task and from stage to
 * stage: memory that each stage would take for itself comes back to the system late, if at all.
 */
export class ArenaPool {
  private readonly free: KernelMemory[] = [];

  constructor(
    private readonly arenaBytes: number,
    private readonly workers: number,
  ) {}

  /** A memory with whatever was in it before. */
  take(): KernelMemory {
    return this.free.pop() ?? allocateKernelMemory(this.arenaBytes, this.workers + REPLACED_WORKERS);
  }

  giveBack(arena: KernelMemory): void {
    this.free.push(arena);
  }
}
