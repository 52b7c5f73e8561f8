import { describe, expect, test } from 'vitest';
import {
  encodeByWebAssembly,
  encodeJpeg,
  nativeEncoder,
  type JpegImage,
} from '../../../../src/main/codecs/images/jpeg-encoder';
import { randomWords } from '../../../random';

function image(width: number, height: number, samples: 1 | 3): JpegImage {
  const next = randomWords(width * height);
  const data = Uint8Array.from(
    { length: width * height * samples },
    (_, i) => 128 + 90 * Math.sin(i / (7 * samples)) + (next() % 9),
  );
  return { width, height, samples, data };
}

const SIZES = [
  [1, 1],
  [8, 8],
  [13, 35],
  [64, 4096],
  [1, 65_500],
] as const;

describe.each(SIZES)('%i × %i', (width, height) => {
  test.each([1, 3] as const)('%i samples: every build gives the same bytes', async (samples) => {
    const native = nativeEncoder();
    const picture = image(width, height, samples);
    for (const quality of [1, 50, 85, 95, 96, 100]) {
      const bytes = await encodeByWebAssembly(picture, quality);
      expect(Buffer.compare(bytes, await encodeJpeg(picture, quality))).toBe(0);
      if (native !== undefined) expect(Buffer.compare(bytes, await native(picture, quality))).toBe(0);
    }
  });
});

test('noise, whose JPEG has more bytes than it: every build gives the same bytes', async () => {
  const next = randomWords(3);
  const data = Uint8Array.from({ length: 64 * 512 }, () => next());
  const picture: JpegImage = { width: 64, height: 512, samples: 1, data };
  const bytes = await encodeByWebAssembly(picture, 100);
  expect(bytes.length).toBeGreaterThan(data.length);
  expect(Buffer.compare(bytes, await encodeJpeg(picture, 100))).toBe(0);
});

test('images that are encoded at the same time have their own bytes', async () => {
  const pictures = [image(64, 64, 1), image(61, 67, 3), image(8, 8, 1)];
  const alone: Uint8Array[] = [];
  for (const picture of pictures) alone.push(await encodeJpeg(picture, 85));
  expect(await Promise.all(pictures.map((picture) => encodeJpeg(picture, 85)))).toEqual(alone);
});

test('what was written stays as it is while more is written', async () => {
  const first = await encodeJpeg(image(64, 64, 1), 85);
  const copy = Uint8Array.from(first);
  await encodeJpeg(image(61, 67, 3), 30);
  expect(first).toEqual(copy);
});

test('memory with room for any JPEG of the size may hold the result, and less is passed over', async () => {
  const picture = image(61, 67, 3);
  const alone = await encodeJpeg(picture, 85);
  for (const length of [2 ** 20, 16]) {
    const bytes = await encodeJpeg(picture, 85, new Uint8Array(new SharedArrayBuffer(length)));
    expect(Buffer.compare(bytes, alone)).toBe(0);
  }
});

test.runIf(process.platform === 'linux' && process.arch === 'x64')(
  'this machine has a build of its own',
  () => {
    expect(nativeEncoder()).toBeDefined();
  },
);
