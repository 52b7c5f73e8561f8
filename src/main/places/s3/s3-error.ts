import { other } from '../../../shared/api/mentions';
import { formatBytes } from '../../../shared/base/format-quantity';
import { CancelledError, InvalidInputError, IoError, type StudioError } from '../../../shared/base/errors';
import { say, type Words } from '../../../shared/base/words';
import { explainConnection, NO_ANSWER } from '../../base/connection-error';
import { errorCode } from '../../base/file-error';

/** The purpose of a request, for messages. */
export interface S3Action {
  /** "write", "list": continues "Can't …". */
  readonly doing: string;
  /** The right that it needs, such as `s3:PutObject`. */
  readonly right: string;
  /** Bucket or `s3://bucket/key`. */
  readonly where: string;
  /** The number of bytes that one request sends. */
  readonly sentBytes?: number;
  /** Whether it is sent without credentials, as there are none. */
  readonly anonymous?: boolean | undefined;
}

/** What is wrong, as the end of a sentence, and what to do about it. */
type Explanation = readonly [text: string, remedy: Words];

/** The code of errors for what isn't public. */
export const NO_CREDENTIALS = 'no-credentials';

/** For the stores of Alibaba, Tencent and others. */
const IN_THE_HOST: Explanation = [
  "this store wants the bucket's name in the name of the host",
  say`Set ${other('pathStyle')} for the target.`,
];

const NO_BUCKET: Explanation = ['there is no such bucket', "Check the bucket's name and the endpoint."];

const NOT_THERE: Explanation = [
  'this server does not support it',
  'Use another server, or ask its administrator what it supports.',
];

const GIVE_CREDENTIALS = say`Set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, name a profile with ${other('profile')}, or run \`aws configure\` or \`aws sso login\`.`;

/** Errors that are caused by the user's input or rights, by error code. */
const REFUSALS: Readonly<Record<string, Explanation>> = {
  CredentialsProviderError: ['there are no credentials, and writing needs them', GIVE_CREDENTIALS],
  ExpiredToken: ['the token has expired', 'Get a new one, for instance by `aws sso login`, then try again.'],
  ExpiredTokenException: ['the token has expired', 'Get a new one, then try again.'],
  InvalidToken: ['the session token is not valid', 'Get a new one, then try again.'],
  XAdminUserNotFound: ['the access key is not known there', 'Check the key, the profile and the endpoint.'],
  InvalidAccessKeyId: ['the access key is not known there', 'Check the key, the profile and the endpoint.'],
  SignatureDoesNotMatch: ['the secret key does not belong to the access key', 'Check the credentials.'],
  NoSuchBucket: NO_BUCKET,
  NotFound: NO_BUCKET,
  SecondLevelDomainForbidden: IN_THE_HOST,
  PathStyleDomainForbidden: IN_THE_HOST,
  VirtualHostDomainRequired: IN_THE_HOST,
  InvalidBucketName: [
    'this is not a valid name for a bucket',
    'Use 3 to 63 lower-case letters, digits and hyphens.',
  ],
  BucketAlreadyExists: ['a bucket of somebody else has this name', 'Choose another name.'],
  AccountProblem: ['there is a problem with the account', 'Ask the administrator of the account.'],
  QuotaExceeded: ['the quota is used up', 'Free space or ask for more, then try again.'],
  InsufficientStorage: ['the disk of the server is full', 'Free space there, then try again.'],
  NotImplemented: NOT_THERE,
  MethodNotAllowed: NOT_THERE,
  NoSuchUpload: ['the unfinished upload was removed there', 'Try again.'],
  EntityTooLarge: [
    'the server does not accept anything this large',
    'Ask for its limit on the size of a request to be raised.',
  ],
  XMinioStorageFull: ['the disk of the server is full', 'Free space there, then try again.'],
};

const WRONG_REGION = new Set([
  'PermanentRedirect',
  'AuthorizationHeaderMalformed',
  'IllegalLocationConstraintException',
]);
const THROTTLES = new Set([
  'SlowDown',
  'Throttling',
  'ThrottlingException',
  'TooManyRequests',
  'TooManyRequestsException',
  'RequestLimitExceeded',
  'BandwidthLimitExceeded',
  'ServiceUnavailable',
]);
/** Errors that may pass with a retry: damage on the way, and wrong clocks, which the client corrects by the answer. */
const TRANSIENT = new Set([
  'BadDigest',
  'IncompleteBody',
  'InternalError',
  'OperationAborted',
  'RequestTimeTooSkewed',
  'RequestTimeout',
  'TimeoutError',
  'XAmzContentSHA256Mismatch',
]);
/** Connections that were made, and broke. */
const CUT = new Set(['ECONNRESET', 'ECONNABORTED', 'EPIPE', 'UND_ERR_SOCKET']);
const NETWORK = new Set(['ECONNREFUSED', 'ETIMEDOUT', 'EAI_AGAIN']);
const REQUEST_TIMEOUT = 408;
const TOO_LARGE = 413;

/** S3 refuses requests that were signed more than 15 minutes off. The client corrects its clock from 5 minutes on. */
const CLOCK_TOLERANCE_MS = 300_000;

/** Returns the error code of an answer, or the name of the error. */
export function s3Code(error: unknown): string {
  const code = (error as { Code?: unknown } | undefined)?.Code;
  if (typeof code === 'string') return code;
  return error instanceof Error ? error.name : '';
}

function s3Status(error: unknown): number | undefined {
  const meta = (error as { $metadata?: { httpStatusCode?: number } } | undefined)?.$metadata;
  return meta?.httpStatusCode;
}

/** Reports whether the server said nothing, or can't be reached. A connection that was cut may be due to the request. */
export function isSilence(error: unknown): boolean {
  const network = errorCode(error);
  return network === undefined ? s3Code(error) === 'TimeoutError' : NETWORK.has(network);
}

/** Returns the headers of the answer that caused an error, with lower-case names. */
export function answerHeaders(error: unknown): Readonly<Record<string, string>> {
  const response = (error as { $response?: { headers?: Record<string, string> } } | undefined)?.$response;
  return response?.headers ?? {};
}

/** Returns the bucket's region, if the answer names it. */
export function regionInAnswer(error: unknown): string | undefined {
  const inHeader = answerHeaders(error)['x-amz-bucket-region'];
  // Garage names it only in the XML, which the SDK turns into fields.
  const inBody = (error as { Region?: unknown } | undefined)?.Region;
  return inHeader ?? (WRONG_REGION.has(s3Code(error)) && typeof inBody === 'string' ? inBody : undefined);
}

/**
 * Returns how many milliseconds the clock of the server that refused a request is ahead of ours; undefined if the
 * difference is small. The client then signs with the server's clock, so that a retry succeeds.
 */
export function clockOffsetMs(error: unknown): number | undefined {
  const response = (error as { $response?: { headers?: Record<string, unknown> } } | undefined)?.$response;
  const offset = Date.parse(String(response?.headers?.['date'])) - Date.now();
  return Math.abs(offset) > CLOCK_TOLERANCE_MS ? offset : undefined;
}

/** Returns the error for what not everybody may do, and for which there are no credentials. */
export function noCredentials(
  { doing, where }: Pick<S3Action, 'doing' | 'where'>,
  fields: StudioError['fields'] = {},
): StudioError {
  return new InvalidInputError(`Can't ${doing} ${where}: it is not public, and there are no credentials.`, {
    remedy: GIVE_CREDENTIALS,
    fields: { ...fields, code: NO_CREDENTIALS },
  });
}

/** Converts an error of the S3 client to a StudioError, without its message, which may quote the request. */
export function s3Error(action: S3Action, error: unknown): StudioError {
  const { doing, right, where } = action;
  const code = s3Code(error);
  const status = s3Status(error);
  if (code === 'AbortError') return new CancelledError();
  const start = `Can't ${doing} ${where}`;
  const fields = { code, where, ...(status === undefined ? {} : { status }) };
  if (THROTTLES.has(code) || status === 429 || status === 503) {
    return new IoError(`${start}: the server asks to slow down (${code}).`, {
      remedy: 'Try again later; what has arrived is not sent again.',
      fields: { ...fields, throttled: true },
      retryable: true,
    });
  }
  if (code === 'RequestTimeTooSkewed' || (status === 403 && clockOffsetMs(error) !== undefined)) {
    return new IoError(`${start}: the clock of this machine is wrong.`, {
      remedy: 'Set the clock, then try again.',
      fields: { ...fields, code: 'RequestTimeTooSkewed' },
      retryable: true,
    });
  }
  const refusal = REFUSALS[status === TOO_LARGE ? 'EntityTooLarge' : code];
  if (refusal !== undefined) {
    const [text, remedy] = refusal;
    return new InvalidInputError(`${start}: ${text}.`, { remedy, fields });
  }
  if (WRONG_REGION.has(code) || status === 301) {
    const region = regionInAnswer(error);
    return new InvalidInputError(
      `${start}: the bucket is in another region${region === undefined ? '' : `, ${region}`}.`,
      { remedy: 'Give its region with --region.', fields: { ...fields, code: 'wrong-region' } },
    );
  }
  if ((status === 403 || code === 'AccessDenied') && action.anonymous === true) {
    return noCredentials(action, fields);
  }
  if (status === 403 || code === 'AccessDenied') {
    return new InvalidInputError(
      `${start}: the right ${right} is missing, or the bucket is somebody else's.`,
      {
        remedy: `Ask the owner of the bucket for ${right} on it.`,
        fields: { ...fields, right },
      },
    );
  }
  const isRefusal = status !== undefined && status >= 400 && status < 500;
  if (isRefusal && status !== REQUEST_TIMEOUT && !TRANSIENT.has(code)) {
    const reason = code === '' ? '' : `${code}, `;
    return new InvalidInputError(`${start}: the server refuses it (${reason}status ${status}).`, {
      remedy: 'Check the endpoint, or ask the administrator of the server what it allows.',
      fields,
    });
  }
  return transportError(start, action, error, code, fields);
}

function transportError(
  start: string,
  { sentBytes = 0 }: S3Action,
  error: unknown,
  code: string,
  fields: Readonly<Record<string, string | number>>,
): IoError {
  const status = fields['status'];
  const network = errorCode(error) ?? '';
  const hungUp = error instanceof Error && /socket hang up|premature close|Parse Error/i.test(error.message);
  const broken = CUT.has(network) || hungUp;
  const retryable =
    broken ||
    TRANSIENT.has(code) ||
    NETWORK.has(network) ||
    /^(UND_ERR|HPE)_/.test(network) ||
    status === REQUEST_TIMEOUT ||
    (typeof status === 'number' && status >= 500 && status !== 501);
  if (broken && sentBytes > 0) {
    return new IoError(`${start}: the connection was cut before ${formatBytes(sentBytes)} had arrived.`, {
      remedy:
        'Try again: what has arrived is not sent again. If it fails each time, the server or a proxy ends connections too soon. Then ask whoever runs it to raise the time limit of connections.',
      fields: { ...fields, code: network, broken },
      retryable,
    });
  }
  // The SDK gives broken connections this name too, but with their own codes.
  const explanation = explainConnection(error) ?? (code === 'TimeoutError' ? NO_ANSWER : undefined);
  if (explanation !== undefined) {
    const [text, remedy] = explanation;
    const host = triedHost(error);
    const ofAws = host.endsWith('.amazonaws.com')
      ? say` If the bucket is not at AWS, give the address of its server with ${other('endpoint')}.`
      : '';
    return new IoError(`${start}${host === '' ? '' : ` at ${host}`}: ${text}.`, {
      remedy: say`${remedy}${ofAws}`,
      fields: { ...fields, code: network },
      retryable,
    });
  }
  const what = network === '' ? code : network;
  return new IoError(
    `${start}: ${what === '' ? 'no answer' : what}${status === undefined ? '' : ` (status ${status})`}.`,
    {
      remedy: 'Check the network and the endpoint, then try again: what has arrived is not sent again.',
      fields,
      retryable,
    },
  );
}

/** Returns the host that a connection was tried to, with its port if that is known; '' if the error doesn't say. */
function triedHost(error: unknown): string {
  // With several addresses of a name, each has an error of its own.
  const [first = error] = (error as { readonly errors?: readonly unknown[] }).errors ?? [];
  const { hostname, address, port } = first as Readonly<Record<'hostname' | 'address' | 'port', unknown>>;
  if (typeof hostname === 'string') return hostname;
  return typeof address === 'string' ? `${address}${typeof port === 'number' ? `:${port}` : ''}` : '';
}
