import { gunzipSync } from 'node:zlib';
import { isGzip } from '../places/compression';
import { DECODERS } from '../places/http/answer-body';
import { s3ErrorCode } from '../base/http-answer';
import type { Advice, Findings } from './findings';
import { corsAdvice, encodingAdvice, readAdvice, serverKind } from './server-advice';
import type { ProbeAnswer } from './probe';

/**
 * Reports whether a browser would let a page of `origin` read the answer (Fetch standard, "CORS check"). Problems go to
 * `findings`. Only for answers that aren't errors: servers often send the header without errors only, and the status
 * says what is wrong.
 */
export function checkCors(answer: ProbeAnswer, origin: string, findings: Findings): boolean {
  const { url, headers } = answer;
  const allowed = headers['access-control-allow-origin'];
  if (allowed === undefined) {
    const message = `Pages of ${origin} may not read this: there is no Access-Control-Allow-Origin header.`;
    findings.fail('cors', url, message, corsAdvice(headers));
    return false;
  }
  if (allowed.includes(',')) {
    findings.fail(
      'cors',
      url,
      `Access-Control-Allow-Origin is sent more than once ('${allowed}'), which browsers refuse.`,
      'Let only one place add the header: the web server or what is behind it, and in nginx only one level of the configuration.',
    );
    return false;
  }
  if (allowed !== '*' && allowed !== origin) {
    findings.fail('cors', url, `Only pages of ${allowed} may read this, not those of ${origin}.`, {
      remedy: `Allow ${origin} as well, or all origins by '*'.`,
      ways: ['other-viewer'],
    });
    return false;
  }
  if (allowed !== '*' && !/\borigin\b/i.test(headers['vary'] ?? '')) {
    findings.warn(
      'cors',
      url,
      'Access-Control-Allow-Origin depends on who asks, but `Vary: Origin` is not sent: a cache may give the answer to another page.',
      'Send `Vary: Origin`, or allow all origins by `*`.',
    );
  }
  return true;
}

/** Limit for the unpacked size of JSON and mesh manifests. */
export const MOST_DOCUMENT_BYTES = 256 << 20;

/**
 * Returns the body as a browser gives it to the page, decoded according to its Content-Encoding; undefined if the
 * browser would fail. Problems with the encoding go to `findings`.
 * @param mostBytes limit for the unpacked size, because a few untrusted bytes may unpack to any amount
 */
export async function decodeBody(
  answer: ProbeAnswer,
  findings: Findings,
  mostBytes = MOST_DOCUMENT_BYTES,
): Promise<Buffer | undefined> {
  const { url, body, headers } = answer;
  const encoding = (headers['content-encoding'] ?? '').trim().toLowerCase();
  const declared = Number(headers['content-length'] ?? body.length);
  if (declared !== body.length && !answer.cut) {
    const message = `The body has ${body.length} bytes where Content-Length says ${declared}.`;
    findings.fail(
      'encoding',
      url,
      message,
      'Upload the file again; then look for a proxy that cuts answers.',
    );
    return undefined;
  }
  if (encoding === '' || encoding === 'identity') return plainBody(answer, findings, mostBytes);
  const decode = DECODERS[encoding];
  if (decode === undefined) {
    findings.fail(
      'encoding',
      url,
      `The Content-Encoding is '${encoding}', which browsers can't decode.`,
      encoding.includes('aws-chunked')
        ? 'Upload again with a client that sends whole buffers: `aws-chunked` is left there by SDKs that stream with checksums.'
        : 'Store the object with Content-Encoding gzip, or with none.',
    );
    return undefined;
  }
  try {
    const decoded = await decode(body, { maxOutputLength: mostBytes });
    if (!isGzip(decoded)) return decoded;
    findings.fail(
      'encoding',
      url,
      'The data is gzipped twice: it is still gzip after decoding.',
      'Upload the files as they are; gzip neither before nor while uploading what is gzipped already.',
    );
  } catch (error) {
    if (isTooLong(error)) {
      findings.fail(
        'encoding',
        url,
        `It unpacks to more than the ${mostBytes} bytes that it can have.`,
        UPLOAD,
      );
      return undefined;
    }
    findings.fail(
      'encoding',
      url,
      `The Content-Encoding says ${encoding}, but the bytes are not ${encoding}.`,
      'Remove the Content-Encoding from this object (a new upload by `publish` does), or store gzipped bytes.',
    );
  }
  return undefined;
}

const UPLOAD = 'Upload it again; if that does not help, run `verify` on the dataset.';

function isTooLong(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ERR_BUFFER_TOO_LARGE';
}

function plainBody(
  { url, body, headers }: ProbeAnswer,
  findings: Findings,
  mostBytes: number,
): Buffer | undefined {
  if (!isGzip(body) || !isWholeGzip(body, mostBytes)) return body;
  findings.fail(
    'encoding',
    url,
    'The bytes are gzipped, but there is no `Content-Encoding: gzip`, so viewers take them for the data itself.',
    encodingAdvice(headers),
  );
  return undefined;
}

/** Reports whether bytes are a whole gzip file. The signature isn't enough: raw voxels may begin with any bytes. */
function isWholeGzip(bytes: Buffer, mostBytes: number): boolean {
  try {
    gunzipSync(bytes, { maxOutputLength: mostBytes });
    return true;
  } catch (error) {
    return isTooLong(error);
  }
}

/** Explains a status other than success, and says what to do about it. */
export function explainStatus(answer: ProbeAnswer): readonly [text: string, advice: string | Advice] {
  const { status, headers } = answer;
  const code = s3ErrorCode(answer);
  const region = headers['x-amz-bucket-region'];
  if (code === 'NoSuchBucket') return ['there is no such bucket', "Check the bucket's name."];
  // Swift answers this way at its S3 address always, and at its own address if the container is private.
  const isClosedSwift = (status === 400 || status === 401) && serverKind(headers) === 'swift';
  if (status === 403 || isClosedSwift) {
    const advice = readAdvice(headers, region !== undefined || code !== undefined);
    return [`the server forbids it (${status})`, advice];
  }
  if (status === 404) {
    return ['it is not there (404)', 'Check the address, and that the upload was complete.'];
  }
  if (status === 401) return ['it asks for a password (401)', 'Viewers send no password: remove it.'];
  if (status === 429 || status === 503) {
    return [`the server is overloaded (${status})`, 'Try again later, or raise its limits on requests.'];
  }
  return [`the server answers with status ${status}`, 'Look at the log of the web server.'];
}
