import {
  allocateSharedAssemblyMemory,
  isSharedAssemblyMemory,
  type SharedAssemblyMemory,
} from '../base/assembly';

/**
 * Memory of all threads in which WebAssembly kernels work on voxels where they are; for blocks elsewhere these are
 * copied. Post it to other threads as it is, not the buffer alone, and let them call {@link adoptKernelMemory}.
 */
export interface KernelMemory {
  readonly buffer: SharedArrayBuffer;
}

/** Kernels read a little past the voxels. */
const MARGIN_BYTES = 64;

const memories = new WeakMap<ArrayBufferLike, SharedAssemblyMemory>();

/** At least `bytes` of memory, zeros; an ordinary buffer where WebAssembly can't have so much (4 GiB at most). */
export function allocateKernelMemory(bytes: number): KernelMemory {
  const memory = allocateSharedAssemblyMemory(bytes + MARGIN_BYTES);
  if (memory === undefined) return { buffer: new SharedArrayBuffer(bytes) };
  adoptKernelMemory(memory);
  return memory;
}

/** Lets the kernels of this thread know the memory, which came from another one. */
export function adoptKernelMemory(memory: KernelMemory): void {
  if (isSharedAssemblyMemory(memory)) memories.set(memory.buffer, memory);
}

/** The memory whose buffer this is, if it is one that this thread knows. */
export function kernelMemoryOf(buffer: ArrayBufferLike): SharedAssemblyMemory | undefined {
  return memories.get(buffer);
}
