import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { shownFirst } from '../../../../src/main/engine/first-view/shown-first';
import { encodeLegacyManifest } from '../../../../src/shared/precomputed/legacy-mesh';
import { parseVolumeInfo } from '../../../../src/shared/precomputed/volume-info';
import { formatSegmentProperties } from '../../../../src/shared/precomputed/segment-properties';
import { temporaryFolder } from '../../../temporary-folder';

const json = {
  '@type': 'neuroglancer_multiscale_volume',
  type: 'segmentation',
  data_type: 'uint64',
  num_channels: 1,
  mesh: 'mesh',
  segment_properties: 'segments',
  scales: [
    {
      key: 's',
      size: [100, 10, 10],
      resolution: [1, 1, 1],
      voxel_offset: [0, 0, 0],
      chunk_sizes: [[64, 64, 64]],
      encoding: 'raw',
    },
  ],
};

async function shown(
  properties: string,
  info: object = json,
  meshes: Readonly<Record<string, Uint8Array>> = {},
): Promise<readonly string[]> {
  const root = await temporaryFolder();
  await mkdir(join(root, 'segments'));
  await mkdir(join(root, 'mesh'));
  for (const [name, bytes] of Object.entries(meshes)) await writeFile(join(root, 'mesh', name), bytes);
  await writeFile(join(root, 'segments', 'info'), properties);
  return (await shownFirst({ root, json: info, info: parseVolumeInfo(info, 'info') })).segments;
}

const counts = [3000, 5, 90, ...Array.from({ length: 40 }, (_, i) => 10 + i)];
const box = { min: [0, 0, 0], max: [1, 1, 1] } as const;
const segments = counts.map((voxels, i) => ({ id: 2n ** 60n + BigInt(i), voxels, box }));
const parts: string[] = [];
for await (const part of formatSegmentProperties(segments, [1, 1, 1], new Map())) parts.push(part);
const properties = parts.join('');

test('the largest segments are shown, but not what fills the volume', async () => {
  const ids = await shown(properties);
  const voxels = ids.map((id) => counts[Number(BigInt(id) - 2n ** 60n)]);
  expect(voxels).toEqual([90, ...Array.from({ length: 23 }, (_, i) => 49 - i)]);
});

test('none are shown where there are no meshes, no list, or no counts', async () => {
  const { mesh, ...unmeshed } = json;
  expect(mesh).toBe('mesh');
  expect(await shown(properties, unmeshed)).toEqual([]);
  expect(await shown('{')).toEqual([]);
  expect(await shown('{"inline":{"ids":["1"],"properties":[]}}')).toEqual([]);
});

test('meshes that load as a whole are shown until they are too many bytes', async () => {
  const large = new Uint8Array(40 << 20);
  const meshes: Record<string, Uint8Array> = {};
  for (const { id } of segments) {
    meshes[`${id}:0`] = encodeLegacyManifest([`${id}.mesh`]);
    meshes[`${id}.mesh`] = id === segments[42]?.id ? large : new Uint8Array(1000);
  }
  meshes[`${segments[41]?.id}.mesh`] = large;
  expect(await shown(properties, json, meshes)).toEqual([`${segments[2]?.id}`, `${segments[42]?.id}`]);
});

test('colours of the list are shown, and those of selected segments before others', async () => {
  const names = new Map(
    Array.from({ length: 1500 }, (_, i) => [BigInt(i + 2), { tags: [], colour: '#0000ff' }] as const),
  );
  const rows = Array.from({ length: 1501 }, (_, i) => ({ id: BigInt(i + 1), voxels: 1 }));
  const root = await temporaryFolder();
  await mkdir(join(root, 'segments'));
  let text = '';
  for await (const part of formatSegmentProperties(rows, [1, 1, 1], names)) text += part;
  await writeFile(join(root, 'segments', 'info'), text);
  const dataset = { root, json, info: parseVolumeInfo(json, 'info') };
  const { segmentColours: colours } = await shownFirst(dataset, ['1', '1501']);
  expect(Object.keys(colours)).toHaveLength(1000);
  expect([colours['1'], colours['2'], colours['1501'], colours['1500']]).toEqual([
    undefined,
    '#0000ff',
    '#0000ff',
    undefined,
  ]);
});
