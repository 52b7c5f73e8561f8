import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { finishSharedJob } from '../../../../src/main/engine/cluster/finish';
import { readShareOut, writeShareOut } from '../../../../src/main/engine/cluster/share-out';
import { newRecord } from '../../../../src/main/engine/run/job-record';
import { JOB_FOLDER, Journal } from '../../../../src/main/engine/run/journal';
import { WORKER_FILE } from '../../../convert-volume';
import { temporaryFolder } from '../../../temporary-folder';

const CHUNK = '8_8_8/0-4_0-4_0-4';
const SCALE = {
  key: '8_8_8',
  encoding: 'raw',
  size: [4, 4, 4],
  resolution: [8, 8, 8],
  voxel_offset: [0, 0, 0],
  chunk_sizes: [[4, 4, 4]],
};
const INFO = { type: 'image', data_type: 'uint8', num_channels: 1, scales: [SCALE] };

test('finish completes the exchange of files in which it was killed', async () => {
  const output = await temporaryFolder();
  const record = newRecord({
    ...{ kind: 'convert', settings: {}, info: INFO, input: [], views: [], products: {} },
    ...{ memoryBytes: 1, perWorkerBytes: 1, staged: true, files: ['provenance'], phase: 'place' },
    makes: [{ path: '8_8_8', kind: 'scale' }],
    replaces: [{ path: '8_8_8', kind: 'scale' }],
  });
  const journal = await Journal.create(output, record);
  await writeShareOut(output, {
    workers: 1,
    memoryBytes: 2 ** 30,
    stages: [{ name: 'volume', tasks: 1, parts: 1 }],
  });
  await journal.recordDone('volume', 0, [[join(journal.root, CHUNK), 5]]);
  await mkdir(journal.root);
  for (const name of ['info', 'provenance']) await writeFile(join(journal.root, name), name);
  // The chunks have been moved already.
  await mkdir(join(output, '8_8_8'));
  await writeFile(join(output, CHUNK), 'chunk');
  await journal.release();
  const options = { workerFile: WORKER_FILE, signal: new AbortController().signal, emit: () => undefined };
  const summary = await finishSharedJob(output, options);
  expect([summary.output, summary.voxels]).toEqual([output, 64]);
  expect((await readdir(output)).sort()).toEqual(['8_8_8', 'info', 'provenance']);
  expect(await readFile(join(output, CHUNK), 'utf8')).toBe('chunk');
});

test.each(['..', '../../elsewhere', 'a/b', '.'])(
  'a stage in a folder from elsewhere has no path (%s)',
  async (name) => {
    const output = await temporaryFolder();
    await mkdir(join(output, JOB_FOLDER), { recursive: true });
    await writeShareOut(output, { workers: 1, memoryBytes: 1, stages: [{ name, tasks: 1, parts: 1 }] });
    await expect(readShareOut(output)).rejects.toThrow('is damaged');
  },
);
