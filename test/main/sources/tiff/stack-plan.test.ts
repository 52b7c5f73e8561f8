import { chmod, copyFile, mkdir, readdir, readFile, rm, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { openSource } from '../../../../src/main/sources/registry';
import { encodeTiff } from '../../../../src/main/sources/tiff/tiff-writer';
import { fixture, fixtureVoxels } from '../../../fixtures/voxels';
import { temporaryFolder } from '../../../temporary-folder';
import { evenSlice, failure, readVolume, sliceValues, writeStack } from './stack-folder';

describe('the order of slices', () => {
  test('follows the numbers in the names, in any case of .tif and .tiff', async () => {
    const files = { 'z10.tif': 10, 'z9.TIF': 9, 'Z8.tiff': 8, 'z11.TIFF': 11 };
    const folder = await writeStack(await temporaryFolder(), files);
    expect(await sliceValues(folder)).toEqual(['8', '9', '10', '11']);
  });

  test('is kept for names without numbers, and for a single slice', async () => {
    const folder = await writeStack(await temporaryFolder(), { 'b.tif': 2, 'a.tif': 1, 'c.tif': 3 });
    expect(await sliceValues(folder)).toEqual(['1', '2', '3']);
    const single = await writeStack(await temporaryFolder(), { 'only.tif': 7 });
    expect(await sliceValues(single)).toEqual(['7']);
  });

  test('passes over files that are no slices, and reports them', async () => {
    const folder = await writeStack(await temporaryFolder(), {
      'z0.tif': 1,
      'z1.tif': 2,
      '.DS_Store': 'x',
      '._z0.tif': 'x',
      'Thumbs.db': 'x',
      'notes.txt': 'x',
      'more/z2.tif': 3,
    });
    const source = await openSource(folder);
    expect(source.metadata.size).toEqual([5, 4, 2]);
    expect(source.metadata.passedOver).toEqual([
      '.DS_Store: a hidden file',
      '._z0.tif: a hidden file',
      'Thumbs.db: not named .tif or .tiff',
      'more: a folder',
      'notes.txt: not named .tif or .tiff',
    ]);
    await source.close();
  });
});

describe('slices without an extension', () => {
  test('are known by their content', async () => {
    const folder = await writeStack(await temporaryFolder(), { z10: 3, z8: 1, z9: 2, 'notes.txt': 'x' });
    expect(await sliceValues(folder)).toEqual(['1', '2', '3']);
    const source = await openSource(folder);
    expect(source.metadata.passedOver).toEqual(['notes.txt: named with an extension, which the slices lack']);
    await source.close();
  });

  test('are reported if one of them is something else', async () => {
    const folder = await writeStack(await temporaryFolder(), { README: 'of the slices', z0: 1, z1: 2 });
    const error = await failure(openSource(folder));
    expect(error.details[0]).toMatch(/^README isn't named like the others/);
  });

  test('are none where they are no TIFFs', async () => {
    const folder = await writeStack(await temporaryFolder(), { LICENSE: 'free', Makefile: 'all:' });
    expect((await failure(openSource(folder))).message).toMatch(/holds no volume that can be read/);
  });

  test('are passed over beside slices that have one', async () => {
    const folder = await writeStack(await temporaryFolder(), { z0: 1, 'z1.tif': 2 });
    expect(await sliceValues(folder)).toEqual(['2']);
  });
});

describe('gaps in the numbering', () => {
  const files = { 's_01.tif': 1, 's_02.tif': 2, 's_04.tif': 4, 's_08.tif': 8 };

  test('are refused, each by name', async () => {
    const folder = await writeStack(await temporaryFolder(), files);
    const error = await failure(openSource(folder));
    expect(error.tag).toBe('invalid-input');
    expect(error.details).toEqual(['s_03.tif is missing', 's_05.tif to s_07.tif: 3 slices are missing']);
    expect(error.remedy).toContain('--gaps zero');
  });

  test('can be closed', async () => {
    const folder = await writeStack(await temporaryFolder(), files);
    expect(await sliceValues(folder, { gaps: 'close' })).toEqual(['1', '2', '4', '8']);
  });

  test('can be filled with zeros', async () => {
    const folder = await writeStack(await temporaryFolder(), files);
    const values = ['1', '2', '0', '4', '0', '0', '0', '8'];
    expect(await sliceValues(folder, { gaps: 'zero' })).toEqual(values);
  });

  test('are not filled where the numbers are far apart', async () => {
    const folder = await writeStack(await temporaryFolder(), { 'a1.tif': 1, 'a2.tif': 2, 'a999999.tif': 3 });
    const error = await failure(openSource(folder, { gaps: 'zero' }));
    expect(error.details).toEqual(['a3.tif to a999998.tif: 999996 slices are missing']);
  });

  test('are none where the numbers go in equal steps', async () => {
    const folder = await writeStack(await temporaryFolder(), { 'z0.tif': 1, 'z5.tif': 2, 'z10.tif': 3 });
    const source = await openSource(folder);
    expect(source.metadata.size[2]).toBe(3);
    expect(source.metadata.facts).toContainEqual(['numbering', '0 to 10 in steps of 5']);
    await source.close();
  });

  test('are not looked for where several numbers change', async () => {
    const folder = await writeStack(await temporaryFolder(), { 'd1_z5.tif': 1, 'd2_z9.tif': 2 });
    expect(await sliceValues(folder)).toEqual(['1', '2']);
  });
});

describe('what is wrong with slices', () => {
  test('is reported all together, by name, before anything is read', async () => {
    const whole = await evenSlice(1);
    const folder = await writeStack(await temporaryFolder(), {
      'z0.tif': 0,
      'z1.tif': 1,
      'z01.tif': 1,
      'z2.tif': await encodeTiff(new Uint16Array(30), 6, 5),
      'z3.tif': await encodeTiff(new Uint8Array(20), 5, 4),
      'z4.tif': 'no image at all',
      'z5.tif': '',
      'z6.tif': whole.subarray(0, whole.length - 3),
      'z7.tif': whole.subarray(0, 50),
      'z9.tif': 9,
      'mean.tif': 3,
    });
    const error = await failure(openSource(folder));
    expect(error.message).toBe(
      `Can't read the stack ${folder}: ${error.details.length} things are wrong with it.`,
    );
    expect(error.details).toEqual([
      "mean.tif isn't named like the others, such as z0.tif",
      'z1.tif has the same number as z01.tif',
      'z8.tif is missing',
      'z4.tif is not a TIFF file',
      'z5.tif is empty',
      expect.stringMatching(/^z6.tif: the file is cut off: strip 0 ends at byte \d+, the file at byte \d+$/),
      expect.stringMatching(/^z7.tif: its directory is damaged/),
      'z2.tif is 6 × 5 uint16, the others are 5 × 4 uint16',
      'z3.tif is 5 × 4 uint8, the others are 5 × 4 uint16',
    ]);
  });

  test.each([
    ['volumetric.tif', 'unsupported', /its page holds 2 slices/],
    ['jpeg.tif', 'invalid-input', /is stored as JPEG, which changes values/],
    ['rgb.tif', 'invalid-input', /is a colour image \(RGB\), whose colours are segment ids only if/],
    ['uint8-three-channels.tif', 'invalid-input', /has 3 channels, but segment ids have one/],
    ['imagej-channels.tif', 'invalid-input', /its pages are 2 channels, but segment ids have one/],
    ['ome-times.tif', 'invalid-input', /its pages are 2 points in time/],
  ])('%s is refused as %s with the reason', async (name, tag, reason) => {
    const error = await failure(openSource(fixture('tiff', name), { kind: 'segmentation' }));
    expect(error.tag).toBe(tag);
    expect(error.details[0]).toMatch(reason);
    expect(error.details[0]).toContain(name);
  });

  test('is that a file of a folder has several pages', async () => {
    const folder = await temporaryFolder();
    await copyFile(fixture('tiff', 'uint8-deflate-strips.tif'), join(folder, 'a0.tif'));
    const error = await failure(openSource(folder));
    expect(error.details).toEqual(['a0.tif has 3 pages; in a folder each file must be one slice']);
  });

  test('is that pages of a file run in a circle', async () => {
    const bytes = Buffer.from(await evenSlice(1));
    const nextPage = 8 + 2 + 10 * 12;
    bytes.writeUInt32LE(8, nextPage);
    const folder = await writeStack(await temporaryFolder(), { 'a.tif': bytes });
    const error = await failure(openSource(join(folder, 'a.tif')));
    expect(error.details).toEqual(['a.tif: its list of pages runs in a circle after page 1']);
  });
});

describe('paths without a stack', () => {
  test('that lead to nothing', async () => {
    const path = join(await temporaryFolder(), 'nowhere');
    expect(await failure(openSource(path))).toMatchObject({
      tag: 'invalid-input',
      message: `Can't read ${path}: there is no such file or folder.`,
    });
  });

  test('that are empty, or hold no TIFF', async () => {
    const folder = await temporaryFolder();
    expect((await failure(openSource(folder))).message).toMatch(/empty/i);
    await writeFile(join(folder, 'readme.md'), 'x');
    const error = await failure(openSource(folder));
    expect(error.tag).toBe('invalid-input');
    expect(error.details.join()).toContain('readme.md');
    await writeFile(join(folder, 'empty'), '');
    expect((await failure(openSource(join(folder, 'empty')))).message).toMatch(/empty/i);
  });

  test.skipIf(process.getuid?.() === 0)('that may not be read (skipped as root, who may)', async () => {
    const folder = await writeStack(await temporaryFolder(), { 'a1.tif': 1, 'a2.tif': 2 });
    await chmod(join(folder, 'a2.tif'), 0o000);
    expect((await failure(openSource(folder))).details).toEqual([
      expect.stringMatching(/^a2.tif: .*permission denied/),
    ]);
    await chmod(folder, 0o000);
    expect((await failure(openSource(folder))).message).toMatch(/permission denied/);
    await chmod(folder, 0o700);
  });

  test('where a name is that of a folder', async () => {
    const folder = await writeStack(await temporaryFolder(), { 'a1.tif': 1 });
    await mkdir(join(folder, 'a2.tif'));
    expect(await sliceValues(folder)).toEqual(['1']);
  });
});

describe('a stack that changes while it is read', () => {
  test('by a slice that vanishes', async () => {
    const folder = await writeStack(await temporaryFolder(), { 'a1.tif': 1, 'a2.tif': 2 });
    const source = await openSource(folder);
    await rm(join(folder, 'a2.tif'));
    const box = { min: [0, 0, 0], max: source.metadata.size } as const;
    const error = await failure(source.read(box, { box, channels: 1, data: new Uint16Array(40) }));
    expect(error.message).toContain('a2.tif');
    await source.close();
  });

  test('by a slice that is replaced', async () => {
    const folder = await writeStack(await temporaryFolder(), { 'a1.tif': 1, 'a2.tif': 2 });
    const source = await openSource(folder);
    await writeFile(join(folder, 'a2.tif'), await encodeTiff(new Uint8Array(9999), 99, 101));
    const box = { min: [0, 0, 0], max: source.metadata.size } as const;
    const error = await failure(source.read(box, { box, channels: 1, data: new Uint16Array(40) }));
    expect(error.message).toMatch(/^a2.tif has changed/);
    await source.close();
  });

  test('has another fingerprint', async () => {
    const folder = await writeStack(await temporaryFolder(), { 'a1.tif': 1, 'a2.tif': 2 });
    const fingerprint = async () => {
      const source = await openSource(folder);
      await source.close();
      return source.metadata.fingerprint;
    };
    const before = await fingerprint();
    expect(await fingerprint()).toBe(before);
    await utimes(join(folder, 'a2.tif'), 1e9, 1e9);
    expect(await fingerprint()).not.toBe(before);
  });
});

describe('colours', () => {
  test('are ids where that is said', async () => {
    const source = await openSource(fixture('tiff', 'rgb.tif'), { colours: 'packed' });
    expect(source.metadata).toMatchObject({ dataType: 'uint32', channels: 1, size: [37, 29, 3] });
    const count = 37 * 29 * 3;
    const samples = fixtureVoxels('uint8', [37, 29, 3], 3);
    const expected = Array.from({ length: count }, (_, i) => {
      return Number(samples[i]) + 256 * Number(samples[i + count]) + 65536 * Number(samples[i + 2 * count]);
    });
    await source.close();
    expect([...(await readVolume(fixture('tiff', 'rgb.tif'), { colours: 'packed' }))]).toEqual(expected);
    const sixteen = failure(openSource(fixture('tiff', 'uint16-three-channels.tif'), { colours: 'packed' }));
    expect((await sixteen).message).toContain('must have 8 bits a colour');
  });

  test('of a palette are given by their index, which is the id of a label', async () => {
    const path = fixture('tiff', 'palette.tif');
    const expected = fixtureVoxels('uint8', [37, 29, 1]);
    expect(await readVolume(path)).toEqual(expected);
    expect(await readVolume(path, { kind: 'image', colours: 'index' })).toEqual(expected);
    expect((await failure(openSource(path, { kind: 'image' }))).remedy).toContain('--colours index');
  });
});

describe('files that say more', () => {
  test("voxel sizes are read from ImageJ's description", async () => {
    const source = await openSource(fixture('tiff', 'imagej.tif'));
    expect(source.metadata).toMatchObject({ size: [37, 29, 3], resolutionNm: [4, 4, 40] });
    await source.close();
  });

  test('voxel sizes are read from OME, each with its unit', async () => {
    const source = await openSource(fixture('tiff', 'ome.tif'));
    expect(source.metadata).toMatchObject({ size: [37, 29, 3], resolutionNm: [4, 4, 40] });
    await source.close();
  });

  test('ImageJ may leave out the directories of all slices but the first', async () => {
    const [whole, short] = ['imagej.tif', 'imagej-one-directory.tif'].map((name) => fixture('tiff', name));
    expect(await readVolume(short ?? '')).toEqual(await readVolume(whole ?? ''));
  });

  test('such a file is refused if it is cut off, but accepted if a page was taken out', async () => {
    const whole = await readFile(fixture('tiff', 'imagej-one-directory.tif'));
    const path = join(await temporaryFolder(), 'short.tif');
    await writeFile(path, whole.subarray(0, whole.length - 1));
    const error = await failure(openSource(path));
    expect(error.details.join()).toMatch(
      /short\.tif: it is cut off: ImageJ's metadata names 3 images, but it contains 2/,
    );
    await writeFile(path, whole.subarray(0, whole.length - 37 * 29 * 2 * 2));
    const source = await openSource(path);
    expect(source.metadata.size).toEqual([37, 29, 1]);
    await source.close();
  });

  test('channels can be chosen by their names in OME', async () => {
    const text = (await readFile(fixture('tiff', 'ome-czyx.ome.tif'))).toString('latin1');
    const path = join(await temporaryFolder(), 'named.tif');
    const named = ['nuclei', 'A&amp;B']
      .map(
        (name, i) => [`<Channel ID="Channel:0:${i}" SamplesPerPixel="1"`, `<Channel Name="${name}"`] as const,
      )
      .reduce((all, [from, to]) => all.replace(from, to.padEnd(from.length)), text);
    await writeFile(path, Buffer.from(named, 'latin1'));
    const source = await openSource(path, { kind: 'image' });
    expect(source.metadata.channelNames).toEqual(['nuclei', 'A&B']);
    await source.close();
    const chosen = await openSource(path, { channel: 'a&b' });
    expect(chosen.metadata.channels).toBe(1);
    await chosen.close();
  });

  test('OME decides which files hold which planes, for one of the files and for their folder', async () => {
    for (const path of [fixture('tiff', 'ome-files'), fixture('tiff', 'ome-files/c1-z0.ome.tif')]) {
      const source = await openSource(path, { kind: 'image' });
      const { size, channels } = source.metadata;
      expect({ size, channels }).toEqual({ size: [37, 29, 3], channels: 2 });
      const box = { min: [0, 0, 0], max: size } as const;
      const data = new Uint16Array(37 * 29 * 3 * 2);
      await source.read(box, { box, channels, data });
      expect(data).toEqual(fixtureVoxels('uint16', size, 2));
      await source.close();
    }
  });

  test.each([
    ['SizeZ="3"', 'SizeZ="9"', /its OME metadata names 18 planes, but there are 6 pages/],
    ['FirstZ="2"', 'FirstZ="1"', /5 of its 6 planes have no page, the first at z 0, channel 0/],
    ['SizeT="1"', 'SizeT="2"', /its pages are 2 points in time/],
  ])('%s that is %s is refused', async (original, changed, reason) => {
    const text = (await readFile(fixture('tiff', 'ome-czyx.ome.tif'))).toString('latin1');
    const runs = '<TiffData IFD="0" PlaneCount="6"/>';
    const path = join(await temporaryFolder(), 'changed.tif');
    const apart = '<TiffData FirstZ="2" IFD="2"/>'.padEnd(runs.length);
    const wanted = original.startsWith('FirstZ') ? text.replace(runs, apart) : text;
    expect(wanted).toContain(original);
    await writeFile(path, Buffer.from(wanted.replace(original, changed), 'latin1'));
    const error = await failure(openSource(path, { kind: 'image' }));
    expect(error.details.join()).toMatch(reason);
  });

  test('files that OME names and that are not there are named', async () => {
    const folder = await temporaryFolder();
    await copyFile(fixture('tiff', 'ome-files/c0-z1.ome.tif'), join(folder, 'c0-z1.ome.tif'));
    const error = await failure(openSource(folder, { kind: 'image' }));
    expect(error.details).toHaveLength(5);
    expect(error.details.join()).toContain('c1-z0.ome.tif');
  });

  test('the only file that OME names is reported in one sentence if it is missing', async () => {
    const folder = await temporaryFolder();
    for (const name of await readdir(fixture('tiff', 'ome-files'))) {
      if (name !== 'c1-z0.ome.tif') await copyFile(fixture('tiff', `ome-files/${name}`), join(folder, name));
    }
    const error = await failure(openSource(folder, { kind: 'image' }));
    expect(error.message).toMatch(/c1-z0\.ome\.tif: there is no such file or folder\.$/);
  });

  test('levels of a pyramid are passed over', async () => {
    const source = await openSource(fixture('tiff', 'pyramid.tif'));
    expect(source.metadata.size).toEqual([37, 29, 3]);
    await source.close();
  });
});
