/** Adds the features of Node 20 and later that the main process uses and the Node 16 of Electron 22 lacks. */
import { Blob as NodeBlob } from 'node:buffer';
import os from 'node:os';
import * as streams from 'node:stream/web';
import { deserialize, serialize } from 'node:v8';

class SuppliedFile extends NodeBlob {
  constructor(
    parts: ConstructorParameters<typeof NodeBlob>[0],
    readonly name: string,
    options?: ConstructorParameters<typeof NodeBlob>[1],
  ) {
    super(parts, options);
  }
}

class SuppliedHeaders {
  private readonly values = new Map<string, string>();

  constructor(init: Readonly<Record<string, string>> = {}) {
    for (const [name, value] of Object.entries(init)) this.values.set(name.toLowerCase(), value);
  }

  get(name: string): string | null {
    return this.values.get(name.toLowerCase()) ?? null;
  }

  entries(): IterableIterator<[string, string]> {
    return this.values.entries();
  }
}

class SuppliedResponse {
  readonly status: number;
  readonly headers: SuppliedHeaders;

  constructor(
    private readonly body: Uint8Array | null,
    init: { readonly status?: number; readonly headers?: Readonly<Record<string, string>> } = {},
  ) {
    this.status = init.status ?? 200;
    this.headers = new SuppliedHeaders(init.headers);
  }

  arrayBuffer(): Promise<Uint8Array> {
    return Promise.resolve(this.body ?? new Uint8Array());
  }
}

/** A class without instances, for checks whether a value is one. */
class SuppliedFormData {
  readonly entries: readonly never[] = [];
}

function any(signals: Iterable<AbortSignal>): AbortSignal {
  const controller = new AbortController();
  for (const signal of signals) {
    if (signal.aborted) controller.abort(signal.reason);
    signal.addEventListener('abort', () => controller.abort(signal.reason), { once: true });
  }
  return controller.signal;
}

function canParse(url: string): boolean {
  try {
    return new URL(url) instanceof URL;
  } catch {
    return false;
  }
}

function supply(target: object, values: Readonly<Record<string, unknown>>): void {
  for (const [name, value] of Object.entries(values)) {
    if (name in target) continue;
    Object.defineProperty(target, name, { value, configurable: true, writable: true });
  }
}

const { ReadableStream, WritableStream, TransformStream, TextDecoderStream, TextEncoderStream } = streams;
supply(globalThis, {
  ...{ ReadableStream, WritableStream, TransformStream, TextDecoderStream, TextEncoderStream },
  structuredClone: (value: unknown): unknown => deserialize(serialize(value)),
  Blob: NodeBlob,
  File: SuppliedFile,
  FormData: SuppliedFormData,
  Headers: SuppliedHeaders,
  Response: SuppliedResponse,
});
supply(AbortSignal, { any });
supply(URL, { canParse });
supply(os, { availableParallelism: () => os.cpus().length });
