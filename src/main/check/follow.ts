import { isLoopbackUrl } from '../../shared/base/loopback-url';
import { checkCors } from './answer-rules';
import type { Findings } from './findings';
import type { ProbeAnswer, ProbeRequest, Prober } from './probe';

const MOST_REDIRECTS = 5;

/**
 * Sends a request as a browser does, and follows redirects. Each redirect must also pass the CORS check. Returns
 * undefined if the chain breaks. Problems go to `findings`.
 */
export async function askFollowing(
  prober: Prober,
  request: ProbeRequest,
  findings: Findings,
): Promise<ProbeAnswer | undefined> {
  let url = request.url;
  for (let i = 0; i <= MOST_REDIRECTS; i++) {
    const answer = await prober.ask({ ...request, url });
    if (answer.status < 300 || answer.status >= 400 || answer.status === 304) return answer;
    const location = answer.headers['location'];
    const region = answer.headers['x-amz-bucket-region'];
    const next = location === undefined ? undefined : new URL(location, url).href;
    if (region !== undefined) {
      findings.fail(
        'redirect',
        url,
        `This bucket is in the region ${region}, and the address is of another region or of none.`,
        `Use an address with the region, such as https://BUCKET.s3.${region}.amazonaws.com/….`,
      );
      return undefined;
    }
    if (next === undefined) {
      const message = `Status ${answer.status}, a redirect, but without saying where to.`;
      findings.fail('redirect', url, message, 'Correct the redirect in the configuration of the web server.');
      return undefined;
    }
    if (url.startsWith('https:') && next.startsWith('http:') && !isLoopbackUrl(next)) {
      const message = 'Redirected from https to http, which browsers block on pages of https.';
      findings.fail(
        'redirect',
        url,
        message,
        'Redirect to https, or serve the data at the requested address.',
      );
      return undefined;
    }
    const allowed = checkCors(answer, prober.origin, findings);
    const message = `Answered by a redirect (${answer.status}): each access takes two requests.`;
    findings.warn('redirect', url, message, `Use the address that it leads to: ${baseOf(next, request.url)}`);
    if (!allowed) return undefined;
    url = next;
  }
  findings.fail(
    'redirect',
    request.url,
    'Redirected again and again.',
    'Correct the redirects in the configuration of the web server.',
  );
  return undefined;
}

/** Returns the folder that a redirect leads to: its address without the file name, if both addresses end with it. */
function baseOf(next: string, asked: string): string {
  const name = asked.slice(asked.lastIndexOf('/'));
  return next.endsWith(name) ? next.slice(0, -name.length) : next;
}
