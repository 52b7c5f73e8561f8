import { existsSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { JobProcess, type JobMessage, type JobRequest } from '../../../src/main/studio/job-process';
import { temporaryFolder } from '../../temporary-folder';

/** Asks a question when it begins. When it is cancelled it reports that, closes the channel, and then writes a file. */
const asking = (closed: string): string => `
  import { writeFileSync } from 'node:fs';
  process.on('message', ({ command }) => {
    if (command === 'run') process.send({ event: 'ask', number: 0, question: { host: 'host', text: 'Code:' } });
    if (command === 'cancel') process.send({ event: 'cancelled' }, () => {
      process.disconnect();
      writeFileSync(${JSON.stringify(closed)}, '');
    });
  });
`;

test('an answer that comes after the last message of a job changes nothing', async () => {
  const folder = await temporaryFolder();
  const closed = join(folder, 'closed');
  const jobFile = join(folder, 'job.mjs');
  await writeFile(jobFile, asking(closed));
  const messages: JobMessage[] = [];
  let isAsked = false;
  const job = new JobProcess(
    { jobFile, workerFile: '' },
    Promise.resolve({ kind: 'verify' } as JobRequest),
    (_, signal) =>
      new Promise((resolve) => {
        signal?.addEventListener('abort', () => {
          // This thread is kept busy, so that it doesn't see that the job has closed the channel.
          while (!existsSync(closed)) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 5);
          resolve(undefined);
        });
        isAsked = true;
      }),
    (message) => messages.push(message),
  );
  await expect.poll(() => isAsked).toBe(true);
  job.cancel();
  await job.over;
  expect(messages).toEqual([{ event: 'cancelled' }]);
});

test('a job that ends without a last message has failed, with how it ended', async () => {
  const folder = await temporaryFolder();
  const jobFile = join(folder, 'job.mjs');
  await writeFile(jobFile, `console.error('the last words'); process.exit(7);`);
  const messages: JobMessage[] = [];
  const job = new JobProcess(
    { jobFile, workerFile: '' },
    Promise.resolve({ kind: 'verify' } as JobRequest),
    () => Promise.resolve(undefined),
    (message) => messages.push(message),
  );
  await job.over;
  expect(messages).toMatchObject([
    { event: 'failed', error: { message: "The job's process ended unexpectedly (exit code 7)." } },
  ]);
});
