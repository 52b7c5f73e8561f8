import { readdir, readFile } from 'node:fs/promises';
import { posix, sep } from 'node:path';
import ts from 'typescript';
import { beforeAll, expect, test } from 'vitest';

/**
 * The layers from the bottom up: a folder may import only from itself and from the folders that are listed for it.
 */
const LAYERS: Readonly<Record<string, readonly string[]>> = {
  'shared/base': [],
  'shared/kernels': ['shared/base'],
  'shared/precomputed': ['shared/base'],
  'shared/deflate': ['shared/base'],
  'shared/api': ['shared/base', 'shared/kernels', 'shared/precomputed'],
  'main/base': ['shared'],
  'main/places': ['shared', 'main/base'],
  'main/codecs': ['shared', 'main/base'],
  'main/sources': ['shared', 'main/base', 'main/places', 'main/codecs'],
  'main/meshing': ['shared', 'main/base'],
  'main/engine': ['shared', 'main/base', 'main/codecs', 'main/sources', 'main/places', 'main/meshing'],
  'main/check': ['shared', 'main/base', 'main/codecs', 'main/sources', 'main/places', 'main/engine'],
  'main/publish': [
    'shared',
    'main/base',
    'main/codecs',
    'main/sources',
    'main/places',
    'main/engine',
    'main/check',
  ],
  'main/server': ['shared', 'main/base', 'main/sources', 'main/places', 'main/engine'],
  'main/studio': [
    'shared',
    'main/base',
    'main/codecs',
    'main/sources',
    'main/places',
    'main/engine',
    'main/check',
    'main/publish',
    'main/server',
  ],
  'main/electron': ['shared', 'main'],
  'main/browser': ['shared', 'main'],
  'main/cli': ['shared', 'main'],
  preload: ['shared'],
  renderer: ['shared'],
};

let imports: ReadonlyMap<string, readonly string[]>;

beforeAll(async () => {
  imports = await importsIn('src');
  expect(imports.get('src/renderer/App.svelte')).toContain('src/renderer/state/studio.svelte.ts');
});

test('each layer imports from itself and the layers below it only', () => {
  expect(upwardImports(imports)).toEqual([]);
  const upward = new Map([
    ['src/shared/base/box.ts', ['src/shared/base/errors.ts', 'src/shared/api/words.ts']],
  ]);
  expect(upwardImports(upward)).toEqual(['src/shared/base/box.ts imports src/shared/api/words.ts']);
});

/** This replaces a rule of the linter, which takes twenty times as long and ignores imports of types. */
test('no file imports itself by way of others, not even a type', () => {
  expect(circlesIn(imports)).toEqual([]);
  const circle = new Map([
    ['a', ['b']],
    ['b', ['a']],
  ]);
  expect(circlesIn(circle)).toEqual([['a', 'b']]);
});

/** Returns the files that each file below a folder imports, whether values or types. */
async function importsIn(folder: string): Promise<ReadonlyMap<string, readonly string[]>> {
  const names = await readdir(folder, { recursive: true });
  const files = names
    .filter((name) => /\.(ts|svelte)$/.test(name))
    .map((name) => posix.join(folder, name.replaceAll(sep, '/')));
  const known = new Set(files);
  const found = new Map<string, readonly string[]>();
  for (const file of files) {
    const { importedFiles } = ts.preProcessFile(await readFile(file, 'utf8'), true, true);
    const targets = importedFiles.flatMap(({ fileName }) => {
      // Anything else is a package, which may have the same name as a file here.
      if (!fileName.startsWith('.')) return [];
      const path = posix.join(posix.dirname(file), fileName.replace(/\?.*/, ''));
      return [path, `${path}.ts`].filter((candidate) => known.has(candidate));
    });
    found.set(file, targets);
  }
  return found;
}

/** Returns the imports that lead from a layer to one that is not below it, as sentences. */
function upwardImports(found: ReadonlyMap<string, readonly string[]>): string[] {
  return [...found].flatMap(([file, targets]) => {
    const layer = Object.keys(LAYERS).find((name) => file.startsWith(`src/${name}/`));
    if (layer === undefined) return [];
    const allowed = [layer, ...(LAYERS[layer] ?? [])].map((name) => `src/${name}/`);
    return targets
      .filter((target) => !allowed.some((folder) => target.startsWith(folder)))
      .map((target) => `${file} imports ${target}`);
  });
}

/** Returns the import cycles, each as a list of files. */
function circlesIn(imports: ReadonlyMap<string, readonly string[]>): string[][] {
  const circles: string[][] = [];
  const seen = new Set<string>();
  const follow = (file: string, path: readonly string[]): void => {
    const at = path.indexOf(file);
    if (at >= 0) circles.push(path.slice(at));
    if (seen.has(file)) return;
    seen.add(file);
    for (const target of imports.get(file) ?? []) follow(target, [...path, file]);
  };
  for (const file of imports.keys()) follow(file, []);
  return circles;
}
