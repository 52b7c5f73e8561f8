import { setImmediate as nextTurn } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import type { ListablePlace, WritablePlace } from '../../src/main/places/file-place';

export interface PlaceUnderTest {
  readonly store: WritablePlace;
  /** Opens another store on the same objects, as another process would. */
  readonly reopen: () => WritablePlace;
}

function bytesOf(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

async function textOf(store: ListablePlace, key: string): Promise<string | undefined> {
  const bytes = await store.get(key);
  return bytes && new TextDecoder().decode(bytes);
}

async function listed(store: ListablePlace, prefix: string): Promise<string[]> {
  const keys: string[] = [];
  for await (const key of store.list(prefix)) keys.push(key);
  return keys.sort();
}

interface Kind {
  /** Whether keys are paths through folders, which could lead outside the place. */
  readonly keysArePaths: boolean;
  /** Whether the place ignores names that begin with a dot. */
  readonly hidesDotted?: boolean;
}

/** Registers the tests that every place has to pass. `make` creates an empty place. */
export function testPlaceConformance(
  name: string,
  make: () => Promise<PlaceUnderTest>,
  { keysArePaths, hidesDotted = false }: Kind = { keysArePaths: true },
): void {
  describe(name, () => {
    test('gives back what was put, here and to others', async () => {
      const { store, reopen } = await make();
      await store.put('16_16_40/0-64_0-64_0-64.gz', bytesOf('chunk'));
      expect(await textOf(store, '16_16_40/0-64_0-64_0-64.gz')).toBe('chunk');
      expect(await textOf(reopen(), '16_16_40/0-64_0-64_0-64.gz')).toBe('chunk');
      expect(await store.size('16_16_40/0-64_0-64_0-64.gz')).toBe(5);
    });

    test('has nothing where nothing was put', async () => {
      const { store } = await make();
      await store.put('a/b', bytesOf('x'));
      for (const key of ['b', 'a/c', 'a/b/c', 'aa/b', 'A', 'a/b.gz']) {
        expect(await store.get(key)).toBeUndefined();
        expect(await store.getRange(key, 0, 1)).toBeUndefined();
        expect(await store.size(key)).toBeUndefined();
      }
    });

    test('takes the first part of a key for no object', async () => {
      const { store } = await make();
      await store.put('a/b', bytesOf('x'));
      expect(await store.get('a')).toBeUndefined();
      expect(await store.getRange('a', 0, 1)).toBeUndefined();
      expect(await store.size('a')).toBeUndefined();
    });

    test('keeps empty objects', async () => {
      const { store } = await make();
      await store.put('empty', new Uint8Array(0));
      expect(await store.get('empty')).toHaveLength(0);
      expect(await store.size('empty')).toBe(0);
      expect(await store.getRange('empty', 0, 10)).toHaveLength(0);
      expect(await listed(store, '')).toEqual(['empty']);
    });

    test('puts just the bytes of a view', async () => {
      const { store } = await make();
      await store.put('view', bytesOf('abcdef').subarray(2, 4));
      expect(await textOf(store, 'view')).toBe('cd');
    });

    test('gives ranges, shorter at the end', async () => {
      const { store } = await make();
      await store.put('a', bytesOf('0123456789'));
      const range = async (offset: number, length: number) =>
        new TextDecoder().decode(await store.getRange('a', offset, length));
      expect(await range(0, 3)).toBe('012');
      expect(await range(4, 3)).toBe('456');
      expect(await range(8, 9)).toBe('89');
      expect(await range(8, 2 ** 50)).toBe('89');
      expect(await range(10, 5)).toBe('');
      expect(await range(3, 0)).toBe('');
    });

    test('replaces an object as a whole', async () => {
      const { store } = await make();
      await store.put('a', bytesOf('a long first text'));
      await store.put('a', bytesOf('short'));
      expect(await textOf(store, 'a')).toBe('short');
    });

    test('shows a reader the old object or the new one, never a part', async () => {
      const { store, reopen } = await make();
      const versions = [1, 2].map((value) => new Uint8Array(2_000_000).fill(value));
      await store.put('a', versions[0] ?? new Uint8Array(0));
      let writing = true;
      const writer = (async () => {
        for (let i = 1; i < 12; i++) await store.put('a', versions[i % 2] ?? new Uint8Array(0));
      })().finally(() => (writing = false));
      const reader = reopen();
      let reads = 0;
      while (writing) {
        const bytes = await reader.get('a');
        expect(bytes).toHaveLength(2_000_000);
        expect(bytes?.every((value) => value === bytes[0])).toBe(true);
        reads++;
        // A place may read synchronously, which must not block the writer.
        await nextTurn();
      }
      await writer;
      expect(reads).toBeGreaterThan(0);
    });

    test('takes many objects at once, in new folders too', async () => {
      const { store } = await make();
      const keys = Array.from({ length: 60 }, (_, i) => `scale-${i % 3}/part-${i % 7}/${i}`);
      await Promise.all(keys.map((key) => store.put(key, bytesOf(key))));
      expect(await listed(store, '')).toEqual([...keys].sort());
      for (const key of keys) expect(await textOf(store, key)).toBe(key);
    });

    test('takes the same object from several writers at once', async () => {
      const { store, reopen } = await make();
      const stores = [store, reopen(), reopen()];
      await Promise.all(
        stores.flatMap((each) => [each.put('a/b', bytesOf('same')), each.put('a/b', bytesOf('same'))]),
      );
      expect(await textOf(store, 'a/b')).toBe('same');
      expect(await listed(store, '')).toEqual(['a/b']);
    });

    test('lists keys by how they begin', async () => {
      const { store } = await make();
      for (const key of ['info', '8_8_8/a', '8_8_8/b', '8_8_80/a', 'mesh/1:0', 'mesh/info']) {
        await store.put(key, bytesOf('x'));
      }
      expect(await listed(store, '8_8_8')).toEqual(['8_8_8/a', '8_8_8/b', '8_8_80/a']);
      expect(await listed(store, '8_8_8/')).toEqual(['8_8_8/a', '8_8_8/b']);
      expect(await listed(store, '8_8_8/b')).toEqual(['8_8_8/b']);
      expect(await listed(store, 'mesh/1')).toEqual(['mesh/1:0']);
      expect(await listed(store, 'in')).toEqual(['info']);
      expect(await listed(store, 'nothing/')).toEqual([]);
      expect(await listed(store, '')).toHaveLength(6);
    });

    test('deletes an object, and what is not there without complaint', async () => {
      const { store } = await make();
      await store.put('a/b', bytesOf('x'));
      await store.put('a/c', bytesOf('y'));
      await store.delete('a/b');
      await store.delete('a/b');
      await store.delete('never/was');
      expect(await listed(store, '')).toEqual(['a/c']);
    });

    test('keeps names with spaces, dots and other scripts', async () => {
      const { store } = await make();
      const dotted = hidesDotted ? [] : ['..a/b'];
      for (const key of [...dotted, 'a b/c.d', 'a../b', '细胞/célula', '-1--2_3']) {
        await store.put(key, bytesOf(key));
        expect(await textOf(store, key)).toBe(key);
        expect(await listed(store, key)).toEqual([key]);
      }
    });

    if (!keysArePaths) return;

    test.each(['..', '../a', 'a/../../b', '../../../etc/passwd', 'a/../..'])(
      'refuses the key %j, which leads out',
      async (key) => {
        const { store } = await make();
        await expect(store.put(key, bytesOf('x'))).rejects.toMatchObject({ tag: 'invalid-input' });
        await expect(store.get(key)).rejects.toMatchObject({ tag: 'invalid-input' });
        await expect(store.getRange(key, 0, 1)).rejects.toMatchObject({ tag: 'invalid-input' });
        await expect(store.size(key)).rejects.toMatchObject({ tag: 'invalid-input' });
        await expect(store.delete(key)).rejects.toMatchObject({ tag: 'invalid-input' });
        await expect(listed(store, `${key}/`)).rejects.toMatchObject({ tag: 'invalid-input' });
      },
    );
  });
}
