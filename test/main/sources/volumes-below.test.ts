import { cp, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { openSource } from '../../../src/main/sources/registry';
import { fixture } from '../../fixtures/voxels';
import { temporaryFolder } from '../../temporary-folder';

async function folderWith(path: string, from: string): Promise<string> {
  const root = await temporaryFolder();
  const target = join(root, path);
  await mkdir(join(target, '..'), { recursive: true });
  await cp(from, target, { recursive: true });
  return root;
}

test('a folder that holds a volume of another format in a folder names it', async () => {
  const root = await folderWith('day 1/volume.zarr', fixture('hierarchies', 'zarr3-uint8.zarr'));
  await expect(openSource(root)).rejects.toMatchObject({
    message: `The folder ${root} holds a volume in a folder below it, and is not a volume itself.`,
    remedy: `Give the path of one volume: ${join(root, 'day 1', 'volume.zarr')}.`,
    fields: { volumes: [join(root, 'day 1', 'volume.zarr')] },
  });
});

test('a layer of WKW is opened without the folder of its dataset', async () => {
  const root = await folderWith('1', fixture('wkw', 'alone-uint8'));
  const source = await openSource(root);
  await source.close();
  expect(source.metadata).toMatchObject({ format: 'WKW', dataType: 'uint8' });
});

test('files of a format that is not read are named, with the way round', async () => {
  const root = await temporaryFolder();
  const dicom = Buffer.concat([Buffer.alloc(128), Buffer.from('DICM'), Buffer.alloc(400)]);
  await writeFile(join(root, 'IM0001'), dicom);
  await expect(openSource(root)).rejects.toMatchObject({
    tag: 'unsupported',
    details: ['IM0001 is a DICOM file'],
    remedy: expect.stringContaining('dcm2niix'),
  });
});

test('a folder with nothing that is known says where the formats are listed', async () => {
  const root = await temporaryFolder();
  await writeFile(join(root, 'notes.txt'), 'nothing');
  await expect(openSource(root)).rejects.toMatchObject({
    details: ['it holds notes.txt'],
    remedy: 'docs/input-formats.md lists the formats that can be read.',
  });
});

test('a file of bare voxels is given a description that can be copied', async () => {
  const root = await temporaryFolder();
  const voxels = Uint16Array.from({ length: 24 }, (_, i) => 300 * i);
  await writeFile(join(root, 'volume.raw'), voxels);
  const refusal: unknown = await openSource(join(root, 'volume.raw')).catch((error: unknown) => error);
  const [description = ''] = /\{.*\}/.exec((refusal as { remedy: string }).remedy) ?? [];
  await writeFile(join(root, 'volume.json'), description.replace('[x, y, z]', '[4, 3, 2]'));
  const source = await openSource(join(root, 'volume.json'), { kind: 'image' });
  const [box, data] = [{ min: [0, 0, 0], max: [4, 3, 2] } as const, new Uint16Array(24)];
  await source.read(box, { box, channels: 1, data });
  await source.close();
  expect(data).toEqual(voxels);
});

test('the voxel file of an Analyze pair is named like its header', async () => {
  const root = await temporaryFolder();
  await writeFile(
    join(root, 'brain.hdr'),
    Buffer.concat([Buffer.from('5c010000', 'hex'), Buffer.alloc(344)]),
  );
  await writeFile(join(root, 'brain.img'), Buffer.alloc(1000));
  await expect(openSource(join(root, 'brain.img'))).rejects.toMatchObject({
    message: expect.stringContaining('brain.hdr is the header of an Analyze 7.5 image'),
  });
});

test('a folder of files with several pages advises to give the file', async () => {
  const root = await folderWith('stack.tif', fixture('tiff', 'imagej.tif'));
  await expect(openSource(root, { kind: 'image' })).rejects.toMatchObject({
    details: [expect.stringMatching(/^stack\.tif has \d+ pages; in a folder each file must be one slice$/)],
    remedy: expect.stringContaining('Give one of these files itself'),
  });
});
