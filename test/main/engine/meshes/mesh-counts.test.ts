import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { planMeshes } from '../../../../src/main/engine/meshes/mesh-plan';
import { parseMeshSpec } from '../../../../src/shared/api/job-spec';
import { parseVolumeInfo } from '../../../../src/shared/precomputed/volume-info';
import { convertVolume, type Flags } from '../../../convert-volume';
import { writeSmallDataset } from '../../../fixtures/small-dataset';
import { meshDataset } from '../../../mesh-dataset';
import { temporaryFolder } from '../../../temporary-folder';
import { listTree } from '../../../tree-hash';

const LARGE = 2n ** 63n + 5n;
const FIRST = 'id,voxels,mesh,min_x,min_y,min_z,max_x,max_y,max_z,volume_um3';

/** A box of 13 × 9 × 6 voxels, and one voxel that is missing in the second scale. Voxels are 10 × 10 × 20 nm. */
function label(x: number, y: number, z: number): bigint {
  if (x === 33 && y === 3 && z === 3) return 9n;
  return x >= 4 && x < 17 && y < 9 && z >= 2 && z < 8 ? LARGE : 0n;
}

/** Makes a dataset of two scales with the list of segments that a conversion writes. */
async function converted(more: Flags = {}): Promise<string> {
  const input = join(await temporaryFolder(), 'input');
  await writeSmallDataset(input, [40, 12, 10], label, [100, 20, -8]);
  const output = join(await temporaryFolder(), 'dataset');
  const flags = {
    type: 'segmentation',
    resolution: undefined,
    chunkSize: '16',
    factors: '2,2,2',
    scales: '2',
    ...more,
  };
  await convertVolume(input, output, flags);
  return output;
}

async function withoutList(): Promise<string> {
  const root = await converted();
  const info = JSON.parse(await readFile(join(root, 'info'), 'utf8')) as Record<string, unknown>;
  await writeFile(join(root, 'info'), JSON.stringify({ ...info, segment_properties: undefined }));
  await rm(join(root, 'segment_properties'), { recursive: true });
  return root;
}

interface Property {
  readonly id: string;
  readonly description?: string;
  readonly values: unknown[];
}

async function properties(root: string): Promise<{ ids: string[]; byId: Record<string, Property> }> {
  const { inline } = JSON.parse(await readFile(join(root, 'segment_properties/info'), 'utf8')) as {
    inline: { ids: string[]; properties: Property[] };
  };
  return {
    ids: inline.ids,
    byId: Object.fromEntries(inline.properties.map((property) => [property.id, property])),
  };
}

async function meshAtScaleOne(root: string, more = {}, options = {}) {
  const folder = await temporaryFolder();
  const [idsFile, names] = [join(folder, 'ids.csv'), join(folder, 'names.csv')];
  await writeFile(names, 'id,label\n9,speck\n');
  const { events } = await meshDataset(root, { meshScale: 1, idsFile, names, ...more }, options);
  return { rows: (await readFile(idsFile, 'utf8')).trim().split('\n'), events };
}

test('a coarser scale keeps the counts of the list that a conversion left', async () => {
  const root = await converted();
  const { rows, events } = await meshAtScaleOne(root, { segments: `9,${LARGE}` });
  expect(rows).toEqual([FIRST, '9,1,no,,,,,,,0.000002', `${LARGE},702,yes,104,20,-6,116,28,0,0.001404`]);
  const { ids, byId } = await properties(root);
  expect(ids).toEqual(['9', String(LARGE)]);
  expect(byId['voxels']).toMatchObject({ description: 'Number of voxels', values: [1, 702] });
  expect(byId['volume']?.values).toEqual([Math.fround(0.000002), Math.fround(0.001404)]);
  expect(byId['label']?.values).toEqual(['speck', '']);
  expect(events).toContainEqual({
    event: 'log',
    level: 'warning',
    message: '--segments: there is one id not in scale 1 of the volume: 9.',
  });
});

test('without a list counts are estimated, and said to be', async () => {
  const root = await withoutList();
  const { rows } = await meshAtScaleOne(root);
  const header = FIRST.replace('voxels', 'estimated_voxels');
  // 6 × 4 × 3 voxels of the second scale, each of which stands for 8.
  expect(rows).toEqual([header, `${LARGE},576,yes,104,20,-6,116,28,0,0.001152`]);
  const { byId } = await properties(root);
  expect(byId['voxels']).toMatchObject({
    description: 'Number of voxels, estimated from a coarser scale',
    values: [576],
  });
  expect(byId['volume']).toMatchObject({
    description: 'Volume in cubic micrometres, estimated from a coarser scale',
    values: [Math.fround(0.001152)],
  });
  const again = await meshAtScaleOne(root, {}, { overwrite: true });
  expect(again.rows[0]).toBe(header);
  const finest = await meshAtScaleOne(root, { meshScale: 0 }, { overwrite: true });
  expect(finest.rows).toEqual([
    FIRST,
    '9,1,yes,133,23,-5,134,24,-4,0.000002',
    `${LARGE},702,yes,104,20,-6,117,29,0,0.001404`,
  ]);
  expect((await properties(root)).byId['voxels']?.values).toEqual([1, 702]);
});

test.each([
  // Its list says 702. In the second scale it has 72 voxels, which stand for 576.
  [converted, 702, 703],
  [withoutList, 576, 577],
])('the smallest segment is counted in voxels of the finest scale, %o', async (dataset, most, more) => {
  const root = await dataset();
  await meshDataset(root, { meshScale: 1, minVoxels: most });
  expect(await listTree(join(root, 'mesh'))).toContain(String(LARGE));
  await meshDataset(root, { meshScale: 1, minVoxels: more }, { overwrite: true });
  expect(await listTree(join(root, 'mesh'))).toEqual(['info']);
});

test('a conversion counts the smallest segment in voxels of the finest scale, too', async () => {
  const most = await converted({ mesh: 'multilod', meshScale: 1, minVoxels: 702 });
  expect(await listTree(join(most, 'mesh'))).toContain(String(LARGE));
  const more = await converted({ mesh: 'multilod', meshScale: 1, minVoxels: 703 });
  expect(await listTree(join(more, 'mesh'))).toEqual(['info']);
});

test('the legacy format is refused where file names have no colons', async () => {
  const root = await temporaryFolder();
  const info = parseVolumeInfo(await writeSmallDataset(root, [40, 12, 10], label), root);
  const spec = parseMeshSpec({ kind: 'mesh', dataset: root, mesh: 'legacy' });
  await expect(planMeshes(spec, info, 'win32')).rejects.toMatchObject({
    tag: 'unsupported',
    message: expect.stringContaining("':'"),
    remedy: expect.stringContaining('--mesh multilod'),
  });
  await expect(planMeshes(spec, info, 'linux')).resolves.toMatchObject({ settings: { format: 'legacy' } });
  const multilod = parseMeshSpec({ kind: 'mesh', dataset: root });
  await expect(planMeshes(multilod, info, 'win32')).resolves.toMatchObject({ folder: 'mesh' });
});
