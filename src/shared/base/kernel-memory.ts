import {
  allocateSharedAssemblyMemory,
  compileAssembly,
  instantiateAssembly,
  isSharedAssemblyMemory,
  type AssemblyModule,
  type SharedAssemblyMemory,
} from './assembly';

/**
 * Memory of all threads in which WebAssembly kernels work on voxels where they are; for blocks elsewhere these are
 * copied. Post it to other threads as it is, not the buffer alone, and let them call {@link adoptKernelMemory}.
 *
 *     voxels | margin | scratches, {@link SCRATCH_BYTES} each | 4 × uint32: two that are this memory's own, by which
 *     threads know it; how many scratches are taken; how many there are
 */
export interface KernelMemory {
  readonly buffer: SharedArrayBuffer;
}

/** A part of a kernel memory that one thread has for itself. */
export interface Scratch {
  readonly start: number;
  readonly end: number;
}

/** Kernels read a little past the voxels. */
const MARGIN_BYTES = 64;
/**
 * Enough for what a kernel notes of a chunk of the usual size, and for the chunk encoded, or for a deflated strip; what
 * isn't used takes nothing.
 */
const SCRATCH_BYTES = 2 ** 22 + 2 ** 19;
const NUMBERS_BYTES = 16;

const TAKEN = 2;
const THERE = 3;

const memories = new WeakMap<ArrayBufferLike, SharedAssemblyMemory>();
/** By what is their own: each message brings another object for the same memory. The last ones that came. */
const adopted = new Map<string, SharedAssemblyMemory>();
const MOST_ADOPTED = 8;
const scratches = new WeakMap<ArrayBufferLike, Scratch | 'none'>();

/**
 * At least `bytes` of memory, zeros, and scratches for `threads` that work in it; an ordinary buffer where WebAssembly
 * can't have so much (4 GiB at most).
 */
export function allocateKernelMemory(bytes: number, threads = 0): KernelMemory {
  const scratchBytes = threads * SCRATCH_BYTES;
  const memory = allocateSharedAssemblyMemory(bytes + MARGIN_BYTES + scratchBytes + NUMBERS_BYTES);
  if (memory === undefined) return { buffer: new SharedArrayBuffer(bytes) };
  const numbers = numbersOf(memory);
  numbers.set(crypto.getRandomValues(new Uint32Array(TAKEN)));
  numbers[THERE] = threads;
  memories.set(memory.buffer, memory);
  return memory;
}

/**
 * Lets the kernels of this thread know a memory that came from another one; what it gives is to be used in its place, as
 * it is the same object every time.
 */
export function adoptKernelMemory(memory: KernelMemory): KernelMemory {
  if (!isSharedAssemblyMemory(memory)) return memory;
  const own = numbersOf(memory).subarray(0, TAKEN).join();
  const known = adopted.get(own) ?? memory;
  memories.set(known.buffer, known);
  adopted.delete(own);
  adopted.set(own, known);
  const [oldest] = adopted.keys();
  if (adopted.size > MOST_ADOPTED && oldest !== undefined) adopted.delete(oldest);
  return known;
}

/** The memory whose buffer this is, if it is one that this thread knows. */
export function kernelMemoryOf(buffer: ArrayBufferLike): SharedAssemblyMemory | undefined {
  return memories.get(buffer);
}

/** This thread's scratch in the memory; undefined where other threads have taken all that there are. */
export function scratchOf(memory: SharedAssemblyMemory): Scratch | undefined {
  const { buffer } = memory;
  const known = scratches.get(buffer) ?? takeScratch(memory);
  scratches.set(buffer, known);
  return known === 'none' ? undefined : known;
}

function takeScratch(memory: SharedAssemblyMemory): Scratch | 'none' {
  const numbers = numbersOf(memory);
  const taken = Atomics.add(numbers, TAKEN, 1);
  if (taken >= (numbers[THERE] ?? 0)) return 'none';
  const start = numbers.byteOffset - (taken + 1) * SCRATCH_BYTES;
  return { start, end: start + SCRATCH_BYTES };
}

function numbersOf({ buffer }: SharedAssemblyMemory): Uint32Array<SharedArrayBuffer> {
  return new Uint32Array(buffer, buffer.byteLength - NUMBERS_BYTES, NUMBERS_BYTES / 4);
}

/**
 * Instances of one kernel, imported with `?assembly=shared-memory`: one a memory and thread. `undefined` where this
 * runtime can't run it.
 */
export function kernelInstances<Exports extends object>(
  base64: string,
): (memory: SharedAssemblyMemory) => Exports | undefined {
  const instances = new WeakMap<SharedAssemblyMemory, Exports>();
  let compiled: AssemblyModule | 'none' | undefined;
  return (memory) => {
    const known = instances.get(memory);
    if (known !== undefined) return known;
    compiled ??= compileAssembly(base64) ?? 'none';
    const instance = compiled === 'none' ? undefined : instantiateAssembly<Exports>(compiled, memory);
    if (instance !== undefined) instances.set(memory, instance);
    return instance;
  };
}
