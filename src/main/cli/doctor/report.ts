import { homedir } from 'node:os';

/** One fact about the machine, with a remedy if it is a problem. */
export interface Finding {
  readonly name: string;
  readonly value: string;
  /** `note` is worth knowing; with a `problem`, something will not work. */
  readonly state: 'ok' | 'note' | 'problem';
  readonly remedy?: string;
}

export interface Section {
  readonly title: string;
  readonly findings: readonly Finding[];
}

export interface DoctorReport {
  readonly ok: boolean;
  readonly sections: readonly Section[];
}

export function ok(name: string, value: string): Finding {
  return { name, value, state: 'ok' };
}

export function note(name: string, value: string, remedy?: string): Finding {
  return { name, value, state: 'note', ...(remedy === undefined ? {} : { remedy }) };
}

export function problem(name: string, value: string, remedy: string): Finding {
  return { name, value, state: 'problem', remedy };
}

/**
 * Makes the report of all sections. The path of the home folder, which contains the user's name, is replaced by `~`.
 */
export function makeReport(sections: readonly Section[]): DoctorReport {
  const hide = (text: string) => text.replaceAll(homedir(), '~');
  const shown = sections.map(({ title, findings }) => ({
    title,
    findings: findings.map((finding) => ({ ...finding, value: hide(finding.value) })),
  }));
  const all = shown.flatMap(({ findings }) => findings);
  return { ok: !all.some(({ state }) => state === 'problem'), sections: shown };
}

const MARKS = { ok: '  ', note: '! ', problem: 'X ' } as const;
const NAME_WIDTH = 22;

/** Formats the report as text that can be pasted. */
export function describeReport({ ok: isFine, sections }: DoctorReport): string {
  const lines = sections.flatMap(({ title, findings }) => [
    title,
    ...findings.flatMap(({ name, value, state, remedy }) => [
      `${MARKS[state]}${name.padEnd(NAME_WIDTH)} ${value}`,
      ...(remedy === undefined ? [] : [`  ${' '.repeat(NAME_WIDTH)} ${remedy}`]),
    ]),
    '',
  ]);
  const hasNotes = sections.some(({ findings }) => findings.some(({ state }) => state === 'note'));
  const end = !isFine
    ? 'Lines marked X are problems; the line below each says what to do.'
    : hasNotes
      ? 'No problems found. Lines marked ! are worth knowing.'
      : 'No problems found.';
  return [...lines, end].join('\n');
}
