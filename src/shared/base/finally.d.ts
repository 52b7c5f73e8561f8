/** A promise that the callback of `finally` returns is awaited, which the library's own declaration leaves out. */
interface Promise<T> {
  finally(onfinally: () => PromiseLike<unknown>): Promise<T>;
}
