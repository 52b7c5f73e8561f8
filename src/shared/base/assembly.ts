/** Kernels in AssemblyScript, compiled to WebAssembly at build time (build/assembly-plugin.ts). */

/** The memory of a kernel. Growing it replaces `buffer`, so views have to be created again for each use. */
export interface AssemblyMemory {
  readonly buffer: ArrayBuffer;
}

/** Memory that several threads share; a host can post it to its workers. */
export interface SharedAssemblyMemory {
  readonly buffer: SharedArrayBuffer;
}

/** A compiled kernel. It can have many instances. */
export interface AssemblyModule {
  readonly module: object;
}

/** The part of the WebAssembly interface that is used here. Not every runtime's type declarations have it. */
interface WebAssemblyApi {
  readonly Module: new (bytes: Uint8Array) => object;
  readonly Instance: new (module: object, imports: object) => { readonly exports: unknown };
  readonly Memory: new (limits: { initial: number; maximum: number; shared: true }) => SharedAssemblyMemory;
}

function webAssembly(): WebAssemblyApi | undefined {
  return (globalThis as unknown as { WebAssembly?: WebAssemblyApi }).WebAssembly;
}

/**
 * Compiles a kernel, which takes some milliseconds. `base64` is the value of an import with `?assembly`. Returns
 * `undefined` if this runtime can't run the kernel: it has no WebAssembly with SIMD, or the page's policy forbids it.
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
 * Creates an instance of a kernel. `Exports` describes what its entry file exports. A kernel that was imported with
 * `?assembly=shared-memory` works in `memory`; any other kernel has a memory of its own. Returns `undefined` if this
 * runtime can't run it.
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

/**
 * Converts an address or a number of bytes that a kernel returned: JavaScript reads its 32 bits as a signed number.
 */
export function unsigned(word: number): number {
  return word >>> 0;
}

/** Compiles a kernel and creates an instance, for kernels that have one instance in each thread. */
export function startAssembly<Exports extends object>(
  base64: string,
): (Exports & { readonly memory: AssemblyMemory }) | undefined {
  const module = compileAssembly(base64);
  return module && instantiateAssembly<Exports & { readonly memory: AssemblyMemory }>(module);
}

/** Allocates memory of `bytes` or slightly more, filled with zeros. Returns `undefined` if that isn't possible. */
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
