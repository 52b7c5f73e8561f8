import { objectUrl } from '../base/web-address';
import { checkCors, explainStatus } from './answer-rules';
import { isAbsent, type CheckContext } from './check-context';
import { askFollowing } from './follow';

/** missing: there is no such file; refused: the viewer would not get the right bytes, and the findings say why. */
export type RangeAnswer = Buffer | 'missing' | 'refused';

/**
 * Reads a part of a file as viewers read shards and mesh fragments. It is shorter only at the end of the file.
 * @param lengthBytes at least 1
 */
export async function readRange(
  context: CheckContext,
  key: string,
  offsetBytes: number,
  lengthBytes: number,
): Promise<RangeAnswer> {
  const { base, prober, findings } = context;
  const url = objectUrl(base, key);
  const asked = `bytes=${offsetBytes}-${offsetBytes + lengthBytes - 1}`;
  // Browsers ask for ranges without encoding (Fetch standard, "HTTP-network-or-cache fetch").
  const identity = { Range: asked, 'Accept-Encoding': 'identity' };
  const answer = await askFollowing(prober, { url, headers: identity }, findings);
  if (answer === undefined) return 'refused';
  if (isAbsent(context, answer)) return 'missing';
  await checkEncodedRange(context, url, asked);
  if (answer.status === 206) checkCors(answer, prober.origin, findings);
  const { status, headers, body } = answer;
  const encoding = headers['content-encoding'];
  if (encoding !== undefined && encoding !== 'identity') {
    findings.fail(
      'range',
      url,
      `A file that is read by parts is sent with Content-Encoding ${encoding}: parts of it can't be decoded.`,
      'Store shards and mesh fragments as they are, without Content-Encoding, and switch off compression on the fly for them.',
    );
    return 'refused';
  }
  if (status === 200) {
    findings.fail(
      'range',
      url,
      'The server ignores Range requests and sends the whole file, while viewers want a few bytes.',
      'Use a server that answers Range requests (nginx and S3 do; `python -m http.server` does not).',
    );
    return 'refused';
  }
  if (status !== 206) {
    const [text, remedy] = explainStatus(answer);
    findings.fail('range', url, `A part of ${key} can't be read: ${text}.`, remedy);
    return 'refused';
  }
  const range = /^bytes (\d+)-(\d+)\/(\d+|\*)$/.exec(headers['content-range'] ?? '');
  if (range === null || Number(range[1]) !== offsetBytes || body.length > lengthBytes) {
    const message = `Asked for ${asked}, the server sends '${headers['content-range'] ?? 'no Content-Range'}' and ${body.length} bytes.`;
    findings.fail('range', url, message, 'Look for a proxy or cache that rewrites Range requests.');
    return 'refused';
  }
  return body;
}

/** The checks that have already made this request; one file of each dataset is enough. */
const asked = new WeakSet<CheckContext>();

/** Checks ranges with gzip accepted, as readers other than browsers request them. */
async function checkEncodedRange(context: CheckContext, url: string, range: string): Promise<void> {
  if (asked.has(context)) return;
  asked.add(context);
  const { headers, status } = await context.prober.ask({ url, headers: { Range: range } });
  const encoding = headers['content-encoding'];
  if (status === 206 ? encoding === undefined || encoding === 'identity' : status !== 200) return;
  context.findings.warn(
    'range',
    url,
    `Readers that request a part and accept gzip get ${status === 206 ? `it with Content-Encoding ${encoding}` : 'the whole file'}. Browsers do not do so, but Python libraries do.`,
    'Switch compression off for shards and mesh fragments (nginx: `gzip off;`).',
  );
}
