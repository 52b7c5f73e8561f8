import { cp, mkdtemp, readdir, readFile, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { verifyDataset } from '../../../../src/main/engine/verify-dataset';
import type { ProductReport, VerifyReport } from '../../../../src/main/engine/dataset/verify-report';
import { sourceOptionsSchema } from '../../../../src/shared/api/job-spec';
import { WORKER_FILE } from '../../../convert-volume';
import { writeSmallDataset } from '../../../fixtures/small-dataset';
import { meshDataset } from '../../../mesh-dataset';
import { temporaryFolder } from '../../../temporary-folder';

function verify(dataset: string): Promise<VerifyReport> {
  return verifyDataset({
    dataset,
    sourceOptions: sourceOptionsSchema.parse({}),
    workers: 1,
    workerFile: WORKER_FILE,
    signal: new AbortController().signal,
  });
}

async function reportOf(dataset: string, product: string): Promise<ProductReport | undefined> {
  return (await verify(dataset)).products.find((report) => report.product === product);
}

const datasets = new Map<string, string>();

beforeAll(async () => {
  const kinds = { multilod: {}, legacy: { mesh: 'legacy' }, sharded: { meshSharding: 'always' } };
  for (const [kind, flags] of Object.entries(kinds)) {
    const folder = await mkdtemp(join(await realpath(tmpdir()), 'precomputed-studio-'));
    await writeSmallDataset(folder, [40, 36, 30], (x, y, z) =>
      Math.hypot(x - 14, y - 14, z - 14) < 9 ? 12n : x > 30 && y > 4 ? 2n ** 63n + 5n : 0n,
    );
    await meshDataset(folder, flags);
    datasets.set(kind, folder);
  }
});

afterAll(async () => {
  for (const folder of datasets.values()) await rm(folder, { recursive: true });
});

async function copyOf(mesh: string): Promise<string> {
  const folder = await temporaryFolder();
  await cp(datasets.get(mesh) ?? '', folder, { recursive: true });
  return folder;
}

test.each(['multilod', 'legacy', 'sharded'])('%s meshes are read, each of them', async (mesh) => {
  const report = await verify(datasets.get(mesh) ?? '');
  expect(report.ok).toBe(true);
  const checked = report.products.map(({ product, checked: what }) => `${product}: ${what}`);
  expect(checked).toContainEqual(
    expect.stringMatching(/^meshes: 2 meshes( in one shard)?, each of their \d fragments decoded/),
  );
  expect(checked).toContainEqual('segments: a list of 2; their voxels were counted again');
});

type Damage = (folder: string) => Promise<void>;

const overwrite =
  (file: string, from: number): Damage =>
  async (folder) => {
    const bytes = await readFile(join(folder, file));
    bytes.fill(0x5a, from);
    await writeFile(join(folder, file), bytes);
  };

const remove =
  (file: string): Damage =>
  (folder) =>
    rm(join(folder, file));

async function movedFarAway(folder: string): Promise<void> {
  const file = join(folder, 'mesh', '12.index');
  const bytes = await readFile(file);
  bytes.writeFloatLE(90_000, 12);
  await writeFile(file, bytes);
}

describe('multilod meshes that are damaged are found', () => {
  test.each<[string, Damage, RegExp]>([
    ['overwritten fragments', overwrite('mesh/12', 0), /mesh of 12: level 0, node 0, 0, 0: it isn't Draco/],
    ['overwritten within', overwrite('mesh/12', 60), /mesh of 12: level 0/],
    [
      'a manifest cut short',
      (folder) => writeFile(join(folder, 'mesh/12.index'), 'x'),
      /manifest .* 1 bytes/,
    ],
    ['a manifest gone', remove('mesh/12.index'), /no manifest names, such as mesh\/12/],
    ['fragments gone', remove('mesh/12'), /mesh of 12: its fragments are missing/],
    ['a mesh outside of the volume', movedFarAway, /along x, beyond the volume/],
    [
      'an info of no meshes',
      (folder) => writeFile(join(folder, 'mesh/info'), '{"bad":1}'),
      /mesh\/info isn't/,
    ],
  ])('%s', async (_, damage, problem) => {
    const folder = await copyOf('multilod');
    await damage(folder);
    const report = await reportOf(folder, 'meshes');
    expect(report?.ok).toBe(false);
    expect(report?.problems.join('\n')).toMatch(problem);
  });

  test('a mesh gone that must be there', async () => {
    const folder = await copyOf('multilod');
    await rm(join(folder, 'mesh/12'));
    await rm(join(folder, 'mesh/12.index'));
    expect((await reportOf(folder, 'meshes'))?.problems).toEqual(['no mesh for 1 of 2 segments, such as 12']);
  });
});

test('shards that are damaged, or hold what belongs elsewhere, are found', async () => {
  const folder = await copyOf('sharded');
  const [shard = ''] = (await readdir(join(folder, 'mesh'))).filter((name) => name.endsWith('.shard'));
  const info = join(folder, 'mesh', 'info');
  const text = await readFile(info, 'utf8');
  await writeFile(info, text.replace('"minishard_bits": 6', '"minishard_bits": 7'));
  expect((await reportOf(folder, 'meshes'))?.ok).toBe(false);
  await writeFile(info, text);
  await overwrite(`mesh/${shard}`, 2000)(folder);
  expect((await reportOf(folder, 'meshes'))?.problems.join()).toMatch(new RegExp(`shard ${shard}|mesh of`));
});

test('legacy fragments that are damaged or gone are found', async () => {
  const folder = await copyOf('legacy');
  const [first = ''] = (await readdir(join(folder, 'mesh'))).filter((name) => name.startsWith('12.'));
  await overwrite(`mesh/${first}`, 40)(folder);
  expect((await reportOf(folder, 'meshes'))?.problems.join()).toContain(`mesh of 12: fragment ${first}: `);
  await rm(join(folder, 'mesh', first));
  expect((await reportOf(folder, 'meshes'))?.problems.join()).toContain(`${first}: it is not there`);
});

describe('a list of segments that is wrong is found', () => {
  test.each<[string, (text: string) => string, RegExp]>([
    ['no list', () => '{"bad":1}', /@type/],
    ['no JSON', () => '{', /can't be read/],
    ['a count', (text) => text.replace(/(\d+)\]/, '7]'), /has \d+ voxels, and the list says 7/],
    ['an id', (text) => text.replace('"12"', '"13"'), /segment 12 has \d+ voxels, and isn't listed/],
    ['a value too few', (text) => text.replace(/\[(\d+),\d+\]/, '[$1]'), /has 1 values for 2 ids/],
  ])('%s', async (_, change, problem) => {
    const folder = await copyOf('multilod');
    const file = join(folder, 'segment_properties', 'info');
    await writeFile(file, change(await readFile(file, 'utf8')));
    const report = await reportOf(folder, 'segments');
    expect(report?.ok).toBe(false);
    expect(report?.problems.join('\n')).toMatch(problem);
  });
});
