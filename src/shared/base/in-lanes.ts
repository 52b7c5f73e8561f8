/**
 * Calls `work` for each item, at most `lanes` at the same time. After a failure no further item is started. The first
 * error is thrown once everything that was started has ended, so that nothing continues in the background.
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
