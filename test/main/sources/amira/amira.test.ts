import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { indexRuns, RunBytes } from '../../../../src/main/sources/array/run-lengths';
import { lookAtFile } from '../../../../src/main/sources/array/random-bytes';
import { openSource } from '../../../../src/main/sources/registry';
import { testDescribedFixtures } from '../../../conformance/described-fixtures';
import { fixture } from '../../../fixtures/voxels';
import { temporaryFolder } from '../../../temporary-folder';

describe('Amira files', () => testDescribedFixtures('amira'));

async function metadataOf(path: string) {
  const source = await openSource(path, { kind: 'image' });
  await source.close();
  return source.metadata;
}

/** A fixture with a part of its bytes replaced. */
async function changed(name: string, from: string, to: string): Promise<string> {
  const bytes = await readFile(fixture('amira', name));
  const text = bytes.toString('latin1');
  expect(text).toContain(from);
  const path = join(await temporaryFolder(), name);
  await writeFile(path, Buffer.from(text.replace(from, to), 'latin1'));
  return path;
}

test('materials name the labels in their order, after the exterior', async () => {
  const { kind, segmentNames } = await metadataOf(fixture('amira', 'labels.am'));
  expect(kind).toBe('segmentation');
  expect(segmentNames).toEqual([
    ['1', { label: 'Axon', colour: '#ff0000', tags: [] }],
    ['2', { label: 'Cell body', tags: [] }],
  ]);
  const mixed = await metadataOf(await changed('labels.am', 'Id 3', 'Id 7'));
  expect(mixed.segmentNames).toEqual([]);
  expect(mixed.passedOver.join()).toContain('the names and colours of materials, whose ids are in no order');
});

test('a bounding box without a unit is reported, not used', async () => {
  const { resolutionNm, passedOver } = await metadataOf(fixture('amira', 'big-endian.am'));
  expect(resolutionNm).toBeUndefined();
  expect(passedOver.join()).toContain('voxels are 8 × 4 × 40: no unit is given');
  const parsecs = await metadataOf(await changed('labels.am', '"nm"', '"pc"'));
  expect(parsecs.passedOver.join()).toContain("the unit pc isn't known");
  const stacked = await metadataOf(await changed('labels.am', '"uniform"', '"stacked"'));
  expect([stacked.resolutionNm, stacked.passedOver.join()]).toEqual([undefined, 'the stacked coordinates']);
});

test.each([
  ['labels.am', 'BINARY-LITTLE-ENDIAN', 'ASCII', /values as text/],
  ['labels.am', 'define Lattice', 'define VERTEX', /holds no volume/],
  ['labels.am', 'byte Labels', 'complex Labels', /values of the type complex/],
  ['labels.am', 'HxByteRLE', 'HxSecret', /the packing HxSecret/],
  ['labels.am', '\n@1\n', '\n@9\n', /no line @1/],
  ['big-endian.am', 'Lattice 9 7 5', 'Lattice 9 7 6', /is cut off at byte/],
  ['labels.am', 'Lattice 9 7 5', 'Lattice 9 7 6', /is cut off at byte 315, 378 are needed/],
])('%s with "%s" as "%s" is refused', async (name, from, to, message) => {
  await expect(openSource(await changed(name, from, to), { kind: 'image' })).rejects.toThrow(message);
});

test('of several arrays one is asked for, and each is looked for where the one before ends', async () => {
  await expect(openSource(fixture('amira', 'several.am'))).rejects.toMatchObject({
    message: expect.stringContaining('holds 3 arrays'),
    remedy: expect.stringContaining('--dataset Labels'),
  });
  const path = await changed('several.am', '\n@2\n', '\n@7\n');
  await expect(openSource(path, { dataset: 'Data', kind: 'image' })).rejects.toThrow("@2 isn't where");
});

test('runs are read from any place, however long they are', async () => {
  const path = join(await temporaryFolder(), 'runs');
  // 40,000 packets of 127 times a byte and 3 bytes as they are: more than a place in the index.
  const packets = Array.from({ length: 40_000 }, (_, i) => [127, i % 251, 131, 1, 2, i % 7]);
  await writeFile(path, Buffer.from(packets.flat()));
  const expected = Buffer.concat(
    packets.map(([count = 0, value, , ...literal]) =>
      Buffer.from([...new Array<number>(count).fill(value ?? 0), ...literal]),
    ),
  );
  const file = await lookAtFile(path);
  const index = await indexRuns(file, 0, file.sizeBytes);
  expect(index.rawBytes).toBe(expected.length);
  expect(index.places.length).toBeGreaterThan(2);
  const bytes = new RunBytes(file, index);
  for (const [at, length] of [
    [0, expected.length],
    [2_600_001, 70_000],
    [expected.length - 5, 5],
  ] as const) {
    const into = new Uint8Array(length);
    await bytes.read(at, into);
    expect(Buffer.compare(into, expected.subarray(at, at + length))).toBe(0);
  }
  await bytes.close();
  await expect(indexRuns(file, 0, 239_998)).rejects.toThrow('ends within a run');
});
