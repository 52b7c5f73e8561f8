import { beforeEach, describe, expect, test, vi } from 'vitest';
import { UNTIL_SLEEP_MS, WhenDone } from '../../../src/main/studio/when-done';
import { DEFAULT_SETTINGS, type Settings, type StudioEvent } from '../../../src/shared/api/contract-types';
import type { JobState } from '../../../src/shared/api/job-types';
import { temporaryFolder } from '../../temporary-folder';
import { startStudio } from './start-studio';

/** Only what is read of jobs. */
function jobs(...states: JobState[]): StudioEvent {
  return { type: 'jobs', jobs: states.map((state, i) => ({ id: String(i), state })) } as StudioEvent;
}

function settings(whenDone: Settings['whenDone']): StudioEvent {
  return { type: 'settings', settings: { ...DEFAULT_SETTINGS, whenDone } };
}

function watch(wish: Settings['whenDone']) {
  const said: string[] = [];
  const whenDone = new WhenDone({
    wish: () => wish,
    announce: () => void said.push('soon'),
    sleep: () => Promise.resolve(void said.push('sleep')),
  });
  const see = (...events: StudioEvent[]): void => {
    for (const event of events) whenDone.handle(event);
  };
  return { said, see, whenDone };
}

describe('the computer', () => {
  beforeEach(() => {
    vi.useFakeTimers();
    return () => vi.useRealTimers();
  });

  test('sleeps a minute after the last job, which may have failed', () => {
    const { said, see } = watch('sleep');
    see(jobs('running', 'queued'), jobs('done', 'running'), jobs('done', 'failed'));
    expect(said).toEqual(['soon']);
    vi.advanceTimersByTime(UNTIL_SLEEP_MS);
    expect(said).toEqual(['soon', 'sleep']);
    see(jobs('done'));
    vi.advanceTimersByTime(UNTIL_SLEEP_MS);
    expect(said).toEqual(['soon', 'sleep']);
  });

  test('stays awake, without a word, while the meshing that follows a conversion is being added', async () => {
    const { said, see, whenDone } = watch('sleep');
    see(jobs('running'));
    let added = (): void => undefined;
    const expected = whenDone.expect(new Promise<void>((resolve) => (added = resolve)));
    see(jobs('done'), jobs('done', 'queued'));
    added();
    await expected;
    vi.advanceTimersByTime(UNTIL_SLEEP_MS);
    expect(said).toEqual([]);
  });

  test('sleeps if the meshing that should follow could not be added', async () => {
    const { said, see, whenDone } = watch('sleep');
    see(jobs('running'));
    const expected = whenDone.expect(Promise.reject(new RangeError('no dataset')));
    see(jobs('done'));
    await expected;
    vi.advanceTimersByTime(UNTIL_SLEEP_MS);
    expect(said).toEqual(['soon', 'sleep']);
  });

  test.each([
    ['another job begins', [jobs('done', 'running')]],
    ['the user chooses something else', [settings('notify')]],
  ])('stays awake if %s meanwhile', (_, events) => {
    const { said, see } = watch('sleep');
    see(jobs('running'), jobs('done'), ...events);
    vi.advanceTimersByTime(UNTIL_SLEEP_MS);
    expect(said).toEqual(['soon']);
  });

  test.each<[string, Settings['whenDone'], StudioEvent[]]>([
    ['is not wished', 'notify', [jobs('running'), jobs('done')]],
    ['was wished, but the user has stopped the job', 'sleep', [jobs('running'), jobs('cancelled')]],
    ['was wished, but no job has run', 'sleep', [jobs('done', 'paused')]],
  ])('stays awake if sleep %s', (_, wish, events) => {
    const { said, see } = watch(wish);
    see(...events);
    vi.advanceTimersByTime(UNTIL_SLEEP_MS);
    expect(said).toEqual([]);
  });
});

test('a host that cannot put its machine to sleep neither offers nor accepts it', async () => {
  const { client, studio } = await startStudio(await temporaryFolder(), await temporaryFolder());
  expect((await client.session()).can.sleep).toBe(false);
  await expect(client.settings.update({ whenDone: 'sleep' })).rejects.toMatchObject({ tag: 'unsupported' });
  await client.settings.update({ whenDone: 'nothing' });
  expect(studio.settings.whenDone).toBe('nothing');
});
