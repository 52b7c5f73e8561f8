import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { planConversion } from '../../../../src/main/engine/job/conversion-plan';
import { sampleJpeg } from '../../../../src/main/engine/forecast/jpeg-sample';
import { openSource } from '../../../../src/main/sources/registry';
import { parseConvertSpec } from '../../../../src/shared/api/job-spec';
import { boxOfShape } from '../../../../src/shared/base/box';
import { convertVolume } from '../../../convert-volume';
import { writeTiffStack } from '../../../fixtures/tiff-stack';
import { randomWords } from '../../../random';
import { temporaryFolder } from '../../../temporary-folder';

const [WIDTH, HEIGHT, DEPTH] = [70, 41, 9] as const;
/** Of the only chunk along z, the slice in the middle. */
const MIDDLE = 4;

test.each([1, 3])(
  '%i channels: the slice, its bytes and its loss are those of the dataset',
  async (channels) => {
    const next = randomWords(3);
    const length = WIDTH * HEIGHT * DEPTH;
    const data = Uint8Array.from(
      { length: length * channels },
      (_, i) => 120 + 60 * Math.sin(i / 300) + (next() % 30),
    );
    const folder = await temporaryFolder();
    const [input, output] = [join(folder, 'stack'), join(folder, 'dataset')];
    const box = boxOfShape([WIDTH, HEIGHT, DEPTH]);
    await writeTiffStack(input, { box, channels, data });
    const flags = { type: 'image', encoding: 'jpeg', jpegQuality: 40, chunkSize: '32', scales: 1 } as const;
    const { plan } = await convertVolume(input, output, flags);

    const sample = await sampleJpeg(plan);

    expect([sample.width, sample.height, sample.channels]).toEqual([WIDTH, HEIGHT, channels]);
    const at = (x: number, y: number, c: number) => c * length + MIDDLE * WIDTH * HEIGHT + y * WIDTH + x;
    const slice = (voxels: Uint8Array) =>
      Uint8Array.from({ length: WIDTH * HEIGHT * channels }, (_, i) => {
        const [c, xy] = [i % channels, Math.floor(i / channels)];
        return voxels[at(xy % WIDTH, Math.floor(xy / WIDTH), c)] ?? 0;
      });
    expect(Buffer.compare(sample.before, slice(data))).toBe(0);
    const decoded = new Uint8Array(data.length);
    const dataset = await openSource(output);
    await dataset.read(box, { box, channels, data: decoded });
    await dataset.close();
    expect(Buffer.compare(sample.after, slice(decoded))).toBe(0);

    const files = await readdir(join(output, '8_8_8'));
    const sizes = await Promise.all(
      files.map(async (name) => (await stat(join(output, '8_8_8', name))).size),
    );
    expect(sample.jpegBytes).toBe(sizes.reduce((sum, size) => sum + size, 0));
    expect(sample.rawBytes).toBe(data.length);
    const squares = data.reduce((sum, value, i) => sum + (value - (decoded[i] ?? 0)) ** 2, 0);
    expect(sample.psnrDb).toBeCloseTo(10 * Math.log10(255 ** 2 / (squares / data.length)), 9);
    expect(sample.largest).toBe(
      data.reduce((most, value, i) => Math.max(most, Math.abs(value - (decoded[i] ?? 0))), 0),
    );
  },
);

test('grey of one value: nothing changes, and there is no ratio', async () => {
  const input = join(await temporaryFolder(), 'stack');
  const data = new Uint8Array(16 * 16 * 2).fill(128);
  await writeTiffStack(input, { box: boxOfShape([16, 16, 2]), channels: 1, data });
  const job = { kind: 'convert', input, output: `${input}-out`, resolution: '8,8,8' };
  const spec = parseConvertSpec({ ...job, type: 'image', encoding: 'jpeg' });
  const sample = await sampleJpeg(await planConversion(spec));
  expect(sample.largest).toBe(0);
  expect(sample.psnrDb).toBeUndefined();
  expect(sample.after).toEqual(new Uint8Array(16 * 16).fill(128));
});

test('the pictures of a large volume are its middle', async () => {
  const input = join(await temporaryFolder(), 'stack');
  const [width, height] = [300, 201];
  const data = Uint8Array.from(
    { length: width * height },
    (_, i) => ((i % width) + Math.floor(i / width)) / 2,
  );
  await writeTiffStack(input, { box: boxOfShape([width, height, 1]), channels: 1, data });
  const job = { kind: 'convert', input, output: `${input}-out`, resolution: '8,8,8', chunkSize: '64' };
  const spec = parseConvertSpec({ ...job, type: 'image', encoding: 'jpeg' });
  const sample = await sampleJpeg(await planConversion(spec));
  expect([sample.width, sample.height]).toEqual([128, 128]);
  // The chunks of x 0 to 256 and y 0 to 201 are encoded.
  expect(sample.rawBytes).toBe(256 * height);
  const [left, top] = [64, 37];
  const at = (i: number) => (top + Math.floor(i / 128)) * width + left + (i % 128);
  expect(sample.before).toEqual(sample.before.map((_, i) => data[at(i)] ?? 0));
});
