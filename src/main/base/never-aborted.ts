/** Returns a signal for work that nobody cancels: a new one each time, because listeners would pile up on a shared one. */
export function neverAborted(): AbortSignal {
  return new AbortController().signal;
}
