import { onCommandLine, type Words } from './words';

/**
 * One family of errors for the whole program. Code decides by `tag`, never by the text of a message. The tag and the
 * fields survive threads, IPC and JSON through {@link serializeError} and {@link deserializeError}.
 *
 * A message says what went wrong, where, and which value was found; `remedy` says what the user can do. Both are
 * worded for the command line. `words` holds them unworded, so that other interfaces can word them.
 */
export type ErrorTag = 'invalid-input' | 'unsupported' | 'io' | 'bug' | 'cancelled';

/** Machine-readable details of an error: JSON values only. */
export type ErrorFields = Readonly<Record<string, string | number | boolean | readonly string[]>>;

export interface ErrorOptions {
  /**
   * One imperative sentence that says what the user can do. An option with a value, or an action, that it mentions
   * solves the problem.
   */
  readonly remedy?: Words;
  /** Details, one per line, if there are several (all bad slices of a stack, for instance). */
  readonly details?: readonly string[];
  readonly fields?: ErrorFields;
  readonly cause?: unknown;
}

/** The message and remedy of an error, with options and actions as data. */
export interface ErrorWords {
  readonly message: Words;
  readonly remedy?: Words;
}

export class StudioError extends Error {
  readonly tag: ErrorTag;
  readonly remedy: string | undefined;
  readonly details: readonly string[];
  readonly fields: ErrorFields;
  readonly words: ErrorWords;

  constructor(tag: ErrorTag, message: Words, options: ErrorOptions = {}) {
    super(onCommandLine(message), options.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'StudioError';
    this.tag = tag;
    this.words = { message, ...(options.remedy === undefined ? {} : { remedy: options.remedy }) };
    this.remedy = options.remedy === undefined ? undefined : onCommandLine(options.remedy);
    this.details = options.details ?? [];
    this.fields = options.fields ?? {};
  }
}

/** Something that the user gave can't be used: a file, a value, a combination of options. */
export class InvalidInputError extends StudioError {
  constructor(message: Words, options?: ErrorOptions) {
    super('invalid-input', message, options);
  }
}

/** The input is valid but of a kind that this program doesn't handle. */
export class UnsupportedError extends StudioError {
  constructor(message: Words, options?: ErrorOptions) {
    super('unsupported', message, options);
  }
}

/** A disk, a network or a process failed. `fields.retryable` says whether trying again may help. */
export class IoError extends StudioError {
  readonly retryable: boolean;

  constructor(message: Words, options: ErrorOptions & { readonly retryable?: boolean } = {}) {
    super('io', message, {
      ...options,
      fields: { ...options.fields, retryable: options.retryable ?? false },
    });
    this.retryable = options.retryable ?? false;
  }
}

/** A fault of this program: an invariant that doesn't hold. */
export class BugError extends StudioError {
  constructor(message: Words, options?: ErrorOptions) {
    super('bug', message, { remedy: 'This is a fault of Precomputed Studio: please report it.', ...options });
  }
}

/** The user stopped the job. This never counts as a failure. */
export class CancelledError extends StudioError {
  constructor(message = 'cancelled') {
    super('cancelled', message);
  }
}

export function isStudioError(error: unknown): error is StudioError {
  return error instanceof StudioError;
}

/**
 * Converts any thrown value to a member of the family. An unknown error becomes a bug with that error as its cause.
 */
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
  /** Left out if neither the message nor the remedy mentions an option or an action. */
  readonly words?: ErrorWords;
  /** The stack trace of a bug, for reports. Expected errors have none. */
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
    ...(mentionsAnything(error.words) ? { words: error.words } : {}),
    ...(error.tag === 'bug' && origin.stack !== undefined ? { stack: origin.stack } : {}),
  };
}

function mentionsAnything({ message, remedy = '' }: ErrorWords): boolean {
  return typeof message !== 'string' || typeof remedy !== 'string';
}

export function deserializeError(json: SerializedError): StudioError {
  const { message, remedy }: ErrorWords = json.words ?? json;
  const options: ErrorOptions = {
    ...(remedy === undefined ? {} : { remedy }),
    ...(json.details === undefined ? {} : { details: json.details }),
    ...(json.fields === undefined ? {} : { fields: json.fields }),
  };
  const error =
    json.tag === 'io'
      ? new IoError(message, { ...options, retryable: json.fields?.['retryable'] === true })
      : new StudioError(json.tag, message, options);
  if (json.stack !== undefined) error.stack = json.stack;
  return error;
}
