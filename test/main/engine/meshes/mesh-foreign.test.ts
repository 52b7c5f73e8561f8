import { cp, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { convertVolume } from '../../../convert-volume';
import { fixture } from '../../../fixtures/voxels';
import { meshDataset } from '../../../mesh-dataset';
import { temporaryFolder } from '../../../temporary-folder';
import { hashTree, listTree } from '../../../tree-hash';

async function copyOf(name: string): Promise<string> {
  const path = join(await temporaryFolder(), name);
  await cp(fixture('precomputed', name), path, { recursive: true });
  return path;
}

async function changeInfo(root: string, change: (info: Info) => void): Promise<void> {
  const info = JSON.parse(await readFile(join(root, 'info'), 'utf8')) as Info;
  change(info);
  await writeFile(join(root, 'info'), JSON.stringify(info));
}

interface Info {
  type: string;
  scales: Record<string, unknown>[];
}

describe.each(['sharded-raw', 'sharded-compressed', 'sharded-one', 'cloud-volume'])(
  'a dataset of another program, %s',
  (name) => {
    test('is meshed as its conversion is', async () => {
      const root = await copyOf(name);
      await meshDataset(root, { meshError: '4' });
      const converted = join(await temporaryFolder(), 'converted');
      const flags = { mesh: 'multilod', meshError: '4', type: 'segmentation', resolution: undefined };
      await convertVolume(fixture('precomputed', name), converted, flags);
      expect(await listTree(join(root, 'mesh'))).not.toHaveLength(1);
      expect(await hashTree(join(root, 'mesh'))).toBe(await hashTree(join(converted, 'mesh')));
      const info = JSON.parse(await readFile(join(root, 'info'), 'utf8')) as Info;
      const before = JSON.parse(await readFile(fixture('precomputed', `${name}/info`), 'utf8')) as Info;
      expect(info).toEqual({ ...before, mesh: 'mesh', segment_properties: 'segment_properties' });
    });
  },
);

test.each(['jpeg', 'jxl'])('voxels encoded as %s are refused', async (encoding) => {
  const root = await copyOf('sharded-raw');
  await changeInfo(root, ({ scales }) => Object.assign(scales[0] ?? {}, { encoding }));
  await expect(meshDataset(root, {})).rejects.toMatchObject({
    tag: 'unsupported',
    message: `Scale s0 is encoded as ${encoding}, which doesn't keep segment ids exactly.`,
    remedy: expect.stringContaining('Convert its original labels again'),
  });
});

test('a dataset of an image is refused', async () => {
  const root = await copyOf('sharded-raw');
  await changeInfo(root, (info) => (info.type = 'image'));
  await expect(meshDataset(root, {})).rejects.toMatchObject({
    tag: 'invalid-input',
    message: expect.stringContaining('is an image'),
    remedy: expect.stringContaining('--type segmentation'),
  });
});
