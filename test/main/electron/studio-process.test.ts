import { expect, test } from 'vitest';
import { mayRestart } from '../../../src/main/electron/crash-policy';
import { unpackedPath } from '../../../src/main/electron/packed-path';

test('a process that crashes now and then is started again, one that keeps crashing is not', () => {
  expect(mayRestart([0])).toBe(true);
  expect(mayRestart([0, 1000])).toBe(true);
  expect(mayRestart([0, 1000, 2000])).toBe(false);
  expect(mayRestart([0, 1000, 70_000])).toBe(true);
});

test('scripts of processes are looked for beside the archive', () => {
  expect(unpackedPath('/opt/x/resources/app.asar/out/main/job.js')).toBe(
    '/opt/x/resources/app.asar.unpacked/out/main/job.js',
  );
  expect(unpackedPath('C:\\x\\app.asar\\out\\job.js')).toBe('C:\\x\\app.asar.unpacked\\out\\job.js');
  expect(unpackedPath('/home/me/app.asar.unpacked/out/job.js')).toBe('/home/me/app.asar.unpacked/out/job.js');
});
