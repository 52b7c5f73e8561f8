import { objectUrl } from '../base/web-address';
import { checkCors } from './answer-rules';
import type { CheckContext } from './check-context';
import { askFollowing } from './follow';

/** Checks HEAD requests, with which viewers ask for sizes. If a server lacks HEAD (405, 501), they request a range. */
export async function checkHead({ base, prober, findings }: CheckContext): Promise<void> {
  const url = objectUrl(base, 'info');
  const answer = await askFollowing(prober, { url, method: 'HEAD' }, findings);
  if (answer === undefined) return;
  if (answer.status === 200) {
    checkCors(answer, prober.origin, findings);
  } else if (answer.status === 405 || answer.status === 501) {
    const message = `HEAD requests aren't answered (status ${answer.status}).`;
    findings.warn('head', url, message, 'Allow the method HEAD along with GET.');
  } else {
    const message = `HEAD is answered with status ${answer.status}, though GET is answered with 200: tools that use HEAD think that it is missing.`;
    findings.warn('head', url, message, 'Allow HEAD along with GET (S3: AllowedMethods of the CORS rule).');
  }
}

/**
 * Checks the OPTIONS request (preflight) that browsers send before a request with a header that isn't on the list of
 * safe ones. `Range` is on that list only in newer browsers.
 * @param ranges whether the dataset has files that are read by range
 */
export async function checkPreflight(
  { base, prober, findings }: CheckContext,
  ranges: boolean,
): Promise<void> {
  const url = objectUrl(base, 'info');
  const answer = await prober.ask({
    url,
    method: 'OPTIONS',
    headers: { 'Access-Control-Request-Method': 'GET', 'Access-Control-Request-Headers': 'range' },
  });
  const problem = preflightProblem(answer.status, answer.headers, prober.origin);
  if (problem === undefined) return;
  const consequence = ranges
    ? 'Older browsers will not show shards or meshes'
    : 'This dataset can be read, but older browsers would not show one with shards or meshes';
  findings.warn(
    'preflight',
    url,
    `${consequence}: the server must answer OPTIONS requests (${problem}).`,
    'Answer OPTIONS with 204 and Access-Control-Allow-Origin, -Methods: GET, HEAD and -Headers: Range (S3: AllowedHeaders ["*"]).',
  );
}

function preflightProblem(
  status: number,
  headers: Readonly<Record<string, string>>,
  origin: string,
): string | undefined {
  if (status < 200 || status > 299) return `status ${status}`;
  const allowed = headers['access-control-allow-origin'];
  if (allowed !== '*' && allowed !== origin) return 'Access-Control-Allow-Origin is missing or names another';
  const names = (headers['access-control-allow-headers'] ?? '')
    .toLowerCase()
    .split(',')
    .map((name) => name.trim());
  return names.includes('*') || names.includes('range')
    ? undefined
    : 'Access-Control-Allow-Headers does not name Range';
}
