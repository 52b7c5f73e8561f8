import { execFile } from 'node:child_process';
import { constants } from 'node:fs';
import { access } from 'node:fs/promises';
import { delimiter, isAbsolute, join } from 'node:path';
import { promisify } from 'node:util';
import { note, ok, type Finding, type Section } from './report';

const ANSWER_MS = 10_000;

/** Programs of the system that are used if they are installed. */
const OPTIONAL_PROGRAMS = [
  { program: 'ssh', parameter: '-V', use: 'Uploads over SSH respect ~/.ssh/config only if it is installed.' },
] as const;

export async function programsSection(): Promise<Section> {
  return {
    title: 'Optional programs',
    findings: await Promise.all(OPTIONAL_PROGRAMS.map(programFinding)),
  };
}

async function programFinding({
  program,
  parameter,
  use,
}: (typeof OPTIONAL_PROGRAMS)[number]): Promise<Finding> {
  const path = await findProgram(program);
  return path === undefined
    ? note(program, 'not installed', use)
    : ok(program, await versionOf(path, parameter));
}

/**
 * Returns the path of a program: the argument itself if it is absolute, otherwise the first match in PATH; undefined
 * if there is none.
 */
export async function findProgram(program: string): Promise<string | undefined> {
  const suffix = process.platform === 'win32' && !isAbsolute(program) ? '.exe' : '';
  const folders = isAbsolute(program) ? [''] : (process.env['PATH'] ?? '').split(delimiter);
  for (const folder of folders) {
    const path = folder === '' ? program : join(folder, program + suffix);
    if (!isAbsolute(path)) continue;
    const isThere = await access(path, constants.X_OK).then(
      () => true,
      () => false,
    );
    if (isThere) return path;
  }
  return undefined;
}

/** Returns the first line that a program prints about its version. */
export async function versionOf(path: string, parameter = '--version'): Promise<string> {
  try {
    const { stdout, stderr } = await promisify(execFile)(path, [parameter], { timeout: ANSWER_MS });
    return (stdout || stderr).trim().split('\n')[0] ?? '';
  } catch {
    return `${path} (its version is unknown)`;
  }
}
