import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { Ajv } from 'ajv';
import { expect, test } from 'vitest';
import packageJson from '../../package.json' with { type: 'json' };

async function readJson(path: string): Promise<unknown> {
  return JSON.parse(await readFile(path, 'utf8')) as unknown;
}

/** Returns the schema of the same version that packages the app. */
async function schema(): Promise<object> {
  const builder = createRequire(createRequire(import.meta.url).resolve('electron-builder'));
  const library = dirname(dirname(builder.resolve('app-builder-lib')));
  return (await readJson(join(library, 'scheme.json'))) as object;
}

test('the configuration of the packages is one that electron-builder takes', async () => {
  const { $schema, ...configuration } = (await readJson('build/electron-builder.json')) as Record<
    string,
    unknown
  >;
  expect($schema).toBe('../node_modules/app-builder-lib/scheme.json');
  const validate = new Ajv({ strict: false, allErrors: true }).compile(await schema());
  expect([validate(configuration), validate.errors]).toEqual([true, null]);
  expect(validate({ ...configuration, asarUnpacked: [] })).toBe(false);
});

test('what is packaged is what is built, and what runs in processes of its own lies beside the archive', async () => {
  const { files, asarUnpack, appId } = (await readJson('build/electron-builder.json')) as {
    readonly files: readonly string[];
    readonly asarUnpack: readonly string[];
    readonly appId: string;
  };
  expect(files).toContain(`${dirname(packageJson.main)}/**`);
  expect(asarUnpack).toEqual(['package.json', `${dirname(packageJson.main)}/**`, 'node_modules/**']);
  expect(await readFile('src/main/index.ts', 'utf8')).toContain(`'${appId}'`);
});

test('the icon is a square of at least 512 pixels', async () => {
  const png = await readFile('build/icon.png');
  expect(png.subarray(1, 4).toString()).toBe('PNG');
  const [width, height] = [png.readUInt32BE(16), png.readUInt32BE(20)];
  expect(width).toBe(height);
  expect(width).toBeGreaterThanOrEqual(512);
});
