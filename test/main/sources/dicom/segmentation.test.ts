import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { openSource } from '../../../../src/main/sources/registry';
import type { OpenOptions } from '../../../../src/main/sources/source-opener';
import { testSourceConformance } from '../../../conformance/source-conformance';
import { fixture } from '../../../fixtures/voxels';
import { temporaryFolder } from '../../../temporary-folder';

const [WIDTH, HEIGHT, DEPTH] = [7, 3, 4];

/** Returns voxels of a volume from its value at each place. */
function voxels(valueAt: (x: number, y: number, z: number) => number): Uint8Array {
  return Uint8Array.from({ length: WIDTH * HEIGHT * DEPTH }, (_, i) =>
    valueAt(i % WIDTH, Math.floor(i / WIDTH) % HEIGHT, Math.floor(i / (WIDTH * HEIGHT))),
  );
}

/** The source images go downwards, so that the planes are stored from the last one to the first. */
const labels = voxels((x, y, z) => (DEPTH - 1 - z === 2 ? 0 : (x + 2 * y + 3 * (DEPTH - 1 - z)) % 4));

describe.each(['binary.dcm', 'label-map.dcm'])('%s of highdicom', (name) => {
  const path = fixture('dicom', name);
  testSourceConformance('segmentation', {
    path,
    options: {},
    dataType: 'uint8',
    channels: 1,
    content: labels,
  });

  test('has the place, the size and the names of the segments', async () => {
    const source = await openSource(path);
    await source.close();
    expect(source.metadata).toMatchObject({
      kind: 'segmentation',
      size: [WIDTH, HEIGHT, DEPTH],
      resolutionNm: [250_000, 500_000, 2_000_000],
      voxelOffset: [40, 40, 15],
      orientation: 'LPS',
      segmentNames: [
        ['1', { label: 'left lobe', description: 'Liver', tags: [] }],
        ['2', { label: 'right lobe', description: 'Liver', tags: [] }],
        ['3', { label: 'vessels', description: 'Liver', tags: [] }],
      ],
    });
  });
});

describe('segments that overlap', () => {
  const path = fixture('dicom', 'overlapping.dcm');

  async function voxelsOf(options: OpenOptions) {
    const source = await openSource(path, options);
    const box = { min: [0, 0, 0], max: [WIDTH, HEIGHT, DEPTH] } as const;
    const data = new Uint8Array(labels.length);
    await source.read(box, { box, channels: 1, data }).finally(() => source.close());
    return data;
  }

  test('are refused with the place and the option that chooses one', async () => {
    await expect(voxelsOf({})).rejects.toMatchObject({
      message: expect.stringMatching(/the segments 1 and 2 overlap at x 3, y 0, z [03]\.$/),
      remedy: expect.stringContaining('--channel'),
    });
  });

  test.each([
    ['0', voxels((x) => (x < 4 ? 1 : 0))],
    ['right lobe', voxels((x) => (x > 2 ? 2 : 0))],
    ['2', voxels((_, y) => (y === 1 ? 3 : 0))],
  ])('are read one by one: %s', async (channel, expected) => {
    expect(await voxelsOf({ channel })).toEqual(expected);
  });
});

test.each([
  ['implicit.dcm', 'the transfer syntax 1.2.840.10008.1.2,', 'python3 -c'],
  ['runs.dcm', 'the transfer syntax 1.2.840.10008.1.2.5,', 'python3 -c'],
  ['fractional.dcm', 'shares of voxels (FRACTIONAL)', 'binary segmentation'],
])('%s is refused with a way to save it', async (name, message, remedy) => {
  await expect(openSource(fixture('dicom', name))).rejects.toMatchObject({
    message: expect.stringContaining(message),
    remedy: expect.stringContaining(remedy),
  });
});

test('a file that is cut off anywhere is refused', async () => {
  const bytes = await readFile(fixture('dicom', 'binary.dcm'));
  const path = join(await temporaryFolder(), 'cut.dcm');
  for (const part of [0.2, 0.5, 0.8, 0.9]) {
    await writeFile(path, bytes.subarray(0, bytes.length * part));
    await expect(openSource(path)).rejects.toMatchObject({ tag: 'invalid-input' });
  }
});

test('a segment that is not listed keeps its number, also above 255', async () => {
  const bytes = await readFile(fixture('dicom', 'binary.dcm'));
  const frames = Buffer.from([0x62, 0, 0x0b, 0, ...Buffer.from('US'), 2, 0, 3, 0]);
  for (let at = bytes.indexOf(frames); at >= 0; at = bytes.indexOf(frames)) bytes.writeUInt16LE(300, at + 8);
  const path = join(await temporaryFolder(), 'unlisted.dcm');
  await writeFile(path, bytes);
  const source = await openSource(path);
  const box = { min: [0, 0, 0], max: [WIDTH, HEIGHT, DEPTH] } as const;
  const data = new Uint16Array(labels.length);
  await source.read(box, { box, channels: 1, data }).finally(() => source.close());
  expect(source.metadata.dataType).toBe('uint16');
  expect(data).toEqual(Uint16Array.from(labels, (label) => (label === 3 ? 300 : label)));
});

test('an empty element may end the elements about the file', async () => {
  const bytes = await readFile(fixture('dicom', 'binary.dcm'));
  const end = 144 + bytes.readUInt32LE(140);
  const empty = Buffer.from([2, 0, 0x16, 0, ...Buffer.from('AE'), 0, 0]);
  bytes.writeUInt32LE(end - 144 + empty.length, 140);
  const path = join(await temporaryFolder(), 'empty-element.dcm');
  await writeFile(path, Buffer.concat([bytes.subarray(0, end), empty, bytes.subarray(end)]));
  const source = await openSource(path);
  await source.close();
  expect(source.metadata.size).toEqual([WIDTH, HEIGHT, DEPTH]);
});

test('the pixels of an icon are not taken for those of the file', async () => {
  const bytes = await readFile(fixture('dicom', 'binary.dcm'));
  const at = bytes.indexOf(Buffer.from([0x62, 0, 0x02, 0, ...Buffer.from('SQ')]));
  // The sequence and its item are of undefined length, and are ended by delimiters.
  const icon = Buffer.concat([
    Buffer.from([0x88, 0, 0, 2, ...Buffer.from('SQ'), 0, 0, 255, 255, 255, 255]),
    Buffer.from([0xfe, 0xff, 0, 0xe0, 255, 255, 255, 255]),
    Buffer.from([0xe0, 0x7f, 0x10, 0, ...Buffer.from('OB'), 0, 0, 4, 0, 0, 0, 1, 2, 3, 4]),
    Buffer.from([0xfe, 0xff, 0x0d, 0xe0, 0, 0, 0, 0, 0xfe, 0xff, 0xdd, 0xe0, 0, 0, 0, 0]),
  ]);
  const path = join(await temporaryFolder(), 'icon.dcm');
  await writeFile(path, Buffer.concat([bytes.subarray(0, at), icon, bytes.subarray(at)]));
  const source = await openSource(path);
  const box = { min: [0, 0, 0], max: [WIDTH, HEIGHT, DEPTH] } as const;
  const data = new Uint8Array(labels.length);
  await source.read(box, { box, channels: 1, data }).finally(() => source.close());
  expect(at).toBeGreaterThan(0);
  expect(data).toEqual(labels);
});
