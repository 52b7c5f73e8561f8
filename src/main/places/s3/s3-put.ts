import { createHash } from 'node:crypto';
import { PutObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import { SignatureV4 } from '@smithy/signature-v4';
import { Pool } from 'undici';
import { BugError } from '../../../shared/base/errors';
import { clockOffsetMs, s3Error, type S3Action } from './s3-error';

/** Headers of an answer, names in lower case. */
export type AnswerHeaders = Readonly<Record<string, string | string[] | undefined>>;

interface Address {
  readonly protocol: string;
  readonly hostname: string;
  readonly port?: number | undefined;
  /** Ends in a slash; object keys come after it. */
  readonly path: string;
}

const MOST_CONNECTIONS = 128;
const TIMEOUT_MS = 60_000;

/**
 * Sends small objects: what PutObjectCommand does, by a signer and an HTTP client without the SDK's layers between,
 * which cost far more processor time than both. Address, region and credentials are the client's.
 */
export class S3Put {
  private constructor(
    private readonly client: S3Client,
    private readonly address: Address,
    private readonly signer: SignatureV4,
    private readonly pool: Pool,
  ) {}

  /** @param client must outlive this; it keeps the credentials fresh */
  static async open(client: S3Client, bucket: string): Promise<S3Put> {
    const address = await addressOf(client, bucket);
    const signer = new SignatureV4({
      credentials: client.config.credentials,
      region: await client.config.region(),
      service: 's3',
      sha256: client.config.sha256,
      uriEscapePath: false,
      applyChecksum: false,
    });
    const { protocol, hostname, port } = address;
    const pool = new Pool(`${protocol}//${hostname}${port === undefined ? '' : `:${port}`}`, {
      connections: MOST_CONNECTIONS,
      connect: { timeout: 10_000 },
      headersTimeout: TIMEOUT_MS,
      bodyTimeout: TIMEOUT_MS,
    });
    return new S3Put(client, address, signer, pool);
  }

  /**
   * @param action told in errors
   * @returns headers of the answer
   */
  async send(
    action: S3Action,
    key: string,
    headers: Readonly<Record<string, string>>,
    body: Buffer,
    signal: AbortSignal,
  ): Promise<AnswerHeaders> {
    const { protocol, hostname, port } = this.address;
    const path = this.address.path + key.split('/').map(encodeName).join('/');
    const host = port === undefined ? hostname : `${hostname}:${port}`;
    const sha256 = createHash('sha256').update(body).digest('hex');
    const signed = await this.signer.sign(
      {
        method: 'PUT',
        protocol,
        hostname,
        path,
        query: {},
        headers: { ...headers, host, 'x-amz-content-sha256': sha256 },
      },
      { signingDate: new Date(Date.now() + this.client.config.systemClockOffset) },
    );
    const {
      statusCode,
      headers: answered,
      text,
    } = await this.request(action, path, signed.headers, body, signal);
    if (statusCode === 200) return answered;
    const Code = /<Code>(\w+)<\/Code>/.exec(text)?.[1] ?? '';
    const refusal = { Code, $metadata: { httpStatusCode: statusCode }, $response: { headers: answered } };
    // As the client does for itself.
    this.client.config.systemClockOffset = clockOffsetMs(refusal) ?? this.client.config.systemClockOffset;
    throw s3Error(action, refusal);
  }

  private async request(
    action: S3Action,
    path: string,
    headers: Readonly<Record<string, string>>,
    body: Buffer,
    signal: AbortSignal,
  ) {
    try {
      const answer = await this.pool.request({ method: 'PUT', path, headers, body, signal });
      return { statusCode: answer.statusCode, headers: answer.headers, text: await answer.body.text() };
    } catch (error) {
      throw s3Error(action, error);
    }
  }

  close(): Promise<void> {
    return this.pool.destroy();
  }
}

/** Where the client sends objects of the bucket, taken from a request that it makes and doesn't send. */
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
  if (address === undefined) throw new BugError(`No address is known of the bucket ${Bucket}.`);
  return address;
}

/** As the signature wants it (RFC 3986): a few more characters than encodeURIComponent encodes. */
function encodeName(name: string): string {
  return encodeURIComponent(name).replace(
    /[!'()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}
