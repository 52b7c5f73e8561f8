import { promisify } from 'node:util';
import { brotliDecompress, gunzip, inflate } from 'node:zlib';
import { InvalidInputError } from '../../../shared/base/errors';
import type { HttpAnswer } from '../../base/http-answer';

type Decode = (bytes: Uint8Array, options: { readonly maxOutputLength: number }) => Promise<Buffer>;

/** What undoes each Content-Encoding that browsers know, apart from zstd. */
export const DECODERS: Readonly<Record<string, Decode>> = {
  gzip: promisify(gunzip) satisfies Decode,
  'x-gzip': promisify(gunzip) satisfies Decode,
  deflate: promisify(inflate) satisfies Decode,
  br: promisify(brotliDecompress) satisfies Decode,
};

/** Value of the Accept-Encoding header. */
export const DECODED_ENCODINGS = 'gzip, br, deflate';

/**
 * Returns the body, decoded according to its Content-Encoding.
 * @throws InvalidInputError if the encoding is unsupported, or the body is damaged or unpacks to more than `mostBytes`
 */
export async function decodedBody(
  { url, headers, body }: HttpAnswer,
  mostBytes: number,
): Promise<Uint8Array> {
  const encoding = (headers['content-encoding'] ?? '').trim().toLowerCase();
  if (encoding === '' || encoding === 'identity') return body;
  const decode = DECODERS[encoding];
  if (decode === undefined) {
    throw new InvalidInputError(`${url} has the Content-Encoding '${encoding}', which is not supported.`, {
      remedy: `Store it with one of these: ${DECODED_ENCODINGS}; or with none.`,
    });
  }
  try {
    return await decode(body, { maxOutputLength: mostBytes });
  } catch (cause) {
    throw new InvalidInputError(
      `${url} can't be unpacked: it isn't ${encoding} of at most ${mostBytes} bytes.`,
      {
        remedy: 'The data is damaged where it is stored, or isn’t of this dataset.',
        cause,
      },
    );
  }
}
