import { execFileSync } from 'node:child_process';
import { expect, test } from 'vitest';
import { keptFiles, shareKeptFiles } from '../../../src/main/base/kept-files';
import { processLimit } from '../../../src/main/base/process-limit';

const onLinux = test.skipIf(process.platform !== 'linux');

onLinux('the limit of open files is that of the shell', () => {
  const limit = execFileSync('sh', ['-c', 'ulimit -n'], { encoding: 'utf8' }).trim();
  expect(String(processLimit('open files') ?? 'unlimited')).toBe(limit);
});

test('threads share the files that may stay open', () => {
  expect(keptFiles()).toBe(128);
  const all = Math.min(2048, (processLimit('open files') ?? Infinity) / 2);
  for (const threads of [1, 2, 3, 64, 5000]) {
    shareKeptFiles(threads);
    expect(keptFiles()).toBe(Math.floor(all / threads));
  }
});
