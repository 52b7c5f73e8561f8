import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { verifyDataset } from '../../../src/main/engine/verify-dataset';
import { sourceOptionsSchema } from '../../../src/shared/api/job-spec';
import { boxShape } from '../../../src/shared/base/box';
import { convertVolume, WORKER_FILE, type Flags } from '../../convert-volume';
import { writeTiffStack } from '../../fixtures/tiff-stack';
import { imageVolume, labelVolume } from '../../fixtures/volumes';
import { readInfo, readScales } from '../../independent-reader';
import { sharedTemporaryFolder } from '../../temporary-folder';
import { hashTree } from '../../tree-hash';
import { viewTwin, type TwinOptions } from '../sources/views/view-twin';

const folder = sharedTemporaryFolder();
const labels = labelVolume('uint64', [131, 67, 45]);
const colours = imageVolume('uint8', [61, 47, 23], 3);
const [stack, colourStack, table] = ['stack', 'colours', 'table.csv'].map((name) => join(folder, name)) as [
  string,
  string,
  string,
];
const TABLE = new Map<bigint, bigint>([
  [2n ** 53n + 1n, 2n ** 64n - 2n],
  [2n ** 64n - 1n, 2n ** 53n + 5n],
  [7n, 0n],
]);

beforeAll(async () => {
  await writeTiffStack(stack, labels, { rowsPerStrip: 16 });
  await writeTiffStack(colourStack, colours, { rowsPerStrip: 5 });
  await writeFile(table, ['from,to', ...[...TABLE].map(([from, to]) => `${from},${to}`)].join('\n'));
});

async function expectSeen(name: string, input: string, flags: Flags, twin: TwinOptions): Promise<string> {
  const output = join(folder, name);
  await convertVolume(input, output, { chunkSize: '16', ...flags });
  const volume = input === stack ? labels : colours;
  const seen = viewTwin({ size: boxShape(volume.box), channels: volume.channels, data: volume.data }, twin);
  const [finest] = await readScales(output);
  expect(finest?.size).toEqual(seen.size);
  expect(finest?.data.join()).toBe(seen.data.join());
  return output;
}

async function verify(dataset: string, against: string, options: Flags) {
  return verifyDataset({
    dataset,
    against,
    sourceOptions: sourceOptionsSchema.parse(options),
    workers: 2,
    workerFile: WORKER_FILE,
    signal: new AbortController().signal,
  });
}

describe('views of a stack, by several workers', () => {
  const options = { roi: '9:120,3:61,5:44', transpose: 'yzx', flip: 'xz', remap: '', idOffset: '1' };

  test('a crop that cuts strips, turned, with other ids beyond 2^53', async () => {
    const wanted = { ...options, remap: table };
    const output = await expectSeen(
      'turned',
      stack,
      { ...wanted, voxelOffset: '1,2,3' },
      {
        crop: [
          [9, 120],
          [3, 61],
          [5, 44],
        ],
        transpose: 'yzx',
        flip: 'xz',
        remap: TABLE,
        idOffset: 1n,
        dataType: 'uint64',
      },
    );
    expect((await readInfo(output)).scales[0]?.voxel_offset).toEqual([1, 2, 3]);
    expect(await verify(output, stack, wanted)).toMatchObject({ ok: true });
    expect(await verify(output, stack, { ...wanted, flip: 'x' })).toMatchObject({ ok: false });
    const other = await verify(output, stack, {});
    expect(other.problems[0]).toBe('size: the dataset has 58 × 39 × 111 voxels, the input 131 × 67 × 45');
  });

  test('the same bytes, whatever the number of workers and the memory', async () => {
    const wanted = { ...options, remap: table, chunkSize: '16' };
    const [one, three] = [join(folder, 'one'), join(folder, 'three')];
    await convertVolume(stack, one, { ...wanted, workers: 1, memory: '400MiB' });
    await convertVolume(stack, three, { ...wanted, workers: 3 });
    expect(await hashTree(one)).toEqual(await hashTree(three));
  });

  test('a crop lies in the dataset where it lay', async () => {
    const output = await expectSeen(
      'crop',
      stack,
      { roi: ':,16:48,7:' },
      {
        crop: [
          [0, 131],
          [16, 48],
          [7, 45],
        ],
      },
    );
    expect((await readInfo(output)).scales[0]?.voxel_offset).toEqual([0, 16, 7]);
  });

  test('one channel of colours, as an image and as labels', async () => {
    await expectSeen(
      'green',
      colourStack,
      { channel: '1', type: 'image', flip: 'y' },
      { channel: 1, flip: 'y' },
    );
    await expectSeen('red', colourStack, { channel: '0', encoding: 'raw' }, { channel: 0 });
  });

  test('all channels, turned', async () => {
    await expectSeen('channels', colourStack, { type: 'image', transpose: 'zyx' }, { transpose: 'zyx' });
  });
});

test('a job is not resumed with a table that has changed', async () => {
  const [output, own] = [join(folder, 'resumed'), join(folder, 'own.csv')];
  await writeFile(own, 'from,to\n1,2\n');
  const abort = new AbortController();
  const stopped = convertVolume(
    stack,
    output,
    { remap: own, chunkSize: '16' },
    { signal: abort.signal, onPartDone: () => abort.abort() },
  );
  await expect(stopped).rejects.toMatchObject({ tag: 'cancelled' });
  await writeFile(own, 'from,to\n1,3\n');
  const again = convertVolume(stack, output, { remap: own, chunkSize: '16' }, { resume: true });
  await expect(again).rejects.toThrow('has changed since the job was started');
});
