import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { openSource } from '../../../src/main/sources/registry';
import { temporaryFolder } from '../../temporary-folder';

async function written(name: string, bytes: Uint8Array): Promise<string> {
  const path = join(await temporaryFolder(), name);
  await writeFile(path, bytes);
  return path;
}

const at = (offset: number, bytes: Uint8Array) =>
  Buffer.concat([Buffer.alloc(offset), bytes, Buffer.alloc(200)]);

const lif = Buffer.from('7000000019000000' + '2a0a000000' + '3c004c004d00', 'hex');

test.each([
  ['a FITS image', Buffer.from('SIMPLE  =                    T')],
  ['a Zeiss CZI file', Buffer.from('ZISRAWFILE\0\0')],
  ['NetCDF of version 3', Buffer.from('CDF\x01\0\0', 'latin1')],
  ['a single WKW file', Buffer.from('WKW\x01')],
  ['an Amira surface', Buffer.from('# HyperSurface 0.1 BINARY')],
  ['a JPEG 2000 image', Buffer.from('\0\0\0\x0cjP  \r\n', 'latin1')],
  ['an AVIF image', Buffer.from('\0\0\0\x1cftypavif\0\0\0\0')],
  ['a HEIC image', Buffer.from('\0\0\0\x1cftypheix\0\0\0\0')],
  ['a JPEG XR image', Buffer.from('II\xbc\x01', 'latin1')],
  ['a PGM image', Buffer.from('P5 3 2 65535\n')],
  ['a PGM image', Buffer.from('P2\n3 2\n255\n1 2 3 4 5 6\n')],
  ['a VTK file', Buffer.from("<?xml version='1.0'?>\n<VTKFile type='ImageData'/>")],
  ['a Leica LIF file', Buffer.concat([lif, Buffer.alloc(200)])],
  ['a DM3 file', Buffer.from('00000003000010000000000101000000001400'.padEnd(80, '0'), 'hex')],
  ['a DM4 file', Buffer.from('0000000400000000000010000000000101000000000000000014'.padEnd(80, '0'), 'hex')],
  ['a DICOM file', at(128, Buffer.from('DICM'))],
  ['a GIPL image', at(252, Buffer.from('efffe9b0', 'hex'))],
  ['the header of an Analyze 7.5 image', Buffer.concat([Buffer.from('5c010000', 'hex'), Buffer.alloc(400)])],
])('%s is named, with the way round', async (name, bytes) => {
  await expect(openSource(await written('file.dat', bytes))).rejects.toMatchObject({
    tag: 'unsupported',
    message: expect.stringContaining(name),
    remedy: expect.stringMatching(/\.$/),
  });
});

test.each([
  ['little-endian, from 112', Buffer.from(Uint32Array.of(112, 112, 0, 0, 42, 113, 113, 0).buffer)],
  ['little-endian, from 112, then 42', Buffer.from(Uint32Array.of(112, 112, 42, 42, 0, 0, 0, 0).buffer)],
  ['big-endian, from 3', Buffer.from(Uint32Array.of(3, 3, 0, 0, 3, 3, 3, 3).buffer).swap32()],
  ['big-endian, from 4', Buffer.from(Uint32Array.of(4, 4, 0, 0, 0, 0, 4, 4).buffer).swap32()],
  ['big-endian, all 3', Buffer.from(new Uint32Array(8).fill(3).buffer).swap32()],
])('voxels without a header, %s, are taken for no known format', async (_, voxels) => {
  await expect(openSource(await written('labels.raw', voxels))).rejects.toMatchObject({
    message: expect.not.stringMatching(/Leica|DigitalMicrograph/),
  });
});

test('a FreeSurfer volume is read, its axes lead where nibabel has them', async () => {
  const head = Buffer.alloc(284);
  [1, 4, 3, 2, 1, 0].forEach((value, i) => head.writeInt32BE(value, 4 * i));
  head.writeInt16BE(1, 28);
  [0.5, 1, 2].forEach((value, i) => head.writeFloatBE(value, 30 + 4 * i));
  // As FreeSurfer conforms: to the left, down, to the front.
  [-1, 0, 0, 0, 0, -1, 0, 1, 0, 10, 20, 30].forEach((value, i) => head.writeFloatBE(value, 42 + 4 * i));
  const voxels = Uint8Array.from({ length: 24 }, (_, i) => i + 1);
  const path = await written('aseg.mgh', Buffer.concat([head, voxels]));
  const source = await openSource(path);
  expect(source.metadata).toMatchObject({
    size: [4, 3, 2],
    orientation: 'LIA',
    resolutionNm: [5e5, 1e6, 2e6],
  });
  const data = new Uint8Array(24);
  const box = { min: [0, 0, 0], max: [4, 3, 2] } as const;
  await source.read(box, { box, channels: 1, data });
  await source.close();
  expect(data).toEqual(voxels);
  const turned = await openSource(path, { orientation: 'ras' });
  // To the right from 11 - 0.5 × 3 mm, to the front from 20 - 2, up from 31.5 - 2.
  expect(turned.metadata).toMatchObject({ size: [4, 2, 3], voxelOffset: [19, 9, 30] });
  await turned.close();
});
