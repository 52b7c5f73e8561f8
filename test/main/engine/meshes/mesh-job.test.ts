import { cp, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { JobEvent } from '../../../../src/shared/api/job-events';
import { toStudioError } from '../../../../src/shared/base/errors';
import type { VolumeBlock } from '../../../../src/shared/base/volume-block';
import { convertVolume, type Flags } from '../../../convert-volume';
import { writeTiffStack } from '../../../fixtures/tiff-stack';
import { meshDataset } from '../../../mesh-dataset';
import { MeshFolder } from '../../../mesh-reader';
import {
  bounds,
  edgeFaults,
  enclosedVolume,
  splitVertices,
  type Surface,
} from '../../../shared/kernels/mesh-checks';
import { temporaryFolder } from '../../../temporary-folder';
import { hashTree, listTree } from '../../../tree-hash';
import { levelNm } from '../../meshing/multilod-reader';

const BIG = 2n ** 63n + 7n;
const SIZE = [70, 50, 40] as const;

/** Balls, a plate of one voxel, a box at the volume's corner, two voxels that touch by a corner, a frame. */
const LABELS: readonly { readonly id: bigint; readonly has: (x: number, y: number, z: number) => boolean }[] =
  [
    { id: 3n, has: (x, y, z) => Math.hypot(x - 35, y - 25, z - 20) < 14 },
    { id: BIG, has: (x, y, z) => x < 9 && y < 8 && z < 7 },
    { id: 1n, has: (x, y, z) => z === 39 && x > 3 && y > 3 },
    { id: 77n, has: (x, y, z) => (x === 60 && y === 10 && z === 10) || (x === 61 && y === 11 && z === 11) },
    { id: 5n, has: (x, y, z) => x >= 55 && y >= 30 && z < 5 && !(x > 58 && x < 66 && y > 34 && y < 45) },
  ];

const volume: VolumeBlock = (() => {
  const data = new BigUint64Array(SIZE[0] * SIZE[1] * SIZE[2]);
  for (let i = 0; i < data.length; i++) {
    const [x, y, z] = [i % SIZE[0], Math.floor(i / SIZE[0]) % SIZE[1], Math.floor(i / SIZE[0] / SIZE[1])];
    data[i] = LABELS.find(({ has }) => has(x, y, z))?.id ?? 0n;
  }
  return { box: { min: [0, 0, 0], max: SIZE }, channels: 1, data };
})();

const RESOLUTION = [8, 8, 20] as const;
const OFFSET = [1000, 0, -5] as const;
const FLAGS: Flags = {
  resolution: RESOLUTION.join(),
  voxelOffset: OFFSET.join(),
  chunkSize: '32',
  mesh: 'multilod',
  meshError: '4',
};

async function stack(): Promise<string> {
  const folder = join(await temporaryFolder(), 'stack');
  await writeTiffStack(folder, volume);
  return folder;
}

/** Returns the bounds of a label's voxels in nm, which its mesh must fill. */
function boxNm(id: bigint): { min: number[]; max: number[]; voxels: number } {
  const min = [Infinity, Infinity, Infinity];
  const max = [-Infinity, -Infinity, -Infinity];
  let voxels = 0;
  for (let i = 0; i < volume.data.length; i++) {
    if (volume.data[i] !== id) continue;
    voxels++;
    [i % SIZE[0], Math.floor(i / SIZE[0]) % SIZE[1], Math.floor(i / SIZE[0] / SIZE[1])].forEach((p, axis) => {
      min[axis] = Math.min(min[axis] ?? 0, p);
      max[axis] = Math.max(max[axis] ?? 0, p + 1);
    });
  }
  const toNm = (p: number, axis: number): number => (p + (OFFSET[axis] ?? 0)) * (RESOLUTION[axis] ?? 0);
  return { min: min.map(toNm), max: max.map(toNm), voxels };
}

function expectMesh(surface: Surface, id: bigint): void {
  expect(edgeFaults(surface)).toEqual({ open: [], double: [] });
  expect(splitVertices(surface)).toEqual([]);
  const { min, max, voxels } = boxNm(id);
  const found = bounds(surface);
  [...found.min, ...found.max].forEach((p, i) => {
    // Relaxation rounds corners off by at most half a voxel.
    expect(Math.abs(p - ([...min, ...max][i] ?? NaN))).toBeLessThan(RESOLUTION[(i % 3) as 0 | 1 | 2] / 2);
  });
  const share = enclosedVolume(surface) / (voxels * RESOLUTION[0] * RESOLUTION[1] * RESOLUTION[2]);
  expect(share).toBeGreaterThan(id === 77n ? 0.1 : 0.8);
  expect(share).toBeLessThan(1.02);
}

describe('a conversion', () => {
  test.each(['10', '16'])(
    'leaves closed meshes of all segments where they belong, with %s bits',
    async (bits) => {
      const output = join(await temporaryFolder(), 'dataset');
      await convertVolume(await stack(), output, { ...FLAGS, quantizationBits: bits });
      const folder = await MeshFolder.open(join(output, 'mesh'));
      expect(folder.info).toMatchObject({
        '@type': 'neuroglancer_multilod_draco',
        segment_properties: '../segment_properties',
      });
      for (const { id } of LABELS) {
        const found = await folder.multilod(id);
        if (found === undefined) throw new TypeError(`no mesh of ${id}`);
        expectMesh(levelNm(found, 0, Number(bits)), id);
      }
      const info = JSON.parse(await readFile(join(output, 'info'), 'utf8')) as Record<string, unknown>;
      expect(info).toMatchObject({ mesh: 'mesh', segment_properties: 'segment_properties' });
      expect(await listTree(join(output, 'mesh'))).toEqual(
        ['info', ...LABELS.flatMap(({ id }) => [`${id}`, `${id}.index`])].sort(),
      );
    },
  );

  test('lists the segments with their sizes and names', async () => {
    const names = join(await temporaryFolder(), 'names.csv');
    await writeFile(
      names,
      '\uFEFFid,label,description,tags,tag 2\r\n3,"Ball, round","says ""hello""",big;inner,\r\n' +
        `${BIG},Ecke µ,,corner,big\r\n99,nobody,,,\r\n`,
    );
    const output = join(await temporaryFolder(), 'dataset');
    const ids = join(await temporaryFolder(), 'ids.csv');
    const { events } = await convertVolume(await stack(), output, {
      ...FLAGS,
      names,
      idsFile: ids,
      minVoxels: 3,
    });
    const { inline } = JSON.parse(await readFile(join(output, 'segment_properties/info'), 'utf8')) as {
      inline: { ids: string[]; properties: { id: string; tags?: string[]; values: unknown[] }[] };
    };
    const order = ['1', '3', '5', '77', String(BIG)];
    expect(inline.ids).toEqual(order);
    const values = Object.fromEntries(inline.properties.map((property) => [property.id, property.values]));
    expect(values['label']).toEqual(['', 'Ball, round', '', '', 'Ecke µ']);
    expect(values['description']).toEqual(['', 'says "hello"', '', '', '']);
    expect(inline.properties.find(({ id }) => id === 'tags')?.tags).toEqual(['big', 'corner', 'inner']);
    expect(values['tags']).toEqual([[], [0, 2], [], [], [0, 1]]);
    expect(values['voxels']).toEqual(order.map((id) => boxNm(BigInt(id)).voxels));
    expect(events).toContainEqual({
      event: 'log',
      level: 'warning',
      message: '--names: there is one id not in the volume: 99.',
    });
    const rows = (await readFile(ids, 'utf8')).trim().split('\n');
    expect(rows).toHaveLength(6);
    expect(rows[4]).toBe('77,2,no,1060,10,5,1062,12,7,0.00000256');
    const folder = await MeshFolder.open(join(output, 'mesh'));
    expect(await folder.multilod(77n)).toBeUndefined();
  });
});

describe('meshing a dataset that is there', () => {
  async function dataset(flags: Flags = {}): Promise<string> {
    const output = join(await temporaryFolder(), 'dataset');
    await convertVolume(await stack(), output, { ...FLAGS, mesh: 'none', ...flags });
    return output;
  }

  test('gives the same bytes as converting with meshes, whatever the workers', async () => {
    const converted = join(await temporaryFolder(), 'dataset');
    await convertVolume(await stack(), converted, FLAGS);
    const meshed = await dataset();
    await meshDataset(meshed, { meshError: '4', workers: 1 });
    expect(await hashTree(join(meshed, 'mesh'))).toBe(await hashTree(join(converted, 'mesh')));
    expect(await readFile(join(meshed, 'info'), 'utf8')).toContain('"mesh": "mesh"');
  });

  test('in the legacy format', async () => {
    const folder = await dataset();
    await meshDataset(folder, { mesh: 'legacy', meshError: '4' });
    const meshes = await MeshFolder.open(join(folder, 'mesh'));
    expect(meshes.info['@type']).toBe('neuroglancer_legacy_mesh');
    for (const { id } of LABELS) {
      const surface = await meshes.legacy(id);
      if (surface === undefined) throw new TypeError(`no mesh of ${id}`);
      expectMesh(surface, id);
    }
  });

  test('only the segments that are wanted', async () => {
    const folder = await dataset();
    const { events } = await meshDataset(folder, { segments: '3,5,404', exclude: '5' });
    expect(await listTree(join(folder, 'mesh'))).toEqual(['3', '3.index', 'info']);
    expect(events).toContainEqual({
      event: 'log',
      level: 'warning',
      message: '--segments: there is one id not in the volume: 404.',
    });
  });

  test('refuses to replace meshes unasked, and replaces all of them when asked', async () => {
    const folder = await dataset();
    await meshDataset(folder, {});
    await expect(meshDataset(folder, {})).rejects.toThrow('already has meshes');
    await meshDataset(folder, { segments: '3' }, { overwrite: true });
    expect(await listTree(join(folder, 'mesh'))).toEqual(['3', '3.index', 'info']);
  });

  test('goes on where it was stopped, to the same bytes', async () => {
    const whole = await dataset();
    const stopped = join(await temporaryFolder(), 'dataset');
    await cp(whole, stopped, { recursive: true });
    await meshDataset(whole, {});
    const controller = new AbortController();
    const emit = (event: JobEvent): void => {
      if (event.event === 'task-done') controller.abort();
    };
    await expect(meshDataset(stopped, {}, { signal: controller.signal, emit })).rejects.toMatchObject({
      tag: 'cancelled',
    });
    await expect(meshDataset(stopped, {})).rejects.toThrow('unfinished job');
    const { events } = await meshDataset(stopped, {}, { resume: true });
    expect(events[0]).toMatchObject({ event: 'started', resumedTasks: 1 });
    expect(await hashTree(stopped)).toBe(await hashTree(whole));
  });

  test('leaves an unfinished conversion to be continued, even if meshes may be replaced', async () => {
    const folder = await dataset();
    const controller = new AbortController();
    const stopped = { overwrite: true, signal: controller.signal, onPartDone: () => controller.abort() };
    await expect(
      convertVolume(await stack(), folder, { ...FLAGS, mesh: 'none' }, stopped),
    ).rejects.toMatchObject({ tag: 'cancelled' });
    const error = await meshDataset(folder, {}, { overwrite: true }).catch(toStudioError);
    expect(error).toMatchObject({ message: `There is an unfinished conversion in ${folder}.` });
    expect(error).toMatchObject({ remedy: expect.not.stringContaining('--overwrite') as string });
  });

  test('goes on in a folder of another name, which info lost with the old meshes', async () => {
    const folder = await dataset();
    await meshDataset(folder, {});
    await rename(join(folder, 'mesh'), join(folder, 'mesh_mip_0'));
    const info = join(folder, 'info');
    await writeFile(info, (await readFile(info, 'utf8')).replace('"mesh": "mesh"', '"mesh": "mesh_mip_0"'));
    const stopped = async (): Promise<void> => {
      const controller = new AbortController();
      const onPartDone = (): void => controller.abort();
      const mode = { overwrite: true, deleteFirst: true, signal: controller.signal, onPartDone };
      await expect(meshDataset(folder, { lods: '1' }, mode)).rejects.toMatchObject({ tag: 'cancelled' });
      expect(await readFile(info, 'utf8')).not.toContain('"mesh"');
    };
    await stopped();
    await stopped();
    await meshDataset(folder, { lods: '1' }, { resume: true });
    expect(await readFile(info, 'utf8')).toContain('"mesh": "mesh_mip_0"');
    expect((await listTree(folder)).filter((path) => path.startsWith('mesh'))).toEqual(
      ['info', ...LABELS.flatMap(({ id }) => [`${id}`, `${id}.index`])]
        .sort()
        .map((name) => `mesh_mip_0/${name}`),
    );
  });

  test.each([
    [{ meshScale: 9 }, 'there is no scale 9'],
    [{ segments: '12,x' }, 'x'],
    [{ segments: '404,405' }, 'None of the 2 segments of --segments (404, 405) is in'],
    [{ mesh: 'none' }, 'nothing to do'],
  ])('says what is wrong with %o', async (flags, message) => {
    await expect(meshDataset(await dataset({ scales: '1' }), flags)).rejects.toThrow(message);
  });

  test('refuses an image', async () => {
    const folder = await dataset({ type: 'image', dataType: 'uint64' });
    await expect(meshDataset(folder, {})).rejects.toThrow('is an image');
  });
});
