import { brotliCompressSync, gunzipSync, gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  deterministicGzip,
  getUncompressed,
  compressed,
  storedKey,
  type CompressionSettings,
} from '../../../src/main/places/compression';
import { LocalFolder } from '../../../src/main/places/local-folder';
import type { WritablePlace } from '../../../src/main/places/file-place';
import { temporaryFolder } from '../../temporary-folder';

async function putCompressed(
  place: WritablePlace,
  key: string,
  bytes: Uint8Array,
  settings: CompressionSettings,
): Promise<number> {
  const packed = compressed(bytes, settings);
  await place.put(storedKey(key, settings), packed);
  return packed.length;
}

const GZIP: CompressionSettings = { compression: 'gzip', level: 6, content: 'any', layout: 'gz-suffix' };
const TEXT = new TextEncoder().encode('some voxels, some voxels, some voxels');

async function emptyStore(): Promise<LocalFolder> {
  return new LocalFolder(await temporaryFolder());
}

async function names(store: LocalFolder): Promise<string[]> {
  const keys: string[] = [];
  for await (const key of store.list('')) keys.push(key);
  return keys;
}

describe('gzip', () => {
  test('holds no time, no name and no system, so that the same bytes give the same', () => {
    const zipped = deterministicGzip(TEXT, 6);
    // RFC 1952: magic, method, flags, four bytes of time; then the level's flag and the system, 255 for unknown.
    expect([...zipped.subarray(0, 8)]).toEqual([0x1f, 0x8b, 8, 0, 0, 0, 0, 0]);
    expect(zipped[9]).toBe(255);
    expect(deterministicGzip(TEXT, 6)).toEqual(zipped);
    expect(new Uint8Array(gunzipSync(zipped))).toEqual(TEXT);
  });

  test('gives any bytes back, at any level', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 3000 }), fc.integer({ min: 1, max: 9 }), (bytes, level) => {
        expect(new Uint8Array(gunzipSync(deterministicGzip(bytes, level)))).toEqual(bytes);
      }),
    );
  });
});

describe('an object', () => {
  test.each<[CompressionSettings, string]>([
    [GZIP, 'a/b.gz'],
    [{ ...GZIP, layout: 'plain' }, 'a/b'],
    [{ ...GZIP, compression: 'none' }, 'a/b'],
    [{ ...GZIP, compression: 'none', layout: 'plain' }, 'a/b'],
  ])('put as %j is named %s and read back', async (settings, name) => {
    const store = await emptyStore();
    const size = await putCompressed(store, 'a/b', TEXT, settings);
    expect(await names(store)).toEqual([name]);
    expect(await store.size(name)).toBe(size);
    expect(new Uint8Array((await getUncompressed(store, 'a/b')) ?? [])).toEqual(TEXT);
  });

  test('that another program compressed by Brotli is read', async () => {
    const store = await emptyStore();
    await store.put('a/b.br', brotliCompressSync(TEXT));
    expect(new Uint8Array((await getUncompressed(store, 'a/b')) ?? [])).toEqual(TEXT);
    await store.put('a/c.br', TEXT);
    await expect(getUncompressed(store, 'a/c')).rejects.toThrow('a/c.br is corrupt');
  });

  test('of no bytes is read back too', async () => {
    const store = await emptyStore();
    await putCompressed(store, 'a', new Uint8Array(0), GZIP);
    expect(await getUncompressed(store, 'a')).toHaveLength(0);
  });

  test('that is not there is undefined', async () => {
    expect(await getUncompressed(await emptyStore(), 'a')).toBeUndefined();
  });

  test.each(['cut off', 'a wrong checksum', 'no gzip at all'])(
    'that is corrupt is named (%s)',
    async (how) => {
      const zipped = gzipSync(TEXT);
      if (how === 'a wrong checksum') zipped[zipped.length - 8] = (zipped[zipped.length - 8] ?? 0) ^ 1;
      const bytes = how === 'cut off' ? zipped.subarray(0, -9) : how === 'no gzip at all' ? TEXT : zipped;
      const store = await emptyStore();
      await store.put('8_8_8/a.gz', bytes);
      await expect(getUncompressed(store, '8_8_8/a')).rejects.toMatchObject({
        tag: 'invalid-input',
        message: expect.stringContaining('8_8_8/a.gz is corrupt') as string,
      });
    },
  );

  test('without compression whose bytes happen to begin as gzip does stays as it is', async () => {
    const store = await emptyStore();
    const voxels = new Uint8Array(64).fill(7);
    voxels.set([0x1f, 0x8b, 8]);
    await putCompressed(store, 'a', voxels, { ...GZIP, compression: 'none' });
    expect(new Uint8Array((await getUncompressed(store, 'a')) ?? [])).toEqual(voxels);
  });
});
