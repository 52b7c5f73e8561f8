import { InvalidInputError } from '../../../shared/base/errors';
import { isMissingObject, serversWords, type HttpAnswer } from '../../base/http-answer';
import { objectUrl } from '../../base/web-address';
import { unzipped } from '../compression';
import type { HeadedPlace, ObjectHead } from '../place';
import { headOf } from '../range-answer';
import { DECODED_ENCODINGS, decodedBody } from './answer-body';
import { FetchedBytes } from './fetched-bytes';
import type { HttpReader } from './http-reader';

/** Reads objects below a web address over HTTP and unpacks them. */
export class HttpPlace implements HeadedPlace {
  private absentIsForbidden: Promise<boolean> | undefined;
  private readonly fetched: FetchedBytes;

  /**
   * @param base address without a slash at the end
   * @param mostBytes limit for the unpacked size of an object
   * @param keptBytes size of the cache for the objects that were read last
   */
  constructor(
    private readonly base: string,
    private readonly reader: HttpReader,
    private readonly mostBytes: number,
    keptBytes = 0,
  ) {
    this.fetched = new FetchedBytes(keptBytes);
  }

  get(key: string): Promise<Uint8Array | undefined> {
    return this.fetched.get(key, async () => {
      const headers = { 'accept-encoding': DECODED_ENCODINGS };
      const url = objectUrl(this.base, key);
      const answer = await this.reader.ask({ url, headers, mostBytes: this.mostBytes });
      if (await this.isAbsent(answer)) return undefined;
      if (answer.status !== 200) throw refused(answer);
      return unzipped(await decodedBody(answer, this.mostBytes), this.mostBytes);
    });
  }

  getRange(key: string, offsetBytes: number, lengthBytes: number): Promise<Uint8Array | undefined> {
    if (lengthBytes === 0) return Promise.resolve(new Uint8Array(0));
    return this.fetched.get(`${key} ${offsetBytes} ${lengthBytes}`, async () => {
      const url = objectUrl(this.base, key);
      const last = offsetBytes + lengthBytes - 1;
      // A range counts the bytes that are sent, which an encoding would change.
      const headers = { range: `bytes=${offsetBytes}-${last}`, 'accept-encoding': 'identity' };
      const answer = await this.reader.ask({ url, headers, mostBytes: lengthBytes });
      if (await this.isAbsent(answer)) return undefined;
      if (answer.status === 416) return new Uint8Array(0);
      if (answer.status !== 206) throw refused(answer);
      return rangeBody(answer, offsetBytes);
    });
  }

  async head(key: string, lengthBytes: number): Promise<ObjectHead | undefined> {
    const url = objectUrl(this.base, key);
    const headers = { range: `bytes=0-${lengthBytes - 1}`, 'accept-encoding': 'identity' };
    const answer = await this.reader.ask({ url, headers, mostBytes: lengthBytes });
    if (await this.isAbsent(answer)) return undefined;
    if (answer.status === 416) return headOf(answer.headers, new Uint8Array(0));
    if (answer.status !== 206) throw refused(answer);
    return headOf(answer.headers, rangeBody(answer, 0));
  }

  /**
   * Reports whether an answer means that the object is missing. Stores that don't allow listing answer 403 for a
   * missing object. A request for a name that nobody uses shows whether this is such a store.
   */
  private async isAbsent(answer: HttpAnswer): Promise<boolean> {
    if (isMissingObject(answer)) return true;
    if (answer.status !== 403) return false;
    this.absentIsForbidden ??= this.reader
      .ask({ url: objectUrl(this.base, NOBODYS_NAME), headers: {}, mostBytes: this.mostBytes })
      .then(({ status }) => status === 403);
    return this.absentIsForbidden;
  }
}

/** Returns the body of a range. @throws InvalidInputError if the server sent other bytes than were requested */
function rangeBody({ url, headers, body }: HttpAnswer, offsetBytes: number): Uint8Array {
  const start = /^bytes (\d+)-/.exec(headers['content-range'] ?? '')?.[1];
  const encoding = headers['content-encoding'] ?? 'identity';
  if (Number(start) === offsetBytes && encoding === 'identity') return body;
  throw new InvalidInputError(`${url}: the server sends other bytes than were requested.`, {
    remedy:
      'What is read in parts must be stored without Content-Encoding, on a server that answers Range requests.',
    fields: { url },
  });
}

const NOBODYS_NAME = 'precomputed-studio-question-for-a-missing-object';

/** Makes the error for an answer that holds no object. */
export function refused(answer: HttpAnswer): InvalidInputError {
  const { url, status, headers } = answer;
  const [text, remedy] = explain(status, headers['x-amz-bucket-region']);
  const words = serversWords(answer);
  return new InvalidInputError(`${url} can't be read: ${text}${words === '' ? '' : ` (${words})`}.`, {
    remedy,
    fields: { url, status },
  });
}

function explain(status: number, region: string | undefined): readonly [text: string, remedy: string] {
  if (status === 401 || status === 403) {
    return [`the server doesn't allow it (${status})`, 'Only public data can be read by its address.'];
  }
  if (status === 404 || status === 410) return [`it isn't there (${status})`, 'Check the address.'];
  if (status === 200) {
    return [
      'the server sends all of the file where a part is asked for',
      'What is read in parts, as sharded data and TIFF, needs a server that answers Range requests.',
    ];
  }
  if (region !== undefined) {
    const example = `https://BUCKET.s3.${region}.amazonaws.com/…`;
    return [`the bucket is in the region ${region}`, `Give the address with the region: ${example}`];
  }
  return [`the server answers with status ${status}`, 'Check the address, and try again later.'];
}
