import { gunzipSync, gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { allocateKernelMemory } from '../../../src/shared/base/kernel-memory';
import { unpackGzip, unpackGzipTo, unpackTwoGzip } from '../../../src/main/places/unpack-gzip';
import { content, noise } from '../../shared/deflate/content';

const members = fc
  .record({ content, level: fc.integer({ min: 0, max: 9 }) })
  .map(({ content, level }) => ({ content, packed: gzipSync(content, { level }) }));

/** A header with an extra field, a name, a comment and a checksum. */
function withLongHeader(packed: Buffer): Buffer {
  const header = Buffer.from(packed.subarray(0, 10));
  header[3] = 2 + 4 + 8 + 16;
  return Buffer.concat([
    header,
    Buffer.from('\x02\0ab' + 'name\0' + 'comment\0' + 'cc'),
    packed.subarray(10),
  ]);
}

describe('unpackGzip', () => {
  test('unpacks what zlib has packed, to memory of its own', () => {
    fc.assert(
      fc.property(members, fc.nat(100), ({ content, packed }, spare) => {
        const bytes = unpackGzip(packed, content.length + spare);
        expect(Buffer.compare(bytes, content)).toBe(0);
        expect(bytes.length).toBe(bytes.buffer.byteLength);
      }),
      { numRuns: 60 },
    );
  });

  test('keeps the result of one call during the next', () => {
    const first = unpackGzip(gzipSync(noise(5000, 1)), 5000);
    unpackGzip(gzipSync(noise(5000, 2)), 5000);
    expect(first).toEqual(noise(5000, 1));
  });

  test('reads long headers, and several members as one', () => {
    const packed = gzipSync(noise(300, 1));
    expect(unpackGzip(withLongHeader(packed), 300)).toEqual(noise(300, 1));
    const both = Buffer.concat([noise(300, 1), noise(200, 2)]);
    expect(Buffer.compare(unpackGzip(Buffer.concat([packed, gzipSync(noise(200, 2))]), 500), both)).toBe(0);
    const twice = Buffer.concat([packed, packed]);
    expect(Buffer.compare(unpackGzip(twice, 600), gunzipSync(twice))).toBe(0);
  });

  test('refuses what is damaged, cut off or larger', () => {
    const packed = gzipSync(noise(3000, 1));
    for (let at = 10; at < packed.length; at += 97) {
      const damaged = Buffer.from(packed);
      damaged[at] = (damaged[at] ?? 0) ^ 0x55;
      expect(() => unpackGzip(damaged, 3000), `byte ${at}`).toThrow();
      expect(() => unpackGzip(packed.subarray(0, at), 3000), `${at} bytes`).toThrow();
    }
    for (const fromEnd of [1, 4, 5, 8]) {
      const damaged = Buffer.from(packed);
      damaged[packed.length - fromEnd] = (damaged[packed.length - fromEnd] ?? 0) ^ 1;
      expect(() => unpackGzip(damaged, 3000), `trailer, ${fromEnd}`).toThrow();
    }
    expect(() => unpackGzip(packed, 2999)).toThrow();
  });

  test('refuses flags that no valid member has, as zlib does', () => {
    for (const flag of [0x20, 0x40, 0x80]) {
      const strange = gzipSync(noise(300, 1));
      strange[3] = flag;
      expect(() => unpackGzip(strange, 300), `flag ${flag}`).toThrow();
      expect(unpackTwoGzip({ packed: strange }, { packed: strange }, 300)).toBeUndefined();
    }
  });
});

describe('unpackGzipTo', () => {
  test('unpacks into memory of kernels what fills it, and nothing beside', () => {
    fc.assert(
      fc.property(members, fc.integer({ min: -1, max: 1 }), ({ content, packed }, more) => {
        fc.pre(content.length > 0);
        const { buffer } = allocateKernelMemory(content.length + 200, 1);
        const all = new Uint8Array(buffer, 0, content.length + 200).fill(0x5a);
        const place = all.subarray(100, 100 + content.length + more);
        expect(unpackGzipTo(place, packed)).toBe(more === 0);
        if (more === 0) expect(Buffer.from(place).equals(content)).toBe(true);
        const around = [all.subarray(0, 100), all.subarray(100 + place.length)];
        expect(around.every((part) => part.every((byte) => byte === 0x5a))).toBe(true);
      }),
      { numRuns: 60 },
    );
  });

  test('refuses what is damaged, and memory where no kernel works', () => {
    const packed = gzipSync(noise(3000, 1));
    const { buffer } = allocateKernelMemory(3000, 1);
    const place = new Uint8Array(buffer, 0, 3000);
    expect(unpackGzipTo(place, packed)).toBe(true);
    expect(unpackGzipTo(new Uint8Array(3000), packed)).toBe(false);
    for (const fromEnd of [1, 5, 100]) {
      const damaged = Buffer.from(packed);
      damaged[packed.length - fromEnd] = (damaged[packed.length - fromEnd] ?? 0) ^ 1;
      expect(unpackGzipTo(place, damaged), `${fromEnd} from the end`).toBe(false);
    }
  });
});

describe('unpackTwoGzip', () => {
  test('unpacks two into their rooms, if both have their lengths', () => {
    const [one, two] = [noise(3000, 1), noise(5000, 2)];
    const { buffer } = allocateKernelMemory(8001, 1);
    const rooms = [new Uint8Array(buffer, 0, 3000), new Uint8Array(buffer, 3000, 5000)] as const;
    const [first, second] = [one, two].map((content, i) => ({ packed: gzipSync(content), room: rooms[i] }));
    const both = first && second && unpackTwoGzip(first, second, 5000);
    expect(both?.[0]).toBe(rooms[0]);
    expect(both?.[1]).toBe(rooms[1]);
    expect([Buffer.compare(rooms[0], one), Buffer.compare(rooms[1], two)]).toEqual([0, 0]);
    const tooLarge = { packed: gzipSync(two), room: new Uint8Array(buffer, 3000, 5001) };
    const kept = first && unpackTwoGzip(first, tooLarge, 5000);
    expect([kept?.[0], kept?.[1]].map((bytes) => Buffer.from(bytes ?? []))).toEqual([
      Buffer.from(one),
      Buffer.from(two),
    ]);
  });

  test('unpacks two as one after the other', () => {
    fc.assert(
      fc.property(members, members, (first, second) => {
        const both = unpackTwoGzip(first, second, 2 ** 20);
        const isSame = [first, second].map(({ content }, i) => Buffer.from(both?.[i] ?? []).equals(content));
        expect(isSame).toEqual([true, true]);
      }),
      { numRuns: 60 },
    );
  });

  test('refuses both where one is damaged', () => {
    const [sound, damaged] = [gzipSync(noise(3000, 1)), gzipSync(noise(3000, 2))];
    damaged[damaged.length - 6] = (damaged[damaged.length - 6] ?? 0) ^ 1;
    expect(unpackTwoGzip({ packed: sound }, { packed: damaged }, 3000)).toBeUndefined();
    expect(unpackTwoGzip({ packed: damaged }, { packed: sound }, 3000)).toBeUndefined();
    expect(unpackTwoGzip({ packed: sound }, { packed: sound }, 2999)).toBeUndefined();
  });
});
