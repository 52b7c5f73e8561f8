import { spawn } from 'node:child_process';
import { fileError } from '../base/file-error';
import type { PublishTarget } from './publish-target';

export interface CommandResult {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a script of `sh` on the machine that a target is on. */
export type RunScript = (script: string) => Promise<CommandResult>;

/** A target on a machine that runs commands for us: this one, or a host by SSH. */
export interface HostTarget extends PublishTarget {
  readonly runScript: RunScript;
}

export function isHost(target: PublishTarget): target is HostTarget {
  return 'runScript' in target;
}

export function runLocalScript(script: string): Promise<CommandResult> {
  return new Promise((resolve, reject) => {
    const child = spawn('sh', ['-s'], { stdio: 'pipe' });
    let stdout = '';
    let stderr = '';
    child.stdout.on('data', (part: Buffer) => (stdout += part.toString()));
    child.stderr.on('data', (part: Buffer) => (stderr += part.toString()));
    child.on('error', (error) => reject(fileError('run', 'sh', error)));
    child.on('close', (code) => resolve({ code: code ?? 1, stdout, stderr }));
    child.stdin.on('error', () => undefined);
    child.stdin.end(script);
  });
}

/** A word of a script, whatever characters it has. */
export function shellWord(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}
