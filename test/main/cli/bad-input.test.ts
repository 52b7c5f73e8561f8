import { cp, mkdir, readdir, readFile, rename, rm, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { boxOfShape } from '../../../src/shared/base/box';
import type { VoxelArray } from '../../../src/shared/base/data-type';
import type { VolumeBlock } from '../../../src/shared/base/volume-block';
import { writeTiffStack } from '../../fixtures/tiff-stack';
import { imageVolume, labelVolume } from '../../fixtures/volumes';
import { runCli } from '../../run-cli';
import { sharedTemporaryFolder, temporaryFolder } from '../../temporary-folder';
import { listTree } from '../../tree-hash';

const sound = join(sharedTemporaryFolder(), 'stack');
beforeAll(() => writeTiffStack(sound, labelVolume('uint32', [40, 30, 12]), { rowsPerStrip: 10 }));

/** A copy of the sound stack, with something done to it. */
async function stackWith(change: (folder: string) => Promise<void>): Promise<string> {
  const folder = join(await temporaryFolder(), 'stack');
  await cp(sound, folder, { recursive: true });
  await change(folder);
  return folder;
}

function slice(z: number): string {
  return `slice-${String(z).padStart(3, '0')}.tif`;
}

async function stackOf(volume: VolumeBlock): Promise<string> {
  const folder = join(await temporaryFolder(), 'stack');
  await writeTiffStack(folder, volume);
  return folder;
}

function voxels(data: VoxelArray): VolumeBlock {
  return { box: boxOfShape([data.length, 1, 1]), channels: 1, data };
}

const CASES: [string, () => Promise<string>][] = [
  ['missing', async () => join(await temporaryFolder(), 'nothing')],
  ['empty', () => temporaryFolder()],
  ['notiff', async () => { const f = await temporaryFolder(); await writeFile(join(f, 'a.txt'), 'x'); return f; }],
  ['gap', () => stackWith((f) => rm(join(f, slice(4))))],
  ['dup', () => stackWith((f) => cp(join(f, slice(4)), join(f, 'slice-4.tif')))],
  ['size', () => stackWith(async (f) => { const other = await stackOf(labelVolume('uint32', [41, 30, 1])); await cp(join(other, slice(0)), join(f, slice(3))); })],
  ['type', () => stackWith(async (f) => { const other = await stackOf(labelVolume('uint16', [40, 30, 1])); await cp(join(other, slice(0)), join(f, slice(3))); })],
  ['textastiff', () => stackWith((f) => writeFile(join(f, slice(5)), 'this is no TIFF at all, but a long enough text'))],
  ['emptytiff', () => stackWith((f) => writeFile(join(f, slice(5)), ''))],
  ['many', () => stackWith(async (f) => { await writeFile(join(f, slice(5)), ''); await rm(join(f, slice(7))); const other = await stackOf(labelVolume('uint16', [40, 30, 1])); await cp(join(other, slice(0)), join(f, slice(3))); })],
  ['float', () => stackOf(imageVolume('float32', [20, 20, 3]))],
  ['rgb', () => stackOf(imageVolume('uint8', [20, 20, 3], 3))],
  ['negative', () => stackOf(voxels(Int32Array.of(5, 3, -7, 1)))],
  ['truncated', () => stackWith((f) => truncate(join(f, slice(6)), 3000))],
];

describe('x', () => {
  test.each(CASES)('%s', async (name, make) => {
    const input = await make();
    const output = join(await temporaryFolder(), 'dataset');
    const r = await runCli(['convert', input, output, '--resolution', '8,8,8', '--chunk-size', '16']);
    console.log(`${name}: code ${r.code}\n${r.stderr}${r.stdout}`, await listTree(join(output, '..')));
    void [readdir, readFile, rename, mkdir, expect];
  });
});
