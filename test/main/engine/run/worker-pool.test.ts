import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import { describe, expect, onTestFinished, test } from 'vitest';
import { WorkerPool } from '../../../../src/main/engine/run/worker-pool';
import { allocateKernelMemory, idOfMemory } from '../../../../src/shared/base/kernel-memory';
import { IoError, serializeError } from '../../../../src/shared/base/errors';
import type { LoadRegionRequest } from '../../../../src/main/engine/blocks/load-region';
import type { MeshBlockRequest } from '../../../../src/main/engine/meshes/mesh-block';
import { convertVolume, WORKER_FILE } from '../../../convert-volume';
import { writeTiffStack } from '../../../fixtures/tiff-stack';
import { labelVolume } from '../../../fixtures/volumes';
import { temporaryFolder } from '../../../temporary-folder';
import { hashTree, listTree } from '../../../tree-hash';

/** Writes a worker entry for the test. */
async function workerFile(source: string): Promise<string> {
  const path = join(await temporaryFolder(), 'worker.mjs');
  await writeFile(path, source);
  return path;
}

/**
 * Writes a worker that is like the real one, except that it dies the first `times` times when it receives the step.
 * Workers share only the disk, so they count there.
 */
async function dyingWorker(step: string, times: number, death: string): Promise<string> {
  const counter = join(await temporaryFolder(), 'deaths');
  return workerFile(`
    import { appendFileSync, existsSync, statSync } from 'node:fs';
    import handle from ${JSON.stringify(pathToFileURL(WORKER_FILE).href)};
    const counter = ${JSON.stringify(counter)};
    const deaths = () => (existsSync(counter) ? statSync(counter).size : 0);
    export default async (call) => {
      if (call.name === ${JSON.stringify(step)} && deaths() < ${times}) {
        appendFileSync(counter, '.');
        ${death}
      }
      return handle(call);
    };
  `);
}

const DEATHS = {
  'by process.exit': 'process.exit(3);',
  'by an error that nobody catches':
    "setTimeout(() => { throw new Error('in native code'); }); await new Promise(() => {});",
  'by a rejection that nobody handles':
    "void Promise.reject(new Error('lost')); await new Promise(() => {});",
} as const;

function openPool(file: string, workers = 2): WorkerPool {
  const pool = new WorkerPool({ workerFile: file, workers });
  onTestFinished(() => pool.close());
  return pool;
}

const MEMORY = allocateKernelMemory(8);
const REQUEST = { block: { memory: MEMORY } } as LoadRegionRequest;
const NEVER = new AbortController().signal;

describe('a worker that dies', () => {
  test.each(Object.entries(DEATHS))(
    'once (%s) is replaced, and the job ends as if nothing had been',
    async (_, death) => {
      const input = await temporaryFolder();
      await writeTiffStack(input, labelVolume('uint64', [40, 30, 20]));
      const [calm, troubled] = [join(await temporaryFolder(), 'a'), join(await temporaryFolder(), 'b')];
      await convertVolume(input, calm, { chunkSize: '16' });
      for (const step of ['load-region', 'write-chunks']) {
        const file = await dyingWorker(step, 1, death);
        await convertVolume(input, troubled, { chunkSize: '16' }, { workerFile: file, overwrite: true });
        expect(await hashTree(troubled)).toBe(await hashTree(calm));
      }
    },
  );

  test.each(Object.entries(DEATHS))(
    'again and again (%s) fails the job, which says what it was doing and can be resumed',
    async (_, death) => {
      const input = await temporaryFolder();
      const output = join(await temporaryFolder(), 'dataset');
      await writeTiffStack(input, labelVolume('uint64', [40, 30, 20]));
      const file = await dyingWorker('write-chunks', 1000, death);
      await expect(
        convertVolume(input, output, { chunkSize: '16' }, { workerFile: file }),
      ).rejects.toMatchObject({
        tag: 'bug',
        message: expect.stringMatching(/^A worker died twice at 'write-chunks': /) as string,
        remedy: expect.stringContaining('--resume') as string,
      });
      expect(await listTree(output)).not.toContain('info');
      await convertVolume(input, output, { chunkSize: '16' }, { resume: true });
      expect(await listTree(output)).toContain('info');
    },
  );
});

describe('a pool', () => {
  test('gives the error of a step with its tag and fields', async () => {
    const error = serializeError(
      new IoError("Can't read x: the disk is full.", { fields: { code: 'ENOSPC' } }),
    );
    const pool = openPool(await workerFile(`export default () => (${JSON.stringify({ error })});`));
    await expect(pool.run('load-region', REQUEST, NEVER)).rejects.toMatchObject({
      tag: 'io',
      message: "Can't read x: the disk is full.",
      fields: { code: 'ENOSPC', retryable: false },
    });
  });

  test('sends a memory to a thread once, and names it afterwards', async () => {
    const pool = openPool(
      await workerFile(`
        let isKnown = false;
        export default ({ request: { block } }) => {
          isKnown ||= typeof block.memory !== 'string';
          return isKnown ? { result: { memory: block.memory } } : { lacksMemory: true };
        };
      `),
      1,
    );
    const results: unknown[] = [];
    for (let i = 0; i < 3; i++) results.push(await pool.run('load-region', REQUEST, NEVER));
    const memory = idOfMemory(MEMORY);
    expect(results).toEqual([{ memory: expect.any(Object) as object }, { memory }, { memory }]);
  });

  test('gives no short step to a thread that has a long one', async () => {
    const end = join(await temporaryFolder(), 'end');
    const pool = openPool(
      await workerFile(`
        import { existsSync } from 'node:fs';
        let hasLong = false;
        export default async ({ name }) => {
          if (name === 'load-region') return { result: { hasLong } };
          hasLong = true;
          while (!existsSync(${JSON.stringify(end)})) await new Promise((resolve) => setTimeout(resolve, 5));
          return { result: {} };
        };
      `),
    );
    const long = pool.run('mesh-block', {} as MeshBlockRequest, NEVER);
    const results = await Promise.all([1, 2, 3, 4].map(() => pool.run('load-region', REQUEST, NEVER)));
    expect(results).toEqual(Array(4).fill({ hasLong: false }));
    await writeFile(end, '');
    await long;
  });

  test('whose workers can not even start fails, and does not start them for ever', async () => {
    const pool = openPool(await workerFile("throw new Error('no such library');"));
    await expect(pool.run('load-region', REQUEST, NEVER)).rejects.toMatchObject({
      tag: 'bug',
      message: expect.stringContaining('no such library') as string,
    });
  });

  test('whose worker file is missing fails', async () => {
    const pool = openPool(join(await temporaryFolder(), 'nothing.js'));
    await expect(pool.run('load-region', REQUEST, NEVER)).rejects.toMatchObject({ tag: 'bug' });
  });

  test('stops running and waiting steps when it is closed', async () => {
    const pool = openPool(
      await workerFile('export default () => new Promise((r) => setTimeout(r, 1e6));'),
      1,
    );
    const stop = new AbortController();
    const steps = [1, 2, 3].map(() => pool.run('load-region', REQUEST, stop.signal));
    const outcomes = Promise.allSettled(steps);
    setTimeout(() => {
      stop.abort();
    }, 50);
    for (const outcome of await outcomes) expect(outcome).toMatchObject({ reason: { tag: 'cancelled' } });
    await expect(pool.run('load-region', REQUEST, stop.signal)).rejects.toMatchObject({ tag: 'cancelled' });
  });

  test('that is closed ends the steps that run', async () => {
    const pool = openPool(
      await workerFile('export default () => new Promise((r) => setTimeout(r, 1e6));'),
      1,
    );
    const step = pool.run('load-region', REQUEST, NEVER);
    const outcome = expect(step).rejects.toMatchObject({ name: 'StudioError' });
    await pool.close();
    await outcome;
  });
});

describe('a pool that is closed', () => {
  /** Writes a worker whose step records that it has begun, and ends once the other file exists. */
  async function noteWorker(notes: string, end: string): Promise<string> {
    return workerFile(`
      import { appendFileSync, existsSync } from 'node:fs';
      export default async () => {
        appendFileSync(${JSON.stringify(notes)}, '.');
        while (!existsSync(${JSON.stringify(end)})) await new Promise((resolve) => setTimeout(resolve, 5));
        return { result: {} };
      };
    `);
  }

  test('lets steps that run end, and begins none of those that wait', async () => {
    const folder = await temporaryFolder();
    const [notes, end] = [join(folder, 'notes'), join(folder, 'end')];
    const pool = openPool(await noteWorker(notes, end), 1);
    const steps = [1, 2, 3].map(() => pool.run('mesh-block', {} as MeshBlockRequest, NEVER));
    const outcomes = Promise.allSettled(steps);
    await expect.poll(() => readFile(notes, 'utf8').catch(() => '')).toBe('.');
    const closing = pool.close();
    await writeFile(end, '');
    await closing;
    expect(await outcomes).toMatchObject([
      { status: 'fulfilled' },
      { reason: { tag: 'cancelled' } },
      { reason: { tag: 'cancelled' } },
    ]);
    expect(await readFile(notes, 'utf8')).toBe('.');
  });

  test('starts no thread again', async () => {
    const pool = openPool(await workerFile('export default () => ({ result: {} });'), 1);
    await pool.close();
    await expect(pool.run('load-region', REQUEST, NEVER)).rejects.toMatchObject({ tag: 'cancelled' });
  });
});

/** If this fails, the process of the test crashes: threads are ended at random phases of their start. */
test('a pool can be closed while some of its threads still start', async () => {
  for (let delayMs = 0; delayMs < 24; delayMs += 3) {
    const pool = openPool(WORKER_FILE, 4);
    await expect(pool.run('load-region', REQUEST, NEVER)).rejects.toMatchObject({ tag: 'bug' });
    await sleep(delayMs);
    await pool.close();
  }
});
