import {
  allocateSharedAssemblyMemory,
  compileAssembly,
  instantiateAssembly,
  isSharedAssemblyMemory,
  type AssemblyModule,
  type SharedAssemblyMemory,
} from './assembly';

/**
 * Memory shared by all threads, in which WebAssembly kernels work on voxels in place. Voxels elsewhere have to be
 * copied for a kernel. Post this object to other threads, not its buffer alone, and let them call
 * {@link adoptKernelMemory}. Afterwards, name it by its {@link idOfMemory}: a thread that receives a memory again and
 * again counts it each time, and collects garbage as if its memory were full (V8 13 and newer).
 *
 *     voxels | margin | scratch areas, {@link SCRATCH_BYTES} each | 4 × uint32
 *
 * The four numbers are two random ones by which threads recognise this memory, the number of scratch areas that are
 * taken, and the number of all scratch areas.
 */
export interface KernelMemory {
  readonly buffer: SharedArrayBuffer;
}

/** A part of a kernel memory that is reserved for one thread. */
export interface Scratch {
  readonly start: number;
  readonly end: number;
}

/** Kernels read slightly past the voxels. */
const MARGIN_BYTES = 64;
/**
 * Enough for a kernel's notes on a chunk of the usual size and for the encoded chunk, or for a deflated strip. The
 * system allocates no memory for a part that isn't used.
 */
const SCRATCH_BYTES = 2 ** 22 + 2 ** 19;
/** What can be reserved of a scratch area. */
const RESERVED_BYTES = SCRATCH_BYTES / 2 - MARGIN_BYTES;
const NUMBERS_BYTES = 16;

const TAKEN = 2;
const THERE = 3;

const memories = new WeakMap<ArrayBufferLike, SharedAssemblyMemory>();
/**
 * The memories that were adopted most recently, by their ids: each message brings a different object for the same
 * memory.
 */
const adopted = new Map<string, SharedAssemblyMemory>();
const MOST_ADOPTED = 8;
const scratches = new WeakMap<ArrayBufferLike, Scratch | 'none'>();

/**
 * Allocates at least `bytes` of memory, filled with zeros, and scratch areas for `threads` threads that work in it.
 * Returns an ordinary buffer if WebAssembly can't have that much (4 GiB at most).
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
 * Registers a memory that came from another thread, so that kernels of this thread can work in it. Use the result in
 * place of the argument: it is the same object for every message.
 */
export function adoptKernelMemory(memory: KernelMemory): KernelMemory {
  if (!isSharedAssemblyMemory(memory)) return memory;
  const id = idOf(memory);
  const known = adopted.get(id) ?? memory;
  memories.set(known.buffer, known);
  adopted.delete(id);
  adopted.set(id, known);
  const [oldest] = adopted.keys();
  if (adopted.size > MOST_ADOPTED && oldest !== undefined) adopted.delete(oldest);
  return known;
}

/** Returns the id by which other threads find a memory that they have adopted; undefined for an ordinary buffer. */
export function idOfMemory(memory: KernelMemory): string | undefined {
  return isSharedAssemblyMemory(memory) ? idOf(memory) : undefined;
}

function idOf(memory: SharedAssemblyMemory): string {
  return numbersOf(memory).subarray(0, TAKEN).join();
}

/** Returns the memory with this id, if it is one of those that this thread has adopted most recently. */
export function adoptedMemory(id: string): KernelMemory | undefined {
  const known = adopted.get(id);
  return known && adoptKernelMemory(known);
}

/** Returns the memory that has this buffer, if this thread knows it. */
export function kernelMemoryOf(buffer: ArrayBufferLike): SharedAssemblyMemory | undefined {
  return memories.get(buffer);
}

/** Returns this thread's scratch area in the memory, or undefined if other threads have taken all of them. */
export function scratchOf(memory: SharedAssemblyMemory): Scratch | undefined {
  const { buffer } = memory;
  const known = scratches.get(buffer) ?? takeScratch(memory);
  scratches.set(buffer, known);
  return known === 'none' ? undefined : known;
}

/** Memory beside the voxels of a block, for what is put together with them later. */
export interface ReservedScratch {
  /** At least as many as were asked for. Kernels may read slightly past them. */
  readonly bytes: Uint8Array<SharedArrayBuffer>;
  /** Gives the memory back. */
  release(): void;
}

/**
 * Reserves half of this thread's scratch area in a kernel memory, for work that continues when other work has had a turn.
 * Until it is given back, {@link scratchOf} gives the other half. Returns undefined if the buffer is not a kernel memory, if
 * the half has fewer than `leastBytes`, or if other work has reserved it.
 */
export function reserveScratch(buffer: ArrayBufferLike, leastBytes: number): ReservedScratch | undefined {
  const memory = memories.get(buffer);
  const scratch = memory && scratchOf(memory);
  if (memory === undefined || scratch === undefined || leastBytes > RESERVED_BYTES) return undefined;
  if (scratch.end - scratch.start < SCRATCH_BYTES) return undefined;
  const end = scratch.start + SCRATCH_BYTES / 2;
  scratches.set(buffer, { start: scratch.start, end });
  return {
    bytes: new Uint8Array(memory.buffer, end, RESERVED_BYTES),
    release: () => scratches.set(buffer, scratch),
  };
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
 * Returns a function that gives the instance of one kernel in a memory: this thread has one instance for each memory.
 * The kernel was imported with `?assembly=shared-memory`. The function returns `undefined` if this runtime can't run
 * it.
 * @param prepare what is done with each new instance
 */
export function kernelInstances<Exports extends object>(
  base64: string,
  prepare?: (kernel: Exports) => void,
): (memory: SharedAssemblyMemory) => Exports | undefined {
  const instances = new WeakMap<SharedAssemblyMemory, Exports>();
  let compiled: AssemblyModule | 'none' | undefined;
  return (memory) => {
    const known = instances.get(memory);
    if (known !== undefined) return known;
    compiled ??= compileAssembly(base64) ?? 'none';
    const instance = compiled === 'none' ? undefined : instantiateAssembly<Exports>(compiled, memory);
    if (instance === undefined) return undefined;
    prepare?.(instance);
    instances.set(memory, instance);
    return instance;
  };
}
