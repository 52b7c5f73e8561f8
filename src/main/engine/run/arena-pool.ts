import { allocateKernelMemory, kernelMemoryOf, type KernelMemory } from '../../../shared/base/kernel-memory';

/** Workers that die keep their scratch, and their successors want one. */
const REPLACED_WORKERS = 4;

const SLOW =
  'This will be several times slower than usual, because WebAssembly gets no memory for a block. Each block needs about 10 GiB of ' +
  'address space, though not of memory. Raise the limit on virtual memory (ulimit -v), or allow the job less memory.';

/**
 * Shared memories that blocks are laid out in, all of one size, used again from task to task and from stage to
 * stage: memory that each stage would take for itself comes back to the system late, if at all.
 */
export class ArenaPool {
  private readonly free: KernelMemory[] = [];

  private isSlow = false;

  /** @param onSlow is called once, with a sentence, where kernels can't work in such a memory */
  constructor(
    private readonly arenaBytes: number,
    private readonly workers: number,
    private readonly onSlow: (message: string) => void,
  ) {}

  /** A memory with whatever was in it before. */
  take(): KernelMemory {
    return this.free.pop() ?? this.allocate();
  }

  private allocate(): KernelMemory {
    const memory = allocateKernelMemory(this.arenaBytes, this.workers + REPLACED_WORKERS);
    if (!this.isSlow && kernelMemoryOf(memory.buffer) === undefined) {
      this.isSlow = true;
      this.onSlow(SLOW);
    }
    return memory;
  }

  giveBack(arena: KernelMemory): void {
    this.free.push(arena);
  }
}
