import type { OwnWay } from '../../shared/api/publish-types';

/** The subject of a finding. */
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

/** A problem: viewers fail because of it (failure), or it could be better (warning). */
export interface Finding {
  readonly severity: 'failure' | 'warning';
  readonly topic: CheckTopic;
  /** The first address with this problem. */
  readonly url: string;
  readonly message: string;
  readonly remedy: string;
  /** Ways in which this program can solve it. */
  readonly ways?: readonly OwnWay[];
  /** Number of addresses with this problem. */
  readonly count: number;
}

/** What the user can do about a finding, and how this program can help. */
export type Advice = Pick<Finding, 'remedy' | 'ways'>;

function adviceOf(advice: string | Advice): Advice {
  return typeof advice === 'string' ? { remedy: advice } : advice;
}

export type NewFinding = Omit<Finding, 'count'>;

/** Collects findings. The same problem at many addresses is reported once, with a count. */
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

  /** Returns all findings, failures first. */
  list(): Finding[] {
    const all = [...this.byKey.values()];
    return [
      ...all.filter(({ severity }) => severity === 'failure'),
      ...all.filter(({ severity }) => severity === 'warning'),
    ];
  }
}
