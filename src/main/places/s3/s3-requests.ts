import { createHash } from 'node:crypto';
import { PutObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import { SignatureV4 } from '@smithy/signature-v4';
import { BugError, type StudioError } from '../../../shared/base/errors';
import { s3ErrorCode } from '../../base/http-answer';
import { HttpClient, type WireAnswer } from '../http/http-client';
import { clockOffsetMs, s3Error, type S3Action } from './s3-error';

interface Address {
  readonly protocol: string;
  readonly hostname: string;
  readonly port?: number | undefined;
  /** Path of the bucket, which ends in a slash; object keys follow it. */
  readonly path: string;
}

/**
 * Codes of a status of 404 that is about the object. Others are about the bucket, the access key or the server. Some servers
 * send none.
 */
const OF_MISSING_OBJECT: readonly (string | undefined)[] = ['NoSuchKey', 'NotFound', undefined];

const MOST_CONNECTIONS = 128;
const TIMEOUT_MS = 60_000;

/**
 * Writes and reads small objects. It does the same as the SDK's commands, but connects the signer and the HTTP client
 * directly, because the SDK's layers between them cost far more processor time than both. Address, region and
 * credentials come from the SDK's client.
 */
export class S3Requests {
  private constructor(
    private readonly client: S3Client,
    private readonly address: Address,
    /** Undefined if requests aren't signed. */
    private readonly signer: SignatureV4 | undefined,
    private readonly http: HttpClient,
  ) {}

  /** @param client must outlive this; it keeps the credentials fresh */
  static async open(client: S3Client, bucket: string, anonymous: boolean): Promise<S3Requests> {
    const address = await addressOf(client, bucket);
    const signer = new SignatureV4({
      credentials: client.config.credentials,
      region: await client.config.region(),
      service: 's3',
      sha256: client.config.sha256,
      uriEscapePath: false,
      applyChecksum: false,
    });
    const http = new HttpClient({ connections: MOST_CONNECTIONS, answerTimeoutMs: TIMEOUT_MS });
    return new S3Requests(client, address, anonymous ? undefined : signer, http);
  }

  /**
   * Writes an object.
   * @param action the purpose, for error messages
   * @returns the headers of the answer
   */
  async put(
    action: S3Action,
    key: string,
    headers: Readonly<Record<string, string>>,
    body: Buffer,
    signal: AbortSignal,
  ): Promise<WireAnswer['headers']> {
    const answer = await this.send('PUT', action, key, headers, body, signal);
    if (answer.status === 200) return answer.headers;
    throw this.refusal(action, answer);
  }

  /**
   * Reads an object, or a range of its bytes.
   * @returns the bytes as they are stored, fewer at the object's end; undefined if there is no object
   */
  async get(
    action: S3Action,
    key: string,
    range?: readonly [offsetBytes: number, lengthBytes: number],
  ): Promise<WireAnswer | undefined> {
    const headers: Record<string, string> =
      range === undefined ? {} : { range: `bytes=${range[0]}-${range[0] + range[1] - 1}` };
    const answer = await this.send('GET', action, key, headers);
    if (answer.status === 404 && OF_MISSING_OBJECT.includes(s3ErrorCode(answer))) return undefined;
    // The range begins after the end of the object.
    if (answer.status === 416) return { ...answer, body: Buffer.alloc(0) };
    if (answer.status === (range === undefined ? 200 : 206)) return answer;
    throw this.refusal(action, answer);
  }

  private refusal(action: S3Action, answer: WireAnswer): StudioError {
    const { status: httpStatusCode, headers } = answer;
    const refusal = {
      Code: s3ErrorCode(answer) ?? '',
      $metadata: { httpStatusCode },
      $response: { headers },
    };
    // The SDK's client corrects its clock in the same way.
    this.client.config.systemClockOffset = clockOffsetMs(refusal) ?? this.client.config.systemClockOffset;
    return s3Error(action, refusal);
  }

  private async send(
    method: 'GET' | 'PUT',
    action: S3Action,
    key: string,
    headers: Readonly<Record<string, string>>,
    body?: Buffer,
    signal?: AbortSignal,
  ): Promise<WireAnswer> {
    const { protocol, hostname, port } = this.address;
    const path = this.address.path + key.split('/').map(encodeName).join('/');
    const host = port === undefined ? hostname : `${hostname}:${port}`;
    const sha256 = createHash('sha256')
      .update(body ?? '')
      .digest('hex');
    const request = {
      method,
      protocol,
      hostname,
      path,
      query: {},
      headers: { ...headers, host, 'x-amz-content-sha256': sha256 },
    };
    const signingDate = new Date(Date.now() + this.client.config.systemClockOffset);
    const signed = (await this.signer?.sign(request, { signingDate })) ?? request;
    return this.http.send({
      url: `${protocol}//${host}`,
      path,
      method,
      headers: signed.headers,
      ...(body === undefined ? {} : { body }),
      ...(signal === undefined ? {} : { signal }),
      mostBytes: () => Number.POSITIVE_INFINITY,
      failure: (error) => s3Error(action, error),
    });
  }

  close(): Promise<void> {
    return this.http.close();
  }
}

/** Returns the address of the bucket's objects, taken from a request that the client builds but doesn't send. */
async function addressOf(client: S3Client, Bucket: string): Promise<Address> {
  let address: Address | undefined;
  const Key = '0';
  const command = new PutObjectCommand({ Bucket, Key });
  command.middlewareStack.add(
    () => (args) => {
      const { protocol, hostname, port, path } = args.request as Address;
      address = { protocol, hostname, port, path: path.slice(0, -Key.length) };
      return Promise.resolve({ response: {}, output: { $metadata: {} } });
    },
    { step: 'build', priority: 'low', name: 'takeAddress' },
  );
  await client.send(command);
  if (address === undefined) throw new BugError(`The address of the bucket ${Bucket} is not known.`);
  return address;
}

/** Encodes a name as the signature requires (RFC 3986): a few more characters than encodeURIComponent does. */
function encodeName(name: string): string {
  return encodeURIComponent(name).replace(
    /[!'()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}
