import { execFileSync } from 'node:child_process';
import { link as linkFile, mkdir, readFile, rename, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { openSource } from '../../../../src/main/sources/registry';
import { boxOfShape } from '../../../../src/shared/base/box';
import { isStudioError } from '../../../../src/shared/base/errors';
import { testDescribedFixtures } from '../../../conformance/described-fixtures';
import { fixture } from '../../../fixtures/voxels';
import { randomWords } from '../../../random';
import { temporaryFolder } from '../../../temporary-folder';
import { failure, readVolume } from '../tiff/stack-folder';

describe('archives written by Python', () => testDescribedFixtures('archives'));

test('what is no slice of the folder is named', async () => {
  const source = await openSource(fixture('archives', 'png-stored.zip'));
  await source.close();
  expect(source.metadata.facts).toContainEqual(['archive', 'zip']);
  expect(source.metadata.passedOver).toEqual([
    '__MACOSX/stack/labels/._z0.png: hidden',
    'stack/labels/.DS_Store: hidden',
    'stack/notes.txt: in another folder',
  ]);
});

/** Returns a tar archive, written from the description of the format. */
function tarOf(files: Readonly<Record<string, Uint8Array>>): Buffer {
  const parts = Object.entries(files).flatMap(([name, content]) => {
    const header = Buffer.alloc(512);
    header.write(name);
    header.write(content.length.toString(8).padStart(11, '0'), 124);
    header.fill(' ', 148, 156);
    header.write('0', 156);
    const sum = header.reduce((total, byte) => total + byte, 0);
    header.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148);
    return [header, content, Buffer.alloc((512 - (content.length % 512)) % 512)];
  });
  return Buffer.concat([...parts, Buffer.alloc(1024)]);
}

/** Returns a grey BMP slice of 400 × 300 voxels. Such slices are too large to be kept as fixtures. */
function bigSlice(z: number, voxels: Uint8Array): Buffer {
  const bytes = Buffer.alloc(1078 + voxels.length);
  bytes.write('BM');
  bytes.writeUInt32LE(1078, 10);
  bytes.writeUInt32LE(40, 14);
  bytes.writeInt32LE(400, 18);
  bytes.writeInt32LE(-300, 22);
  bytes.writeUInt16LE(8, 28);
  for (let i = 0; i < 256; i++) bytes.fill(i, 54 + 4 * i, 57 + 4 * i);
  for (let i = 0; i < voxels.length; i++) voxels[i] = (i * (z + 3)) >> 4;
  bytes.set(voxels, 1078);
  return bytes;
}

test('a gzipped archive of several megabytes, in another order, is read in any order', async () => {
  const content = new Uint8Array(400 * 300 * 30);
  const files: Record<string, Uint8Array> = {};
  for (let i = 0; i < 30; i++) {
    const z = (i * 7) % 30;
    files[`s/z${z}.bmp`] = bigSlice(z, content.subarray(z * 120000, (z + 1) * 120000));
  }
  const path = join(await temporaryFolder(), 'big.tgz');
  await writeFile(path, gzipSync(tarOf(files)));
  const source = await openSource(path);
  expect(source.metadata.size).toEqual([400, 300, 30]);
  const random = randomWords(7);
  for (let i = 0; i < 12; i++) {
    const [z, y] = [random() % 30, random() % 300];
    const box = { min: [0, y, z], max: [400, y + 1, z + 1] } as const;
    const data = new Uint8Array(400);
    await source.read(box, { box, channels: 1, data });
    const start = z * 120000 + y * 400;
    expect(Buffer.compare(data, content.subarray(start, start + 400)), `y ${y}, z ${z}`).toBe(0);
  }
  await source.close();
});

const FOLDERS = { 'a/z0.bmp': 0, 'a/z1.bmp': 1, 'b/z0.bmp': 2, 'b/z1.bmp': 3, 'b/z2.bmp': 4 };

test('of several folders with slices one is chosen', async () => {
  const path = join(await temporaryFolder(), 'two.tar');
  const files = Object.entries(FOLDERS).map(
    ([name, z]) => [name, bigSlice(z, new Uint8Array(120000))] as const,
  );
  await writeFile(path, tarOf(Object.fromEntries(files)));
  const error = await failure(openSource(path));
  expect(error.details).toEqual(['a: 2 slices', 'b: 3 slices']);
  const source = await openSource(path, { dataset: 'b' });
  expect(source.metadata.size).toEqual([400, 300, 3]);
  await source.close();
});

describe("tar's links", () => {
  async function packed(link: (folder: string) => Promise<void>): Promise<string> {
    const folder = await temporaryFolder();
    await mkdir(join(folder, 'stack', 'old'), { recursive: true });
    for (const z of [0, 1])
      await writeFile(join(folder, 'stack', `z${z}.bmp`), bigSlice(z, new Uint8Array(120000)));
    await link(join(folder, 'stack'));
    execFileSync('tar', ['-cf', join(folder, 'linked.tar'), '-C', folder, 'stack']);
    return join(folder, 'linked.tar');
  }

  test('hard and symbolic ones are slices too, with long names', async () => {
    const long = 'long-'.repeat(30);
    const path = await packed(async (folder) => {
      await linkFile(join(folder, 'z1.bmp'), join(folder, 'z2.bmp'));
      await rename(join(folder, 'z0.bmp'), join(folder, 'old', `${long}.bmp`));
      await symlink(`old/${long}.bmp`, join(folder, 'z3.bmp'));
      await symlink('z3.bmp', join(folder, 'z0.bmp'));
      await symlink('old', join(folder, 'newest'));
    });
    const source = await openSource(path, { dataset: 'stack' });
    const box = boxOfShape(source.metadata.size);
    const data = new Uint8Array(400 * 300 * 4);
    await source.read(box, { box, channels: 1, data }).finally(() => source.close());
    expect([0, 1, 2, 3].map((z) => data[120000 * z + 32])).toEqual([6, 8, 8, 6]);
  });

  test('those that lead out of the archive are named', async () => {
    const path = await packed((folder) => symlink('../elsewhere/z2.bmp', join(folder, 'z2.bmp')));
    await expect(openSource(path)).rejects.toMatchObject({
      details: ['stack/z2.bmp leads to elsewhere/z2.bmp'],
      remedy: expect.stringContaining('--dereference'),
    });
  });
});

describe.each(['tiff-deflated.zip', 'png-stored.zip', 'tiff.tar', 'png-pax.tgz'])('%s', (name) => {
  test('is refused when it is opened if it is cut off anywhere', async () => {
    const bytes = await readFile(fixture('archives', name));
    const path = join(await temporaryFolder(), name);
    // An archive ends with blocks of zeros, only one of which is needed.
    const end = name.endsWith('.tar') ? bytes.length - 9500 : bytes.length - 1;
    for (const part of [0.01, 0.1, 0.4, 0.8, 1]) {
      await writeFile(path, bytes.subarray(0, Math.min(end, Math.floor(bytes.length * part))));
      expect((await failure(openSource(path))).tag, `${part}`).toBe('invalid-input');
    }
  });

  test('is read, or refused in our words, whatever bytes of it are changed', async () => {
    const bytes = await readFile(fixture('archives', name));
    const path = join(await temporaryFolder(), name);
    const random = randomWords(bytes.length);
    for (let i = 0; i < 150; i++) {
      const mutated = Buffer.from(bytes);
      for (let j = 0; j <= random() % 3; j++) mutated[random() % mutated.length] = random() & 0xff;
      await writeFile(path, mutated);
      const outcome: unknown = await readAll(path).catch((error: unknown) => error);
      if (outcome === undefined) continue;
      expect(isStudioError(outcome) ? outcome.tag : String(outcome)).toMatch(/^(invalid-input|unsupported)$/);
    }
  });
});

async function readAll(path: string): Promise<void> {
  const source = await openSource(path, { gaps: 'close' });
  try {
    const box = boxOfShape(source.metadata.size);
    if (box.max[0] * box.max[1] * box.max[2] > 1e6) return;
    const data = new BigUint64Array(box.max[0] * box.max[1] * box.max[2]);
    await source.read(box, { box, channels: 1, data });
  } finally {
    await source.close();
  }
}

test('an entry that is damaged is named', async () => {
  const bytes = await readFile(fixture('archives', 'tiff-deflated.zip'));
  const start = bytes.indexOf('z3.tif') + 20;
  bytes.fill(0x55, start, start + 30);
  const path = join(await temporaryFolder(), 'damaged.zip');
  await writeFile(path, bytes);
  const error = await failure(openSource(path));
  expect(error.details).toEqual([expect.stringMatching(/^z3.tif: it is damaged in the archive/)]);
});

test('an encrypted archive is refused', async () => {
  const bytes = await readFile(fixture('archives', 'tiff-deflated.zip'));
  const entry = bytes.indexOf('PK\x01\x02', 0, 'latin1');
  bytes.writeUInt16LE(1, entry + 8);
  const path = join(await temporaryFolder(), 'secret.zip');
  await writeFile(path, bytes);
  expect((await failure(readVolume(path))).message).toContain('is encrypted');
});
