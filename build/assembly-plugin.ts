import { createHash } from 'node:crypto';
import { mkdir, readFile, rename } from 'node:fs/promises';
import { basename, dirname, join, relative } from 'node:path';
import type { Plugin } from 'vite';

const QUERY = /\?assembly(=shared-memory)?$/;
const COMPILER: string = 'assemblyscript/asc';
const COMPILER_VERSION = 'node_modules/assemblyscript/package.json';
const OPTIONS = ['--optimizeLevel', '3', '--runtime', 'stub', '--enable', 'simd', '--noAssert'];
/** Options for kernels whose memory, of whatever size, is supplied by the host. */
const SHARED_MEMORY = [
  ...['--enable', 'threads', '--importMemory', '--sharedMemory'],
  ...['--initialMemory', '1', '--maximumMemory', '65536'],
];
/** Compiling takes seconds, so compiled modules are cached by a hash of everything that they depend on. */
const CACHE = 'node_modules/.cache/assembly-script';

/**
 * Vite plugin: `import module from './assembly/kernel.ts?assembly'` compiles that AssemblyScript file and returns the
 * bytes of the WebAssembly module in base64. The bytes are part of the bundle, so that no worker, test or page has to
 * find a file. With `?assembly=shared-memory` the module imports its memory instead of having its own. AssemblyScript
 * sources are in folders named assembly. Must run in the root of the checkout.
 */
export function assemblyScript(): Plugin {
  return {
    name: 'assembly-script',
    enforce: 'pre',
    async load(id) {
      const query = QUERY.exec(id);
      if (query === null) return undefined;
      const entry = relative('.', id.slice(0, query.index));
      const options = query[1] === undefined ? OPTIONS : [...OPTIONS, ...SHARED_MEMORY];
      const sources = await sourceFiles(entry);
      for (const path of sources) this.addWatchFile(path);
      const bytes = await compiled(entry, sources, options);
      return `export default '${bytes.toString('base64')}';`;
    },
  };
}

/** Returns `entry` and all files that it imports, directly or indirectly, sorted. */
async function sourceFiles(entry: string): Promise<readonly string[]> {
  const found = new Set([entry]);
  for (const path of found) {
    const text = await readFile(path, 'utf8');
    for (const [, imported = ''] of text.matchAll(/ from '(\.[^']*)'/g)) {
      found.add(`${join(dirname(path), imported)}.ts`);
    }
  }
  return [...found].sort();
}

/** Returns the module of `entry`, from the cache or newly compiled. */
async function compiled(
  entry: string,
  sources: readonly string[],
  options: readonly string[],
): Promise<Buffer> {
  const hash = createHash('sha256').update(options.join(' '));
  for (const path of [COMPILER_VERSION, ...sources]) {
    hash.update(path).update(await readFile(path));
  }
  const path = join(CACHE, `${basename(entry, '.ts')}-${hash.digest('hex').slice(0, 16)}.wasm`);
  try {
    return await readFile(path);
  } catch {
    await compile(entry, path, options);
    return readFile(path);
  }
}

/** The part of the compiler that is used here. Its own types would replace those of arrays in the whole project. */
interface Compiler {
  createMemoryStream(): object;
  main(
    args: readonly string[],
    streams: { readonly stdout: object; readonly stderr: object },
  ): Promise<{ readonly error: Error | null }>;
}

/** The end of the compilation that was asked for last. The compiler can only do one at a time. */
let compiling: Promise<unknown> = Promise.resolve();

/**
 * Compiles in this process: most of the time that a compilation takes is spent until the compiler itself is loaded and
 * optimized, so that a second one takes a quarter of the time of the first.
 */
function compile(entry: string, path: string, options: readonly string[]): Promise<void> {
  const done = compiling.then(async () => {
    await mkdir(CACHE, { recursive: true });
    const temporary = `${path}.${process.pid}.wasm`;
    const { default: compiler } = (await import(COMPILER)) as { default: Compiler };
    const [stdout, stderr] = [compiler.createMemoryStream(), compiler.createMemoryStream()];
    const { error } = await compiler.main([entry, '--outFile', temporary, ...options], { stdout, stderr });
    if (error) throw new Error(`${entry} can't be compiled: ${String(stderr)}`, { cause: error });
    await rename(temporary, path);
  });
  compiling = done.catch(() => undefined);
  return done;
}
