import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { newRecord } from '../../../../src/main/engine/run/job-record';
import { Journal, STATE_FOLDER } from '../../../../src/main/engine/run/journal';
import { completeJob } from '../../../../src/main/engine/run/run-job';
import { recordFlushes } from '../../../record-flushes';
import { temporaryFolder } from '../../../temporary-folder';

test.runIf(process.platform === 'linux').each([
  ['mesh', ['mesh/7', 'provenance']],
  ['convert', ['8_8_8/0-64_0-64_0-64', 'mesh/7', 'provenance', 'skeletons/7']],
] as const)('a job of the kind %s flushes what it may have made before info', async (kind, made) => {
  const output = await temporaryFolder();
  for (const file of ['8_8_8/0-64_0-64_0-64', 'skeletons/7', 'mesh/7', 'provenance']) {
    await mkdir(join(output, file, '..'), { recursive: true });
    await writeFile(join(output, file), '');
  }
  const record = newRecord({
    ...{ kind, settings: {}, input: [], views: [], products: {}, memoryBytes: 1, perWorkerBytes: 1 },
    info: { scales: [{ key: '8_8_8' }], skeletons: 'skeletons' },
    ...{ staged: false, makes: [], files: [], replaces: [], phase: 'work' as const },
  });
  const journal = await Journal.create(output, record);
  const flushed = await recordFlushes(output);
  await completeJob(
    journal,
    () => Promise.resolve('{}'),
    () => undefined,
  );
  expect(flushed.slice(0, made.length).sort()).toEqual([...made]);
  expect(flushed.slice(-2)).toEqual(['info', '']);
  expect(flushed.filter((path) => path.startsWith(STATE_FOLDER))).toEqual([]);
});
