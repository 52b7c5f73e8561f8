import { readFile } from 'node:fs/promises';
import { describe, expect, test } from 'vitest';
import { openSource } from '../../../../src/main/sources/registry';
import type { OpenOptions } from '../../../../src/main/sources/source-opener';
import { testDescribedFixtures } from '../../../conformance/described-fixtures';
import { testSourceConformance } from '../../../conformance/source-conformance';
import { fixture, fixtureVoxels } from '../../../fixtures/voxels';
import { failure, readVolume } from '../tiff/stack-folder';

const SIZE = [9, 7, 5] as const;
const IMAGE: OpenOptions = { kind: 'image' };

describe('images of one formula', () => testDescribedFixtures('images'));

/** The voxels whose top bits a fixture of less bits has. */
function topBits(bits: number): Uint8Array {
  return Uint8Array.from(fixtureVoxels('uint8', SIZE) as Uint8Array, (value) => value >> (8 - bits));
}

/** The colours of the fixtures' palette. */
function colour(index: number): [number, number, number] {
  return [(37 * index) % 256, (91 * index) % 256, (11 * index) % 256];
}

describe.each([1, 2, 4])('greys of %i bits', (bits) => {
  const content = topBits(bits).map((value) => (value * 255) / (2 ** bits - 1));
  for (const name of [`png-${bits}-bit`, `png-${bits}-bit-interlaced`]) {
    const path = fixture('images', name);
    testSourceConformance(name, { path, options: IMAGE, dataType: 'uint8', channels: 1, content });
  }
});

describe('palettes', () => {
  const path = fixture('images', 'png-palette');
  const indices = topBits(8);
  const colours = [0, 1, 2].flatMap((c) => Array.from(indices, (index) => colour(index)[c] ?? 0));
  const ids = Uint32Array.from(indices, (index) => colour(index).reduce((id, v, i) => id + v * 256 ** i, 0));
  testSourceConformance('as channels, for an image', {
    path,
    options: IMAGE,
    dataType: 'uint8',
    channels: 3,
    content: Uint8Array.from(colours),
  });
  testSourceConformance('as indices, for labels', { path, dataType: 'uint8', channels: 1, content: indices });
  testSourceConformance('as packed ids', {
    path,
    options: { colours: 'packed' },
    dataType: 'uint32',
    channels: 1,
    content: ids,
  });
  testSourceConformance('of 4 bits', {
    path: fixture('images', 'png-palette-4-bit'),
    dataType: 'uint8',
    channels: 1,
    content: topBits(4),
  });
});

describe('colours as packed ids', () => {
  const [red, green, blue] = [0, 1, 2].map((c) =>
    fixtureVoxels('uint8', SIZE, 3).slice(315 * c, 315 * (c + 1)),
  );
  const content = Uint32Array.from({ length: 315 }, (_, i) => {
    return Number(red?.[i]) + 256 * Number(green?.[i]) + 65536 * Number(blue?.[i]);
  });
  const path = fixture('images', 'png-rgb');
  testSourceConformance('of RGB', {
    path,
    options: { colours: 'packed' },
    dataType: 'uint32',
    channels: 1,
    content,
  });

  test('are refused with the choice where nothing was chosen', async () => {
    const error = await failure(openSource(path));
    expect(error.tag).toBe('invalid-input');
    expect(error.remedy).toContain('--colours packed');
    expect(error.fields).toMatchObject({ options: ['colours'] });
  });

  test('are refused where the alpha of a colour says that it is none', async () => {
    const error = await failure(readVolume(fixture('images', 'png-rgba'), { colours: 'packed' }));
    expect(error.message).toMatch(/^z0.png: the voxel at x \d, y \d, z 0 has a colour and is transparent/);
  });

  test('are refused of 16 bits, and where there are no colours', async () => {
    const of16 = failure(openSource(fixture('images', 'png-rgb16'), { colours: 'packed' }));
    expect((await of16).message).toContain('16 bits a colour');
    const grey = failure(openSource(fixture('images', 'png-uint8'), { colours: 'packed' }));
    expect((await grey).message).toContain('has no colours');
  });
});

test('a PNG with all filters is read as Pillow reads it', async () => {
  const expected = await readFile(fixture('images', 'smooth.raw'));
  expect(Buffer.from((await readVolume(fixture('images', 'smooth.png'))) as Uint8Array)).toEqual(expected);
});
