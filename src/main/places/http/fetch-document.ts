import type { HttpAnswer } from '../../base/http-answer';
import { DECODED_ENCODINGS, decodedBody } from './answer-body';
import { HttpReader } from './http-reader';

/** Limit for the size of a volume's description; the largest have hundreds of scales. */
export const MOST_DOCUMENT_BYTES = 16 * 2 ** 20;
/** Fewer attempts than elsewhere, because a person is waiting. */
const ATTEMPTS = 4;

export interface DocumentRequest {
  readonly url: string;
  readonly authorization?: string;
}

/**
 * Reads one small file and closes the connection.
 * @returns the answer, whatever its status is, and its unpacked body
 */
export async function fetchDocument({
  url,
  authorization,
}: DocumentRequest): Promise<{ readonly answer: HttpAnswer; readonly bytes: Uint8Array }> {
  const reader = new HttpReader({ parallel: 1, attempts: ATTEMPTS, authorization });
  try {
    const headers = { 'accept-encoding': DECODED_ENCODINGS };
    const answer = await reader.ask({ url, headers, mostBytes: MOST_DOCUMENT_BYTES });
    return { answer, bytes: await decodedBody(answer, MOST_DOCUMENT_BYTES) };
  } finally {
    await reader.close();
  }
}
