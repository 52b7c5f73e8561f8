import { execFile } from 'node:child_process';
import { join, resolve } from 'node:path';
import { expect, test } from 'vitest';
import { convertVolume, type Flags } from '../../../convert-volume';
import { writeTiffStack } from '../../../fixtures/tiff-stack';
import { imageVolume, labelVolume } from '../../../fixtures/volumes';
import { describeWithPython } from '../../../real-tool';
import { temporaryFolder } from '../../../temporary-folder';

const SCRIPT = resolve('test/main/engine/shards/read-shards.py');
const BOTH = ['tensorstore', 'cloudvolume'];
const COMMON = { chunkSize: '16', scales: '2', voxelOffset: '10,20,30' };

const CASES: readonly (readonly [
  input: 'labels' | 'grey' | 'deep',
  flags: Flags,
  readers: readonly string[],
])[] = [
  ['labels', { encoding: 'compressed_segmentation' }, BOTH],
  ['labels', { encoding: 'raw' }, BOTH],
  ['labels', { encoding: 'compressed_segmentation', skipEmpty: true }, BOTH],
  ['grey', { type: 'image', encoding: 'jpeg' }, BOTH],
  ['grey', { type: 'image', encoding: 'raw' }, BOTH],
  // Cloud-volume reads neither PNG nor shards of uncompressed chunks.
  ['deep', { type: 'image', encoding: 'png' }, ['tensorstore']],
  ['deep', { type: 'image', encoding: 'raw', compression: 'none' }, ['tensorstore']],
];

describeWithPython('cloudvolume, tensorstore', 'shards', (python) => {
  test('are read by tensorstore and cloud-volume as files of chunks are, in every encoding', async () => {
    const folder = await temporaryFolder();
    const inputs = {
      labels: labelVolume('uint64', [130, 90, 70]),
      grey: imageVolume('uint8', [53, 37, 41]),
      deep: imageVolume('uint16', [53, 37, 41]),
    };
    for (const [name, volume] of Object.entries(inputs)) await writeTiffStack(join(folder, name), volume);
    const pairs: unknown[] = [];
    for (const [i, [input, flags, readers]] of CASES.entries()) {
      const [sharded, plain] = [join(folder, `sharded-${i}`), join(folder, `plain-${i}`)];
      const from = join(folder, input);
      await convertVolume(from, sharded, { ...COMMON, ...flags, sharding: 'always', shardSize: '1MiB' });
      const isPacked = flags['encoding'] === 'jpeg' || flags['encoding'] === 'png';
      const compression = isPacked ? 'gzip' : 'none';
      await convertVolume(from, plain, { ...COMMON, ...flags, compression, skipEmpty: false });
      pairs.push([sharded, plain, readers]);
    }
    const answer = new Promise<string>((done, failed) => {
      const child = execFile(python, [SCRIPT], (error, stdout, stderr) => {
        if (error === null) done(stdout);
        else failed(new Error(stderr));
      });
      child.stdin?.end(JSON.stringify(pairs));
    });
    expect(JSON.parse(await answer)).toEqual({ read: 24, differing: [] });
  });
});
