import { objectUrl } from './address';
import { checkCors, explainStatus } from './answer-rules';
import type { CheckContext } from './check-context';
import { askFollowing } from './follow';

/**
 * Reads a part of a file as viewers read shards and mesh fragments. Undefined where there is no such file
 * or the viewer would not get the part, with the reason told.
 * @param lengthBytes at least 1
 */
export async function readRange(
  { base, prober, findings }: CheckContext,
  key: string,
  offsetBytes: number,
  lengthBytes: number,
): Promise<Buffer | undefined> {
  const url = objectUrl(base, key);
  const asked = `bytes=${offsetBytes}-${offsetBytes + lengthBytes - 1}`;
  const answer = await askFollowing(prober, { url, headers: { Range: asked } }, findings);
  if (answer === undefined || answer.status === 404) return undefined;
  if (answer.status !== 200) checkCors(answer, prober.origin, findings);
  const { status, headers, body } = answer;
  const encoding = headers['content-encoding'];
  if (encoding !== undefined && encoding !== 'identity') {
    findings.fail(
      'range',
      url,
      `A file that is read by parts is sent with Content-Encoding ${encoding}: parts of it can't be decoded.`,
      'Store shards and mesh fragments as they are, without Content-Encoding, and switch compression on the fly off for them.',
    );
    return undefined;
  }
  if (status === 200) {
    findings.fail(
      'range',
      url,
      'The server ignores Range requests and sends the whole file, of which viewers want a few bytes.',
      'Use a server that answers Range requests (nginx and S3 do; `python -m http.server` does not).',
    );
    return undefined;
  }
  if (status !== 206) {
    const [text, remedy] = explainStatus(answer);
    findings.fail('range', url, `A part of ${key} can't be read: ${text}.`, remedy);
    return undefined;
  }
  const range = /^bytes (\d+)-(\d+)\/(\d+|\*)$/.exec(headers['content-range'] ?? '');
  if (range === null || Number(range[1]) !== offsetBytes || body.length > lengthBytes) {
    const message = `Asked for ${asked}, the server sends '${headers['content-range'] ?? 'no Content-Range'}' and ${body.length} bytes.`;
    findings.fail('range', url, message, 'Look for a proxy or cache between that rewrites Range requests.');
    return undefined;
  }
  return body;
}
