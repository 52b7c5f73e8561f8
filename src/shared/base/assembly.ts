/** Kernels in AssemblyScript, compiled to WebAssembly at build time (build/assembly-plugin.ts). */

/** The memory of a kernel. `buffer` is another one after it grew, so views are made anew for each use. */
export interface AssemblyMemory {
  readonly buffer: ArrayBuffer;
}

/** Memory that several threads share; a host can post it to its workers. */
export interface SharedAssemblyMemory {
  readonly buffer: SharedArrayBuffer;
}

/** A compiled kernel, of which there can be many instances. */
export interface AssemblyModule {
  readonly module: object;
}

/** The part of the runtime that is used here; not all of them declare it. */
interface WebAssemblyApi {
  readonly Module: new (bytes: Uint8Array) => object;
  readonly Instance: new (module: object, imports: object) => { readonly exports: unknown };
  readonly Memory: new (limits: { initial: number; maximum: number; shared: true }) => SharedAssemblyMemory;
}

function webAssembly(): WebAssemblyApi | undefined {
  return (globalThis as unknown as { WebAssembly?: WebAssemblyApi }).WebAssembly;
}

/**
 * Compiles a kernel, within some milliseconds; `base64` is what an import with `?assembly` gives. `undefined`
 * where this runtime can't run it: no WebAssembly with SIMD, or a page whose policy forbids it.
 */
export function compileAssembly(base64: string): AssemblyModule | undefined {
  const api = webAssembly();
  if (api === undefined) return undefined;
  try {
    return { module: new api.Module(Uint8Array.from(atob(base64), (character) => character.charCodeAt(0))) };
  } catch {
    return undefined;
  }
}

/**
 * An instance of a kernel; `Exports` is what its entry file exports. One that was imported with
 * `?assembly=shared-memory` works in `memory`, any other one has a memory of its own.
 */
export function instantiateAssembly<Exports extends object>(
  { module }: AssemblyModule,
  memory?: SharedAssemblyMemory,
): Exports | undefined {
  const api = webAssembly();
  if (api === undefined) return undefined;
  try {
    return new api.Instance(module, { env: { memory } }).exports as Exports;
  } catch {
    return undefined;
  }
}

/** A place in memory, or a number of bytes, that a kernel gives: JavaScript takes its 32 bits for a signed number. */
export function unsigned(word: number): number {
  return word >>> 0;
}

/** A kernel compiled and started in one go: for those of which a thread has one instance. */
export function startAssembly<Exports extends object>(
  base64: string,
): (Exports & { readonly memory: AssemblyMemory }) | undefined {
  const module = compileAssembly(base64);
  return module && instantiateAssembly<Exports & { readonly memory: AssemblyMemory }>(module);
}

/** Memory of `bytes` or a little more, filled with zeros; `undefined` where it can't be had. */
export function allocateSharedAssemblyMemory(bytes: number): SharedAssemblyMemory | undefined {
  const api = webAssembly();
  const pages = Math.ceil(bytes / 2 ** 16);
  if (api === undefined) return undefined;
  try {
    return new api.Memory({ initial: pages, maximum: pages, shared: true });
  } catch {
    return undefined;
  }
}

export function isSharedAssemblyMemory(value: object): value is SharedAssemblyMemory {
  const api = webAssembly();
  return api !== undefined && value instanceof api.Memory;
}
