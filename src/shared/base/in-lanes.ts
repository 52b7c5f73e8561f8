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

/**
 * Calls `work` for each item in order, and begins none before the one `width` places ahead of it has ended, so that
 * whatever stops it, all that is missing lies within the last `width` items that were begun.
 */
export async function inWindow<T>(
  items: Iterable<T>,
  width: number,
  work: (item: T) => Promise<void>,
): Promise<void> {
  const running: Promise<void>[] = [];
  try {
    for (const item of items) {
      if (running.length === width) await running.shift();
      const next = work(item);
      // It is waited for later, when it may have failed for some time.
      next.catch(() => undefined);
      running.push(next);
    }
    await Promise.all(running);
  } catch (error) {
    await Promise.allSettled(running);
    throw error;
  }
}
