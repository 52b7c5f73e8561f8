import { expect, test } from 'vitest';
import { JobWatch } from '../../../src/main/electron/job-watch';
import type { StudioEvent } from '../../../src/shared/api/contract-types';
import type { EngineJob, Job, JobState } from '../../../src/shared/api/job-types';

const PROGRESS: NonNullable<EngineJob['progress']> = {
  elapsedMs: 1000,
  stage: 'scales',
  stageIndex: 0,
  tasksDone: 1,
  tasks: 4,
  workDoneVoxels: 25,
  workVoxels: 100,
  bytesRead: 0,
  bytesWritten: 0,
  voxelsPerSecond: 1,
  memoryBytes: 0,
};

function job(id: string, state: JobState, rest: Partial<EngineJob> = {}): Job {
  return {
    ...{
      id,
      kind: 'convert',
      name: `set ${id}`,
      spec: {},
      input: '/in',
      output: '/out',
      mode: 'new',
      state,
      createdMs: 0,
    },
    ...{ maps: [], history: [] },
    ...rest,
  };
}

const progressOf = (id: string): StudioEvent => ({ type: 'progress', id, progress: PROGRESS, squares: [] });
const jobs = (...list: Job[]): StudioEvent => ({ type: 'jobs', jobs: list });

test('the bar follows the running job, and goes away with it', () => {
  const watch = new JobWatch();
  const fractions = [
    jobs(job('a', 'queued')),
    jobs(job('a', 'running')),
    progressOf('a'),
    jobs(job('a', 'running'), job('b', 'queued')),
    jobs(job('a', 'paused'), job('b', 'running')),
    progressOf('a'),
    jobs(job('a', 'paused'), job('b', 'cancelled')),
    { type: 'library' } satisfies StudioEvent,
  ].map((event) => watch.handle(event)?.fraction);
  expect(fractions).toEqual([undefined, 0, 0.25, 0.25, 0, undefined, undefined, undefined]);
});

test('the end of a job is reported once, and jobs that had ended before are not', () => {
  const watch = new JobWatch();
  const notices = (event: StudioEvent) => watch.handle(event)?.notices;
  const running = [job('a', 'running'), job('b', 'running')];
  expect(notices(jobs(job('old', 'done'), ...running))).toEqual([]);
  const error = { tag: 'io', message: 'The disk is full.' } as const;
  const over = jobs(job('old', 'done'), job('a', 'done'), job('b', 'failed', { error }));
  expect(notices(over)).toEqual([
    { job: 'a', title: 'set a: converted', body: 'The job ended.' },
    { job: 'b', title: 'set b: failed', body: 'The disk is full.' },
  ]);
  expect(notices(over)).toEqual([]);
});
