import { expect, test } from 'vitest';
import { isWorkedOn, stepsOf, timeLeft } from '../../../src/renderer/state/job-words';
import type { EngineJob } from '../../../src/shared/api/job-types';

const PROGRESS = {
  elapsedMs: 1,
  stage: 'mesh-blocks',
  stageIndex: 3,
  tasksDone: 3,
  tasks: 8,
  workDoneVoxels: 390,
  workVoxels: 1540,
  bytesRead: 0,
  bytesWritten: 0,
  voxelsPerSecond: 0,
  memoryBytes: 0,
};

const JOB: EngineJob = {
  id: 'a',
  kind: 'convert',
  name: 'cells',
  state: 'running',
  createdMs: 0,
  spec: {},
  input: '/in',
  output: '/out',
  mode: 'resume',
  maps: [],
  history: [],
  stages: [
    { name: 'volume', workVoxels: 100 },
    { name: 'volume-2', workVoxels: 20 },
    { name: 'volume-3', workVoxels: 20 },
    { name: 'mesh-blocks', workVoxels: 1000 },
    { name: 'mesh-labels', workVoxels: 400 },
  ],
  progress: PROGRESS,
};

test('each step of a job has its own share, so that meshing is not hidden behind a written volume', () => {
  expect(stepsOf(JOB)).toEqual([
    { words: 'Writing the volume', fraction: 1, detail: '100 %' },
    { words: 'Making coarser scales', fraction: 1, detail: '100 %' },
    { words: 'Finding surfaces', fraction: 0.25, detail: '25 %, 3 of 8 parts' },
    { words: 'Writing meshes', fraction: 0, detail: 'Waiting' },
  ]);
  expect(stepsOf({ ...JOB, state: 'done' }).every(({ fraction }) => fraction === 1)).toBe(true);
  expect(stepsOf({ ...JOB, stages: [] })).toEqual([]);
  const progress = { ...PROGRESS, stageIndex: 4, workDoneVoxels: 1340, segmentsDone: 1083 };
  expect(stepsOf({ ...JOB, progress }).at(-1)?.detail).toBe('50 %, 1,083 segments');
});

test('a job works on a folder also where the dataset goes to a bucket', () => {
  const spec = { address: 's3://cells/made' };
  const toBucket = { ...JOB, spec: { output: '/shared' }, output: spec.address, bucket: { spec } };
  expect(isWorkedOn('/shared', [toBucket])).toBe(true);
  expect(isWorkedOn('/out', [JOB])).toBe(true);
  expect(isWorkedOn('/out', [toBucket])).toBe(false);
  expect(isWorkedOn('/out', [{ ...JOB, state: 'done' }])).toBe(false);
});

test('the time left is that of all jobs, and no duration at the end', () => {
  const running = (remainingMs: number): EngineJob => ({ ...JOB, progress: { ...PROGRESS, remainingMs } });
  const waiting: EngineJob = { ...JOB, state: 'queued' };
  expect(timeLeft([running(3400)])).toBe('About 3 s left for 1 job');
  expect(timeLeft([running(3000), { ...waiting, expectedMs: 60_000 }])).toBe(
    'About 1 min 3 s left for 2 jobs',
  );
  expect(timeLeft([running(3000), waiting])).toBe('About 3 s left, and 1 of 2 jobs of unknown length');
  expect(timeLeft([running(0)])).toBe('Almost done');
  expect(timeLeft([running(0), waiting])).toBe('2 jobs to do');
  expect(timeLeft([waiting])).toBe('1 job to do');
  expect(timeLeft([{ ...JOB, state: 'done' }])).toBe(undefined);
});
