import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { fileError } from '../base/file-error';

/** The output of both decoders: red, green, blue and alpha of each voxel. */
export interface Rgba {
  readonly data: Uint8ClampedArray;
  readonly width: number;
  readonly height: number;
}

/** Starts a module made with Emscripten. */
export type ModuleFactory<M> = (options: {
  readonly noInitialRun: boolean;
  readonly wasmBinary: Uint8Array;
  readonly print: () => void;
  readonly printErr: () => void;
}) => Promise<M>;

/**
 * A codec in WebAssembly, with one instance per thread. After an error its state is unknown, so the next call gets a
 * new instance.
 */
export class WasmCodec<M> {
  private instance: Promise<M> | undefined;

  constructor(private readonly start: () => Promise<M>) {}

  async run<T>(work: (codec: M) => T): Promise<T> {
    const run = await this.ready();
    return run(work);
  }

  /** Returns a function that runs work synchronously, for callers that can't wait between several calls. */
  async ready(): Promise<<T>(work: (codec: M) => T) => T> {
    this.instance ??= this.start();
    const codec = await this.instance;
    return (work) => {
      try {
        return work(codec);
      } catch (error) {
        this.instance = undefined;
        throw error;
      }
    };
  }
}

/** @param wasm the module's name within a package; `load` imports the code that belongs to it */
export function emscriptenCodec<M>(wasm: string, load: () => Promise<ModuleFactory<M>>): WasmCodec<M> {
  return new WasmCodec(async () => {
    const [wasmBinary, factory] = await Promise.all([readPackaged(wasm), load()]);
    const ignore = () => undefined;
    return factory({ noInitialRun: true, wasmBinary, print: ignore, printErr: ignore });
  });
}

async function readPackaged(name: string): Promise<Uint8Array> {
  const path = createRequire(import.meta.url).resolve(name);
  try {
    return await readFile(path);
  } catch (error) {
    throw fileError('read', path, error);
  }
}

/** Returns the first `count` of the four samples of each voxel. */
export function firstSamples({ data }: Rgba, count: 1 | 3 | 4): Uint8Array {
  if (count === 4) return new Uint8Array(data.buffer, data.byteOffset, data.length);
  const samples = new Uint8Array((data.length / 4) * count);
  for (let from = 0, to = 0; from < data.length; from += 4, to += count) {
    for (let i = 0; i < count; i++) samples[to + i] = data[from + i] ?? 0;
  }
  return samples;
}
