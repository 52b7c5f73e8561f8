import { objectUrl } from '../../base/web-address';
import { isMissingObject, isWebPage } from '../../base/http-answer';
import { checkCors, decodeBody, explainStatus } from './answer-rules';
import type { CheckTopic, Findings } from './findings';
import { askFollowing } from './follow';
import type { ProbeAnswer, Prober } from './probe';

export interface CheckRequest {
  /** Where the dataset is published, as people paste it: see {@link datasetAddress}. */
  readonly url: string;
  /** Address of the viewer whose pages are to read it. */
  readonly viewer?: string;
  /** Every chunk and every mesh, and not a sample. */
  readonly all?: boolean;
  /** Which objects there must be, where that is known; else a missing chunk may be an empty one. */
  readonly isPublished?: (key: string) => boolean | Promise<boolean>;
  readonly signal: AbortSignal;
  /** Called as chunks are looked at. */
  readonly onProgress?: (done: number, total: number) => void;
}

/** What all parts of a check share. */
export interface CheckContext {
  readonly base: string;
  readonly prober: Prober;
  readonly findings: Findings;
  readonly request: CheckRequest;
  /** Whether what isn't there is answered by 403, as by stores whose objects may not be listed. */
  absentIsForbidden?: boolean;
  /** Something that has to be there isn't. */
  lacks?: boolean;
}

/** True for what isn't there, as viewers take it: a 403 counts where it is the answer to a name that nobody has. */
export function isAbsent({ absentIsForbidden }: CheckContext, answer: ProbeAnswer): boolean {
  return isMissingObject(answer) || (answer.status === 403 && absentIsForbidden === true);
}

/**
 * A JSON object of the dataset; undefined where it can't be read, with the reason told. One that only CORS keeps
 * from the viewer is read all the same, so that all that is wrong is told at once.
 */
export async function readJson(context: CheckContext, key: string, topic: CheckTopic): Promise<unknown> {
  const { base, prober, findings } = context;
  const url = objectUrl(base, key);
  const answer = await askFollowing(prober, { url }, findings);
  if (answer === undefined) return undefined;
  checkCors(answer, prober.origin, findings);
  if (answer.status !== 200) {
    if (isAbsent(context, answer)) context.lacks = true;
    const [text, remedy] = explainStatus(answer);
    findings.fail(topic, url, `${key} can't be read: ${text}.`, remedy);
    return undefined;
  }
  const body = decodeBody(answer, findings);
  if (body === undefined) return undefined;
  try {
    return JSON.parse(body.toString('utf8')) as unknown;
  } catch {
    const page = isWebPage(body);
    findings.fail(
      topic,
      url,
      page ? `The server sends a web page instead of ${key}.` : `${key} isn't JSON.`,
      page
        ? 'Check the address; the server may send its start page for whatever is not there.'
        : 'Upload it again.',
    );
    return undefined;
  }
}
