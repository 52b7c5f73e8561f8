import { execFile } from 'node:child_process';
import { mkdir, readdir, readFile, rename, stat, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { basename, dirname, join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { transform } from 'lightningcss';
import { build, type InlineConfig } from 'vite';
import type { ElectronRuntime } from './runtime';

const HARNESS = resolve('test/electron/harness');
/** The same as in harness/packed-folder.ts. */
const PACKED = 'packed';
const CHROMIUM_108 = 108 << 16;

/** The app as electron-builder packs it, without installers. */
export interface PackedApp {
  readonly executable: string;
  /** The folder that contains `app.asar` and the files beside it. */
  readonly resources: string;
  /** The preload script in the archive. */
  readonly preload: string;
}

/**
 * Packs the built app into `folder` with the project's own configuration of electron-builder, and adds a loader that
 * runs before its main process: the driver of the tests and, for Electron 22, everything that its version lacks.
 */
export async function packApp(runtime: ElectronRuntime, folder: string): Promise<PackedApp> {
  await requireFreshBuild();
  const released = await readConfiguration();
  // The fuses prevent what tests need: a loader beside the archive, and Node's inspector.
  delete released.electronFuses;
  const configuration = {
    ...released,
    directories: { ...released.directories, output: folder },
    electronDist: runtime.folder,
    electronVersion: runtime.version,
  };
  const file = join(folder, 'electron-builder.json');
  await writeFile(file, JSON.stringify(configuration));
  const builder = createRequire(import.meta.url).resolve('electron-builder/cli.js');
  await promisify(execFile)(process.execPath, [builder, '--dir', '--publish', 'never', '--config', file]);
  const packed = await locate(folder);
  await (runtime.is22 ? load22(packed) : loadShipped(packed));
  const preload = join(packed.resources, PACKED, 'app.asar', 'out', 'preload', 'index.cjs');
  return { ...packed, preload };
}

interface BuilderConfiguration {
  readonly directories: object;
  electronFuses?: object;
}

async function readConfiguration(): Promise<BuilderConfiguration> {
  return JSON.parse(await readFile('build/electron-builder.json', 'utf8')) as BuilderConfiguration;
}

/** Throws if the build is older than the sources, as tests would otherwise run an old build unnoticed. */
async function requireFreshBuild(): Promise<void> {
  const built = await stat('out/main/index.js').catch(() => undefined);
  const sources = await readdir('src', { recursive: true, withFileTypes: true });
  for (const entry of sources) {
    const path = join(entry.parentPath, entry.name);
    if (entry.isFile() && (await stat(path)).mtimeMs > (built?.mtimeMs ?? 0))
      throw new Error(`${path} is newer than what is built: run npm run build first.`);
  }
}

async function locate(folder: string): Promise<Omit<PackedApp, 'preload'>> {
  const [unpacked = ''] = (await readdir(folder)).filter((name) => /^(linux|win|mac).*/.test(name));
  const root = join(folder, unpacked);
  if (process.platform === 'darwin') {
    const contents = join(root, 'Precomputed Studio.app', 'Contents');
    return {
      executable: join(contents, 'MacOS', 'Precomputed Studio'),
      resources: join(contents, 'Resources'),
    };
  }
  const program = process.platform === 'win32' ? 'Precomputed Studio.exe' : 'precomputed-studio';
  return { executable: join(root, program), resources: join(root, 'resources') };
}

/** Electron looks for `app.asar` before `app`, so the packed app is moved unchanged into a folder beside it. */
async function writeLoader(resources: string, main: string): Promise<string> {
  const [loader, packed] = [join(resources, 'app'), join(resources, PACKED)];
  for (const folder of [loader, packed]) await mkdir(folder);
  for (const part of ['app.asar', 'app.asar.unpacked'])
    await rename(join(resources, part), join(packed, part));
  await writeFile(join(loader, 'package.json'), JSON.stringify({ name: 'precomputed-studio', main }));
  return loader;
}

async function loadShipped({ resources }: Pick<PackedApp, 'resources'>): Promise<void> {
  const loader = await writeLoader(resources, 'main.mjs');
  await bundle(resolve('test/electron/driver.ts'), join(loader, 'driver.mjs'), 'es');
  await writeFile(
    join(loader, 'main.mjs'),
    `import './driver.mjs';\nimport '../${PACKED}/app.asar/out/main/index.js';\n`,
  );
}

async function load22({ resources }: Pick<PackedApp, 'resources'>): Promise<void> {
  const loader = await writeLoader(resources, 'main.cjs');
  const app = join(resources, PACKED, 'app.asar.unpacked', 'out', 'main', 'index.js');
  await bundle(join(HARNESS, 'main-22.ts'), join(loader, 'main.cjs'), 'cjs', app);
  await bundle(join(HARNESS, 'studio-entry.ts'), join(loader, 'studio-entry.cjs'), 'cjs');
  await bundle(join(HARNESS, 'preload.ts'), join(loader, 'preload.js'), 'cjs');
  await bundle(join(HARNESS, 'supply-page.ts'), join(loader, 'supply-page.js'), 'iife');
  await lowerStyles('out/renderer/assets', join(loader, 'styles'));
}

/** Writes style sheets without features that Chromium 108 lacks: `light-dark()`, nesting. */
async function lowerStyles(from: string, to: string): Promise<void> {
  await mkdir(to);
  for (const name of await readdir(from)) {
    if (!name.endsWith('.css')) continue;
    const code = await readFile(join(from, name));
    const lowered = transform({ filename: name, code, targets: { chrome: CHROMIUM_108 }, minify: true });
    await writeFile(join(to, name), lowered.code);
  }
}

/** geotiff's own decoder of LERC. The app never loads it, and it expects another version of lerc than the app's. */
const GEOTIFF_LERC = /chunks\/lerc-[^/]*$/;
const UNUSED = '\0unused';

/** @param packedMain the main process of the packed app, for modules that import it */
async function bundle(
  entry: string,
  file: string,
  format: 'es' | 'cjs' | 'iife',
  packedMain = '',
): Promise<void> {
  const config: InlineConfig = {
    configFile: false,
    logLevel: 'error',
    define:
      packedMain === ''
        ? {}
        : {
            'import.meta.dirname': 'globalThis.packedMainFolder',
            'process.platform': 'globalThis.platformOfApp',
          },
    plugins: [
      {
        name: 'packed-app',
        enforce: 'pre',
        resolveId(id, importer = '') {
          if (id === 'virtual:packed-app') return packedMain;
          // Packages name a .wasm file for bundlers of web pages; in Node they read it themselves.
          if (id.endsWith('.wasm')) return { id, external: true };
          if (id === 'lerc' && GEOTIFF_LERC.test(importer)) return UNUSED;
          if (id !== 'electron') return undefined;
          const ofApp = importer.startsWith(dirname(packedMain));
          return packedMain !== '' && ofApp ? join(HARNESS, 'electron-22.ts') : { id, external: true };
        },
        load: (id) => (id === UNUSED ? 'export default undefined;' : undefined),
      },
    ],
    ssr: { noExternal: true },
    build: {
      ssr: true,
      target: 'node16',
      outDir: join(file, '..'),
      emptyOutDir: false,
      rollupOptions: {
        input: entry,
        output: { format, entryFileNames: basename(file), codeSplitting: false },
      },
    },
  };
  await build(config);
}
