import { describe, expect, test } from 'vitest';
import { encodeTiff } from '../../../../src/main/sources/tiff/tiff-writer';
import { openSource } from '../../../../src/main/sources/registry';
import { testSourceConformance } from '../../../conformance/source-conformance';
import { fixture, fixtureVoxels } from '../../../fixtures/voxels';
import { temporaryFolder } from '../../../temporary-folder';
import { failure, readVolume, writeStack } from '../tiff/stack-folder';

const [WIDTH, HEIGHT, COLUMNS, ROWS, DEPTH] = [5, 4, 3, 2, 2];
const CONTENT = Uint16Array.from({ length: WIDTH * HEIGHT * COLUMNS * ROWS * DEPTH }, (_, i) => i);

/** Cuts one slice of {@link CONTENT} into tiles. */
function tileOf(z: number, row: number, column: number): Promise<Uint8Array> {
  const wide = WIDTH * COLUMNS;
  const voxels = Uint16Array.from({ length: WIDTH * HEIGHT }, (_, i) => {
    const [x, y] = [column * WIDTH + (i % WIDTH), row * HEIGHT + Math.floor(i / WIDTH)];
    return CONTENT[(z * HEIGHT * ROWS + y) * wide + x] ?? 0;
  });
  return encodeTiff(voxels, WIDTH, HEIGHT);
}

/** Writes all tiles but one under the names that `nameOf` gives. */
async function mosaic(
  nameOf: (z: number, row: number, column: number) => string,
  without = '',
): Promise<string> {
  const files: Record<string, Uint8Array> = {};
  for (let i = 0; i < DEPTH * ROWS * COLUMNS; i++) {
    const place = [Math.floor(i / (ROWS * COLUMNS)), Math.floor(i / COLUMNS) % ROWS, i % COLUMNS] as const;
    if (nameOf(...place) !== without) files[nameOf(...place)] = await tileOf(...place);
  }
  return writeStack(await temporaryFolder(), files);
}

const byLetters = (z: number, row: number, column: number) => `seg_s00${z}_Y${row}_X${column}.tif`;

describe('tiles are joined by the numbers in their names', async () => {
  testSourceConformance('Y and X', {
    path: await mosaic(byLetters),
    options: { tiles: 'join' },
    dataType: 'uint16',
    channels: 1,
    content: CONTENT,
  });

  test.each<[string, (z: number, row: number, column: number) => string]>([
    ['r and c', (z, row, column) => `Tile_r${row + 1}-c${column + 1}_S_${z + 8}.tif`],
    ['row and col', (z, row, column) => `z${z}_row${row}_col${column}.tif`],
    ['positions in voxels', (z, row, column) => `x${column * WIDTH}_y${row * HEIGHT}_z${z}.tif`],
  ])('%s', async (_, nameOf) => {
    expect(await readVolume(await mosaic(nameOf), { tiles: 'join' })).toEqual(CONTENT);
  });

  test('whose slices are pages of one file a tile', async () => {
    const folder = fixture('tiles', '');
    const expected = fixtureVoxels('uint32', [18, 14, 5]);
    expect(await readVolume(folder, { tiles: 'join' })).toEqual(expected);
  });
});

test('the size of a voxel and the number of tiles are reported', async () => {
  const source = await openSource(await mosaic(byLetters), { tiles: 'join' });
  expect(source.metadata.size).toEqual([WIDTH * COLUMNS, HEIGHT * ROWS, DEPTH]);
  expect(source.metadata.facts).toContainEqual(['tiles', '3 × 2 of 5 × 4 voxels, joined']);
  expect(source.metadata.facts).toContainEqual(['slices', '2']);
  await source.close();
});

test.each([
  [
    WIDTH - 1,
    'The numbers of the columns of tiles are 4 apart, and a tile has 5 voxels there: as positions, they overlap by 1.',
  ],
  [
    WIDTH + 2,
    'The numbers of the columns of tiles are 7 apart, and a tile has 5 voxels there: as positions, they have gaps of 2.',
  ],
])('tiles whose positions are %i voxels apart are refused', async (step, message) => {
  const folder = await mosaic((z, row, column) => `z${z}_Y${row * HEIGHT}_X${column * step}.tif`);
  const error = await failure(openSource(folder, { tiles: 'join' }));
  expect(error.message).toBe(message);
  expect(error.remedy).toContain('If the tiles overlap, stitch them first');
});

test('without the option the remedy names it', async () => {
  const error = await failure(openSource(await mosaic(byLetters)));
  expect(error.message).toMatch(/look like tiles/);
  expect(error.remedy).toMatch(/--tiles join/);
});

test('a tile that is missing is refused by its place, or filled', async () => {
  const folder = await mosaic(byLetters, byLetters(1, 0, 2));
  const error = await failure(openSource(folder, { tiles: 'join' }));
  expect(error.details).toEqual(['seg_s001_Y0_X0.tif has no tile in row 0, column 2']);
  expect(error.remedy).toMatch(/--gaps zero/);
  const filled = CONTENT.map((value, i) => {
    const isMissing = i >= CONTENT.length / 2 && i % 15 >= 10 && Math.floor(i / 15) % 8 < 4;
    return isMissing ? 0 : value;
  });
  expect(await readVolume(folder, { tiles: 'join', gaps: 'zero' })).toEqual(filled);
});

test.each<[string, (z: number, row: number, column: number) => string, RegExp]>([
  [
    'no rows and columns',
    (z, row, column) => `z${z}_tile${row * COLUMNS + column}.tif`,
    /no numbers of rows/,
  ],
  [
    'a column without tiles',
    (z, row, column) => `z${z}_Y${row}_X${column ** 2}.tif`,
    /columns of tiles are 0, 1, 4/,
  ],
  [
    'the same place twice',
    (z, row, column) => `z0_Y${'0'.repeat(z)}${row}_X${column}.tif`,
    /same row and column/,
  ],
])('%s: refused', async (_, nameOf, message) => {
  const error = await failure(openSource(await mosaic(nameOf), { tiles: 'join' }));
  expect(error.message + (error.details ?? []).join()).toMatch(message);
});

test('numbers behind a hyphen are refused, as they may be negative', async () => {
  const folder = await mosaic((z, row, column) => `z${z}_Y-${ROWS - row}_X${column}.tif`);
  await expect(openSource(folder, { tiles: 'join' })).rejects.toThrow('could be its sign');
});
