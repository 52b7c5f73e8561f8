import { cp, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { openSource } from '../../../../src/main/sources/registry';
import type { OpenOptions } from '../../../../src/main/sources/source-opener';
import { testDescribedFixtures } from '../../../conformance/described-fixtures';
import { testSourceConformance } from '../../../conformance/source-conformance';
import { fixture, fixtureVoxels } from '../../../fixtures/voxels';
import { temporaryFolder } from '../../../temporary-folder';
import { failure, readVolume } from '../tiff/stack-folder';

const SIZE = [9, 7, 5] as const;
const IMAGE: OpenOptions = { kind: 'image' };

describe('images of one formula', () => testDescribedFixtures('images'));

/** Returns the top bits of the voxels, which are stored in a fixture of fewer bits. */
function topBits(bits: number): Uint8Array {
  return Uint8Array.from(fixtureVoxels('uint8', SIZE) as Uint8Array, (value) => value >> (8 - bits));
}

function idOf([red, green, blue]: readonly [number, number, number]): number {
  return red + 256 * green + 65536 * blue;
}

/** Returns a colour of the fixtures' palette. */
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
  const ids = Uint32Array.from(indices, (index) => idOf(colour(index)));
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

  test('are refused if a voxel has a colour and is transparent', async () => {
    const error = await failure(readVolume(fixture('images', 'png-rgba'), { colours: 'packed' }));
    expect(error.message).toMatch(
      /^z(\d).png: the voxel at x \d, y \d, z \1 has a colour and is transparent/,
    );
  });

  test('are refused of 16 bits, and where there are no colours', async () => {
    const of16 = failure(openSource(fixture('images', 'png-rgb16'), { colours: 'packed' }));
    expect((await of16).message).toContain('16 bits a colour');
    const grey = failure(openSource(fixture('images', 'png-uint8'), { colours: 'packed' }));
    expect((await grey).message).toContain('has no colours');
  });
});

/** Returns the voxels that Pillow reads from a file, in the order of a volume. */
async function asPillowReads(name: string, channels: number): Promise<Uint8Array> {
  const samples = await readFile(fixture('images', `${name}.raw`));
  const voxels = samples.length / channels;
  return Uint8Array.from(samples, (_, i) => samples[(i % voxels) * channels + Math.floor(i / voxels)] ?? 0);
}

describe.each([
  ['smooth.png', 1],
  ['grey.jpg', 1],
  ['colours.jpg', 3],
  ['progressive.jpg', 3],
  ['lossy.webp', 3],
  ['old.bmp', 3],
  ['15-bit.bmp', 3],
  ['four-bytes.bmp', 3],
  ['runs.bmp', 1],
  ['runs-4-bit.bmp', 1],
])('a file alone', async (name, channels) => {
  const content = await asPillowReads(name, channels);
  const path = fixture('images', name);
  testSourceConformance(`${name}, as Pillow reads it`, {
    path,
    options: IMAGE,
    dataType: 'uint8',
    channels,
    content,
  });
});

describe('palettes of BMP', () => {
  const known = { dataType: 'uint8', channels: 1, content: topBits(8) } as const;
  testSourceConformance('BMP', { path: fixture('images', 'bmp-palette'), ...known });
  test('that differ from slice to slice are no ids', async () => {
    const folder = await temporaryFolder();
    await cp(fixture('images', 'bmp-palette'), folder, { recursive: true });
    const slice = join(folder, 'z2.bmp');
    const bytes = await readFile(slice);
    bytes[54] = (bytes[54] ?? 0) ^ 1;
    await writeFile(slice, bytes);
    const error = await failure(openSource(folder));
    expect(error.message).toContain('different palettes');
    expect(error.remedy).toMatch(/--colours packed .*--colours index/);
  });
  const content = topBits(1).map((value) => 255 * value);
  testSourceConformance('BMP of 1 bit', { path: fixture('images', 'bmp-1-bit'), ...known, content });
});

test.each(['grey.jpg', 'lossy.webp'])('%s is refused for labels, as it has loss', async (name) => {
  const error = await failure(openSource(fixture('images', name)));
  expect(error.message).toContain('with loss, which changes ids');
  expect(error.remedy).toContain('--type image');
});

test('a GIF, and a folder of them, is named, with what to do', async () => {
  const folder = await temporaryFolder();
  await writeFile(join(folder, 'z0.gif'), 'GIF89a, of which no more is read than this');
  for (const path of [folder, join(folder, 'z0.gif')]) {
    const error = await failure(openSource(path));
    expect([error.message, ...error.details].join()).toContain("z0.gif: GIF isn't read");
    expect(error.remedy).toContain('ImageSequence');
  }
});
