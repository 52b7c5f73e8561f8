/** Kernels in AssemblyScript, compiled to WebAssembly at build time (build/assembly-plugin.ts). */

/** The memory of a kernel. `buffer` is another one after it grew, so views are made anew for each use. */
export interface AssemblyMemory {
  readonly buffer: ArrayBuffer;
}

/** The part of the runtime that is used here; not all of them declare it. */
interface WebAssemblyApi {
  readonly Module: new (bytes: Uint8Array) => object;
  readonly Instance: new (module: object, imports: object) => { readonly exports: unknown };
}

/**
 * An instance of a kernel, with a memory of its own. `base64` is what an import with `?assembly` gives, `Exports` what
 * the kernel's entry file exports. `undefined` where this runtime can't run it: no WebAssembly with SIMD,
 * or a page whose policy forbids it.
 *
 * Compiles on the spot, for some milliseconds: meant for Node and workers, once a thread.
 */
export function startAssembly<Exports extends object>(
  base64: string,
): (Exports & { readonly memory: AssemblyMemory }) | undefined {
  const { WebAssembly } = globalThis as unknown as { WebAssembly?: WebAssemblyApi };
  if (WebAssembly === undefined) return undefined;
  try {
    const module = new WebAssembly.Module(
      Uint8Array.from(atob(base64), (character) => character.charCodeAt(0)),
    );
    return new WebAssembly.Instance(module, {}).exports as Exports & { readonly memory: AssemblyMemory };
  } catch {
    return undefined;
  }
}
