import { createInterface } from 'node:readline/promises';
import { Writable } from 'node:stream';

/**
 * Asks a question and returns the answer, or undefined without a terminal. The typed text is hidden unless `shown`.
 */
export async function askSecret(question: string, shown = false): Promise<string | undefined> {
  if (!process.stdin.isTTY) return undefined;
  process.stderr.write(question);
  // Discards the text that readline echoes.
  const nowhere = new Writable({ write: (_chunk, _encoding, done) => done() });
  const output = shown ? process.stderr : nowhere;
  const lines = createInterface({ input: process.stdin, output, terminal: true });
  try {
    return await lines.question('');
  } finally {
    lines.close();
    process.stderr.write('\n');
  }
}

/** Asks a yes-or-no question. Returns true if the user says yes, and false without a terminal. */
export async function askConsent(question: string): Promise<boolean> {
  if (!process.stdin.isTTY) return false;
  const lines = createInterface({ input: process.stdin, output: process.stderr });
  try {
    return /^y(es)?$/i.test((await lines.question(`${question} [y/N] `)).trim());
  } finally {
    lines.close();
  }
}
