/** What is used of the library's module, which Emscripten makes. */
export interface LibraryModule {
  /** Calls the function `_NAME` of the module, and restores the stack if an argument was put on it. */
  ccall(name: string, returnType: null, argumentTypes: ['array'], values: [Uint8Array]): unknown;
  readonly FS: {
    readonly streams: readonly (OpenStream | null | undefined)[];
    close(stream: OpenStream): void;
  };
}

interface OpenStream {
  /** The flags it was opened with, as Linux numbers them. */
  readonly flags: number;
}

type Call = (...values: unknown[]) => unknown;

const O_EXCL = 0o200;

/**
 * Lets each call of the library that raises an error leave nothing behind. An error leaves its C++ code as an exception of
 * JavaScript. Therefore the stack isn't restored, and the temporary file stays open in which the library wrote
 * the error: after some thousand errors, it can't open any file.
 */
export function tidyFailingCalls(module: LibraryModule): void {
  const calls = Object.entries(module).filter((entry): entry is [string, Call] => isCall(entry[1]));
  for (const [name, call] of calls) {
    Object.assign(module, { [name]: (...values: unknown[]) => tidily(module, () => call(...values)) });
  }
}

/** Reports whether a property of the module is a function of its C++ code. Embind states the number of their arguments. */
function isCall(property: unknown): property is Call {
  return typeof property === 'function' && 'argCount' in property && property.argCount !== undefined;
}

function tidily(module: LibraryModule, work: () => unknown): unknown {
  let outcome: { readonly result: unknown } | { readonly error: unknown } | undefined;
  const _attempt = () => {
    try {
      outcome = { result: work() };
    } catch (error) {
      outcome = { error };
    }
  };
  // The module exports no way to save and to restore the stack, except for what `ccall` does with arguments.
  Object.assign(module, { _attempt }).ccall('attempt', null, ['array'], [new Uint8Array()]);
  if (outcome !== undefined && 'result' in outcome) return outcome.result;
  for (const stream of module.FS.streams) {
    // Files that are only read aren't opened exclusively.
    if (stream && (stream.flags & O_EXCL) !== 0) module.FS.close(stream);
  }
  throw outcome?.error;
}
