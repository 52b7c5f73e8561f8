/**
 * One family of errors for the whole program. Code decides by `tag`, never by the text of a message; the
 * tag and the fields survive threads, IPC and JSON by {@link serializeError} and {@link deserializeError}.
 *
 * A message says what went wrong, where, and which value was met; `remedy` says what the user can do.
 */
export type ErrorTag = 'invalid-input' | 'unsupported' | 'io' | 'bug' | 'cancelled';

/** Machine-readable particulars of an error: JSON values only. */
export type ErrorFields = Readonly<Record<string, string | number | boolean | readonly string[]>>;

export interface ErrorOptions {
  /** What the user can do about it: one imperative sentence. */
  readonly remedy?: string;
  /** Particulars, one a line, where there are several (all bad slices of a stack, for instance). */
  readonly details?: readonly string[];
  readonly fields?: ErrorFields;
  readonly cause?: unknown;
}

export class StudioError extends Error {
  readonly tag: ErrorTag;
  readonly remedy: string | undefined;
  readonly details: readonly string[];
  readonly fields: ErrorFields;

  constructor(tag: ErrorTag, message: string, options: ErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'StudioError';
    this.tag = tag;
    this.remedy = options.remedy;
    this.details = options.details ?? [];
    this.fields = options.fields ?? {};
  }
}

/** What the user gave can't be taken: a file, a value, a combination of options. */
export class InvalidInputError extends StudioError {
  constructor(message: string, options?: ErrorOptions) {
    super('invalid-input', message, options);
  }
}

/** The input is sound but of a kind that this program doesn't handle. */
export class UnsupportedError extends StudioError {
  constructor(message: string, options?: ErrorOptions) {
    super('unsupported', message, options);
  }
}

/** A disk, a network or a process failed; `fields.retryable` tells whether trying again may help. */
export class IoError extends StudioError {
  readonly retryable: boolean;

  constructor(message: string, options: ErrorOptions & { readonly retryable?: boolean } = {}) {
    super('io', message, {
      ...options,
      fields: { ...options.fields, retryable: options.retryable ?? false },
    });
    this.retryable = options.retryable ?? false;
  }
}

/** A fault of this program: an invariant that doesn't hold. */
export class BugError extends StudioError {
  constructor(message: string, options?: ErrorOptions) {
    super('bug', message, { remedy: 'This is a fault of Precomputed Studio: please report it.', ...options });
  }
}

/** The user stopped the job. Never a failure. */
export class CancelledError extends StudioError {
  constructor(message = 'cancelled') {
    super('cancelled', message);
  }
}

export function isStudioError(error: unknown): error is StudioError {
  return error instanceof StudioError;
}

/** Any thrown value as a member of the family: strangers become bugs that keep the stranger as cause. */
export function toStudioError(error: unknown): StudioError {
  if (isStudioError(error)) return error;
  if (error instanceof Error && error.name === 'AbortError') return new CancelledError();
  const message = error instanceof Error ? error.message : String(error);
  return new BugError(message, { cause: error });
}

/** The JSON form of an error. */
export interface SerializedError {
  readonly tag: ErrorTag;
  readonly message: string;
  readonly remedy?: string;
  readonly details?: readonly string[];
  readonly fields?: ErrorFields;
  /** Stack of a bug, for reports; expected errors carry none. */
  readonly stack?: string;
}

export function serializeError(thrown: unknown): SerializedError {
  const error = toStudioError(thrown);
  const origin = error.cause instanceof Error ? error.cause : error;
  return {
    tag: error.tag,
    message: error.message,
    ...(error.remedy === undefined ? {} : { remedy: error.remedy }),
    ...(error.details.length === 0 ? {} : { details: error.details }),
    ...(Object.keys(error.fields).length === 0 ? {} : { fields: error.fields }),
    ...(error.tag === 'bug' && origin.stack !== undefined ? { stack: origin.stack } : {}),
  };
}

export function deserializeError(json: SerializedError): StudioError {
  const options: ErrorOptions = {
    ...(json.remedy === undefined ? {} : { remedy: json.remedy }),
    ...(json.details === undefined ? {} : { details: json.details }),
    ...(json.fields === undefined ? {} : { fields: json.fields }),
  };
  const error =
    json.tag === 'io'
      ? new IoError(json.message, { ...options, retryable: json.fields?.['retryable'] === true })
      : new StudioError(json.tag, json.message, options);
  if (json.stack !== undefined) error.stack = json.stack;
  return error;
}
