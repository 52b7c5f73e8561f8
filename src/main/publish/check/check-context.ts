import { objectUrl } from '../../base/web-address';
import { isMissingObject, isWebPage } from '../../base/http-answer';
import { checkCors, decodeBody, explainStatus } from './answer-rules';
import type { CheckTopic, Findings } from './findings';
import { askFollowing } from './follow';
import type { ProbeAnswer, Prober } from './probe';

export interface CheckRequest {
  /** Address of the dataset in any form that {@link datasetAddress} accepts. */
  readonly url: string;
  /** Address of the viewer that must be able to read it. */
  readonly viewer?: string;
  /** Checks every chunk and every mesh, not only a sample. */
  readonly all?: boolean;
  /** Reports whether an object must exist, if that is known. Without it, a missing chunk may be an empty one. */
  readonly isPublished?: (key: string) => boolean | Promise<boolean>;
  readonly signal: AbortSignal;
  /** Called after each chunk of a scale. */
  readonly onProgress?: (done: number, total: number) => void;
}

/** The state that all parts of a check share. */
export interface CheckContext {
  readonly base: string;
  readonly prober: Prober;
  readonly findings: Findings;
  readonly request: CheckRequest;
  /** True if the server answers 403 for missing objects, as stores do that don't allow listing. */
  absentIsForbidden?: boolean;
  /** True if a required object is missing. */
  lacks?: boolean;
}

/**
 * Reports whether a viewer takes an answer to mean that the object is missing. A 403 counts if the server also answers
 * 403 for a name that nobody uses.
 */
export function isAbsent({ absentIsForbidden }: CheckContext, answer: ProbeAnswer): boolean {
  return isMissingObject(answer) || (answer.status === 403 && absentIsForbidden === true);
}

/** missing: there is no such object; refused: the viewer would not get it, and the findings say why. */
export type ObjectAnswer = Buffer | 'missing' | 'refused';

/**
 * Reads an object as the viewer does.
 * @param what the object in messages, such as "A mesh"
 * @param mostBytes limit for the unzipped size
 */
export async function readObject(
  context: CheckContext,
  key: string,
  {
    topic,
    what,
    mostBytes,
  }: { readonly topic: CheckTopic; readonly what: string; readonly mostBytes?: number },
): Promise<ObjectAnswer> {
  const { base, prober, findings } = context;
  const url = objectUrl(base, key);
  const answer = await askFollowing(prober, { url }, findings);
  if (answer === undefined) return 'refused';
  if (isAbsent(context, answer)) return 'missing';
  checkCors(answer, prober.origin, findings);
  if (answer.status === 200) return decodeBody(answer, findings, mostBytes) ?? 'refused';
  const [text, remedy] = explainStatus(answer);
  findings.fail(topic, url, `${what} can't be read: ${text}.`, remedy);
  return 'refused';
}

/**
 * Reads a JSON object of the dataset. Returns undefined if it can't be read, and adds the reason to the findings. An
 * object that only CORS hides from the viewer is still read, so that one check reports all problems.
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
