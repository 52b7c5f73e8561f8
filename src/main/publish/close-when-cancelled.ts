import type { PublishTarget } from './publish-target';

const GRACE_MS = 2000;

/**
 * Closes a target some time after a cancellation: running transfers may finish, but a target that no longer answers must
 * not block what was cancelled.
 * @returns a function that stops this, to be called at the end
 */
export function closeWhenCancelled(target: PublishTarget, signal: AbortSignal): () => void {
  const hangUp = (): void =>
    void setTimeout(() => void target.close().catch(() => undefined), GRACE_MS).unref();
  signal.addEventListener('abort', hangUp);
  return () => signal.removeEventListener('abort', hangUp);
}
