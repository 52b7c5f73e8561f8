import { expect, test } from 'vitest';
import { afterProgress, Retrier } from '../../../src/main/base/retrier';
import { IoError } from '../../../src/shared/base/errors';

const ATTEMPTS = 3;

const broken = (): IoError => new IoError('lost', { fields: { broken: true }, retryable: true });

/** Runs an action that fails this often. Returns how often it was tried, also if it was given up. */
async function tries(retrier: Retrier, failures: number, fail: () => Promise<Error>): Promise<number> {
  let tried = 0;
  const action = async (): Promise<void> => {
    if (++tried <= failures) throw await fail();
  };
  await retrier.run(action).catch(() => undefined);
  return tried;
}

const retrier = (): Retrier => new Retrier(undefined, 0, undefined, ATTEMPTS);

test('an action that never comes further is given up', async () => {
  expect(await tries(retrier(), 10, () => Promise.resolve(broken()))).toBe(ATTEMPTS);
});

test('an action that comes further each time is not given up', async () => {
  const failure = (): Promise<Error> => Promise.resolve(afterProgress(broken()));
  expect(await tries(retrier(), 10, failure)).toBe(11);
});

test('a connection that breaks does not count while other actions get through, an answer does', async () => {
  const shared = retrier();
  const other = (): Promise<void> => shared.run(() => Promise.resolve());
  expect(await tries(shared, 10, () => other().then(broken))).toBe(11);
  const refused = (): Error => new IoError('no', { retryable: true });
  expect(await tries(shared, 10, () => other().then(refused))).toBe(ATTEMPTS);
});

test('what is known of a failure stays when it came further', () => {
  const options = { remedy: 'Wait.', details: ['1'], fields: { code: 'x' }, retryable: true };
  const failure = afterProgress(new IoError('lost', options));
  expect(failure).toMatchObject({ message: 'lost', ...options, fields: { code: 'x', progressed: true } });
});
