import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { WatchedThread } from '../../../src/main/base/watched-thread';
import { sharedTemporaryFolder } from '../../temporary-folder';

const SCRIPT = `
import { parentPort } from 'node:worker_threads';
// A decoder that goes on for ever: (func (export "f") (loop br 0)).
const bytes = Uint8Array.from([
  0, 0x61, 0x73, 0x6d, 1, 0, 0, 0, 1, 4, 1, 0x60, 0, 0, 3, 2, 1, 0, 7, 5, 1, 1, 0x66, 0, 0,
  0x0a, 9, 1, 7, 0, 3, 0x40, 0x0c, 0, 0x0b, 0x0b,
]);
const endless = new WebAssembly.Instance(new WebAssembly.Module(bytes)).exports.f;
let asked = 0;
parentPort.on('message', (question) => {
  if (question.kind === 'endless') endless();
  if (question.kind === 'exit') process.exit(3);
  if (question.kind === 'error') parentPort.postMessage({ error: { tag: 'invalid-input', message: 'bad' } });
  else parentPort.postMessage({ result: ++asked, isLast: question.kind === 'last' });
});
`;

const file = join(sharedTemporaryFolder(), 'thread.mjs');
await writeFile(file, SCRIPT);

const PATIENT_MS = 100_000;

test('work that never ends is ended, with the place, and the next question gets an answer', async () => {
  const thread = new WatchedThread(() => file);
  expect(await thread.ask({ kind: 'count' }, 'a', PATIENT_MS)).toBe(1);
  const never = thread.ask({ kind: 'endless' }, "a.h5, voxels 0 to 8 can't be read", 300);
  const next = thread.ask({ kind: 'count' }, 'a', PATIENT_MS);
  await expect(never).rejects.toMatchObject({
    tag: 'invalid-input',
    message: "a.h5, voxels 0 to 8 can't be read: it was not decoded within 1 s.",
  });
  // The number comes from a new thread.
  expect(await next).toBe(1);
});

test('errors come with their tag, and a thread that ends is reported', async () => {
  const thread = new WatchedThread(() => file);
  await expect(thread.ask({ kind: 'error' }, 'a', PATIENT_MS)).rejects.toMatchObject({
    tag: 'invalid-input',
    message: 'bad',
  });
  await expect(thread.ask({ kind: 'exit' }, "a.h5 can't be read", PATIENT_MS)).rejects.toMatchObject({
    tag: 'io',
    message: expect.stringContaining("a.h5 can't be read"),
  });
  expect(await thread.ask({ kind: 'count' }, 'a', PATIENT_MS)).toBe(1);
});

test('a thread is ended after its last answer', async () => {
  const thread = new WatchedThread(() => file);
  const kinds = ['count', 'last', 'count', 'count'];
  const answers = kinds.map((kind) => thread.ask({ kind }, 'a', PATIENT_MS));
  expect(await Promise.all(answers)).toEqual([1, 2, 1, 2]);
});
