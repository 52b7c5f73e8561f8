import { allocateKernelMemory, type KernelMemory } from '../../shared/kernels/kernel-memory';

/**
 * Shared memories that blocks are laid out in, all of one size, used again from task to task and from stage to
 * stage: memory that each stage would take for itself comes back to the system late, if at all.
 */
export class ArenaPool {
  private readonly free: KernelMemory[] = [];

  constructor(private readonly arenaBytes: number) {}

  /** A memory with whatever was in it before. */
  take(): KernelMemory {
    return this.free.pop() ?? allocateKernelMemory(this.arenaBytes);
  }

  giveBack(arena: KernelMemory): void {
    this.free.push(arena);
  }
}
