#!/usr/bin/env node
import { join } from 'node:path';
import { CommanderError } from 'commander';
import type { CommandContext } from './command-context';
import { COMMANDS } from './commands';
import { isNodeTooOld, NEEDED_NODE } from './needed-node';
import { buildProgram } from './program';
import { reportError } from './report-error';

// This comes before anything that older versions lack, which would end in a stack trace.
if (isNodeTooOld(process.versions.node)) {
  console.error(`Error: Node ${process.versions.node} is too old for Precomputed Studio.`);
  console.error(`Install Node ${NEEDED_NODE} or newer from https://nodejs.org.`);
  process.exit(1);
}

const PROGRAM_FOLDER = import.meta.dirname;
/** The built entry of worker threads, next to this file. */
const WORKER_FILE = join(PROGRAM_FOLDER, 'worker.js');

async function main(argv: readonly string[]): Promise<number> {
  const interrupted = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.on(signal, () => {
      if (interrupted.signal.aborted) process.exit(130);
      interrupted.abort();
    });
  }
  // The program that reads the output has ended, as `head` does early. A job stops as by Ctrl-C, so it can be resumed.
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error;
    interrupted.abort();
  });
  const context: CommandContext = {
    workerFile: WORKER_FILE,
    programFolder: PROGRAM_FOLDER,
    signal: interrupted.signal,
    describeProgram: async () => ({
      program: await buildProgram(context, () => true),
      examples: COMMANDS.map(({ name, example }) => `${name} ${example}`),
    }),
  };
  const called = calledCommand(argv);
  const program = await buildProgram(context, (name) => name === called, argv);
  try {
    await program.parseAsync(commandOfHelp(argv), { from: 'user' });
    return Number(process.exitCode ?? 0);
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
    return reportError(error);
  }
}

/** Returns the name of the command whose definition is needed; for `help convert` that is `convert`. */
function calledCommand(argv: readonly string[]): string | undefined {
  const [first, second] = argv.filter((argument) => !argument.startsWith('-'));
  return first === 'help' ? second : first;
}

/** Commander shows the help of the whole program for `help` with an unknown command; the command alone is refused. */
function commandOfHelp(argv: readonly string[]): string[] {
  const [first, name] = argv;
  const isUnknown =
    first === 'help' &&
    name !== undefined &&
    !name.startsWith('-') &&
    !['help', ...COMMANDS.map((each) => each.name)].includes(name);
  return isUnknown ? [name] : [...argv];
}

process.exitCode = await main(process.argv.slice(2));
