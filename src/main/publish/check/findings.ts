import type { OwnWay } from '../../../shared/api/publish-types';

/** What was looked at. */
export type CheckTopic =
  | 'address'
  | 'info'
  | 'redirect'
  | 'cors'
  | 'preflight'
  | 'head'
  | 'encoding'
  | 'range'
  | 'missing'
  | 'chunks'
  | 'mesh'
  | 'properties';

/** One thing that is wrong (viewers fail) or could be better. */
export interface Finding {
  readonly severity: 'failure' | 'warning';
  readonly topic: CheckTopic;
  /** The first address at which it was met. */
  readonly url: string;
  readonly message: string;
  readonly remedy: string;
  /** What this program can do about it. */
  readonly ways?: readonly OwnWay[];
  /** At how many addresses it was met. */
  readonly count: number;
}

/** What to do about a finding, and what this program can do about it. */
export type Advice = Pick<Finding, 'remedy' | 'ways'>;

function adviceOf(advice: string | Advice): Advice {
  return typeof advice === 'string' ? { remedy: advice } : advice;
}

export type NewFinding = Omit<Finding, 'count'>;

/** Gathers findings: the same thing met at many addresses is told once, with how often. */
export class Findings {
  private readonly byKey = new Map<string, Finding>();

  add(finding: NewFinding): void {
    const { severity, topic, message } = finding;
    const key = `${severity} ${topic} ${message}`;
    const known = this.byKey.get(key);
    this.byKey.set(
      key,
      known === undefined ? { ...finding, count: 1 } : { ...known, count: known.count + 1 },
    );
  }

  fail(topic: CheckTopic, url: string, message: string, advice: string | Advice): void {
    this.add({ severity: 'failure', topic, url, message, ...adviceOf(advice) });
  }

  warn(topic: CheckTopic, url: string, message: string, advice: string | Advice): void {
    this.add({ severity: 'warning', topic, url, message, ...adviceOf(advice) });
  }

  /** Failures first. */
  list(): Finding[] {
    const all = [...this.byKey.values()];
    return [
      ...all.filter(({ severity }) => severity === 'failure'),
      ...all.filter(({ severity }) => severity === 'warning'),
    ];
  }
}
