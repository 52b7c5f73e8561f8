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
  /** At how many addresses it was met. */
  readonly count: number;
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

  fail(topic: CheckTopic, url: string, message: string, remedy: string): void {
    this.add({ severity: 'failure', topic, url, message, remedy });
  }

  warn(topic: CheckTopic, url: string, message: string, remedy: string): void {
    this.add({ severity: 'warning', topic, url, message, remedy });
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
