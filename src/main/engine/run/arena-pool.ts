import { allocateKernelMemory, kernelMemoryOf, type KernelMemory } from '../../../shared/base/kernel-memory';

/** Extra users that each memory allows for, since workers that die keep their scratch and their successors need one. */
const REPLACED_WORKERS = 4;

const SLOW =
  'This will be several times slower than usual, because WebAssembly gets no memory for a block. Each block needs about 10 GiB of ' +
  'address space, though not of memory. Raise the limit on virtual memory (ulimit -v), or allow the job less memory.';

/**
 * Shared memories for blocks, all of one size, which are used again from task to task and from stage to stage. If
 * each stage allocated its own, the system would get that memory back late or never.
 */
export class ArenaPool {
  private readonly free: KernelMemory[] = [];
  private readonly waiting: ((arena: KernelMemory) => void)[] = [];
  private allocated = 0;

  private isSlow = false;

  /**
   * @param most how many memories there are at the same time
   * @param onSlow is called once, with a sentence, if kernels can't work in such a memory
   */
  constructor(
    private readonly arenaBytes: number,
    private readonly most: number,
    private readonly workers: number,
    private readonly onSlow: (message: string) => void,
  ) {}

  /** Returns a memory, which may still hold data from its last use, as soon as there is a free one. */
  async take(): Promise<KernelMemory> {
    const free = this.free.pop();
    if (free !== undefined) return free;
    return this.allocated < this.most
      ? this.allocate()
      : new Promise((resolve) => this.waiting.push(resolve));
  }

  private allocate(): KernelMemory {
    this.allocated++;
    const memory = allocateKernelMemory(this.arenaBytes, this.workers + REPLACED_WORKERS);
    if (!this.isSlow && kernelMemoryOf(memory.buffer) === undefined) {
      this.isSlow = true;
      this.onSlow(SLOW);
    }
    return memory;
  }

  giveBack(arena: KernelMemory): void {
    const next = this.waiting.shift();
    if (next === undefined) this.free.push(arena);
    else next(arena);
  }
}
