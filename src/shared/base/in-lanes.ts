/**
 * Does `work` on each item, at most `lanes` at the same time. After a failure nothing more is begun; the first
 * error is thrown when all that was begun has ended, so that nothing goes on behind the caller's back.
 */
export async function inLanes<T>(
  items: Iterable<T>,
  lanes: number,
  work: (item: T) => Promise<void>,
): Promise<void> {
  const iterator = items[Symbol.iterator]();
  let failed = false;
  const lane = async () => {
    try {
      for (let next = iterator.next(); !failed && next.done !== true; next = iterator.next()) {
        await work(next.value);
      }
    } catch (error) {
      failed = true;
      throw error;
    }
  };
  const results = await Promise.allSettled(Array.from({ length: lanes }, lane));
  const failure = results.find((result) => result.status === 'rejected');
  if (failure !== undefined) throw failure.reason;
}
