/**
 * Neuroglancer's own decoders of two encodings, in WebAssembly without a runtime. They own their memory, which
 * contains their input and output.
 *
 * Source: github.com/google/neuroglancer, src/sliceview/{compresso,jxl}.
 */
import { InvalidInputError, isStudioError } from '../../../shared/base/errors';
import { WasmCodec } from '../wasm-codec';

interface BareModule {
  /** Growing the memory replaces `buffer`. */
  readonly memory: { readonly buffer: ArrayBuffer };
  malloc(bytes: number): number;
}

interface CompressoModule extends BareModule {
  _initialize(): void;
  free(address: number): void;
  /** Writes the voxels to `output`. Returns 0 on success. */
  compresso_decompress(input: number, inputBytes: number, output: number): number;
}

export interface JxlModule extends BareModule {
  free(address: number, bytes: number): void;
  width(input: number, inputBytes: number, outputBytes: number): number;
  height(input: number, inputBytes: number, outputBytes: number): number;
  /** Returns the address of the samples, those of a voxel next to each other, or 0 on failure. */
  decode(input: number, inputBytes: number, outputBytes: number): number;
}

export const compressoCodec = new WasmCodec(async () => {
  const { default: base64 } = await import('neuroglancer/unstable/sliceview/compresso/compresso.wasm?base64');
  const compresso = (await instantiate(base64)) as CompressoModule;
  compresso._initialize();
  return compresso;
});

export const jxlCodec = new WasmCodec(async () => {
  const { default: base64 } = await import('neuroglancer/unstable/sliceview/jxl/jxl_decoder.wasm?base64');
  return (await instantiate(base64)) as JxlModule;
});

/** The part of the WebAssembly interface that is used here. Node's types don't declare it. */
interface WebAssemblyApi {
  instantiate(
    bytes: Uint8Array,
    imports: object,
  ): Promise<{ readonly instance: { readonly exports: unknown } }>;
}

async function instantiate(base64: string): Promise<unknown> {
  const api = (globalThis as unknown as { readonly WebAssembly: WebAssemblyApi }).WebAssembly;
  const environment = {
    emscripten_notify_memory_growth: () => undefined,
    proc_exit: (code: number) => {
      throw new InvalidInputError(`Its decoder ended with ${code}.`);
    },
  };
  const { instance } = await api.instantiate(Buffer.from(base64, 'base64'), {
    env: environment,
    wasi_snapshot_preview1: environment,
  });
  return instance.exports;
}

/** Copies `bytes` into the memory of a module and returns their address. */
export function place(module: BareModule, bytes: Uint8Array): number {
  const address = module.malloc(bytes.length);
  new Uint8Array(module.memory.buffer, address, bytes.length).set(bytes);
  return address;
}

/** Calls `decode`, a decoder of `format`. If it traps, the data is reported as damaged. */
export function orDamaged<T>(format: string, decode: () => T): T {
  try {
    return decode();
  } catch (error) {
    if (isStudioError(error)) throw error;
    throw new InvalidInputError(`Its ${format} data is damaged.`, { cause: error });
  }
}
