import { objectUrl } from '../base/web-address';
import { isMissingObject, isWebPage } from '../base/http-answer';
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

interface Reading {
  readonly topic: CheckTopic;
  /** The object in messages, such as "A mesh". */
  readonly what: string;
  /** Limit for the unzipped size. */
  readonly mostBytes?: number;
  /** Whether it is a failure that the object is missing. */
  readonly isRequired?: boolean;
}

/** Reads an object as the viewer does. One that only CORS hides is still read, so that a check reports all problems. */
export async function readObject(
  context: CheckContext,
  key: string,
  { topic, what, mostBytes, isRequired = false }: Reading,
): Promise<ObjectAnswer> {
  const { base, prober, findings } = context;
  const url = objectUrl(base, key);
  const answer = await askFollowing(prober, { url }, findings);
  if (answer === undefined) return 'refused';
  if (isAbsent(context, answer)) {
    if (!isRequired) return 'missing';
    context.lacks = true;
  }
  if (answer.status === 200) {
    checkCors(answer, prober.origin, findings);
    return (await decodeBody(answer, findings, mostBytes)) ?? 'refused';
  }
  const [text, remedy] = explainStatus(answer);
  findings.fail(topic, url, `${what} can't be read: ${text}.`, remedy);
  return 'refused';
}

/** Reads a JSON object of the dataset. Returns undefined if it can't be read, and adds the reason to the findings. */
export async function readJson(context: CheckContext, key: string, topic: CheckTopic): Promise<unknown> {
  const { base, findings } = context;
  const body = await readObject(context, key, { topic, what: key, isRequired: true });
  if (typeof body === 'string') return undefined;
  try {
    return JSON.parse(body.toString('utf8')) as unknown;
  } catch {
    const [message, remedy] = isWebPage(body)
      ? [
          `The server sends a web page instead of ${key}.`,
          'Check the address; the server may send its start page for whatever is not there.',
        ]
      : [`${key} isn't JSON.`, 'Upload it again.'];
    findings.fail(topic, objectUrl(base, key), message, remedy);
    return undefined;
  }
}
