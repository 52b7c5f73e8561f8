#!/usr/bin/env node
import { join } from 'node:path';
import { Command, CommanderError } from 'commander';
import { version } from '../../../package.json';
import type { CommandContext } from './command-context';
import { reportError } from './report-error';

const PROGRAM_FOLDER = import.meta.dirname;
/** The built entry of worker threads, beside this one. */
const WORKER_FILE = join(PROGRAM_FOLDER, 'worker.js');

type DefineCommand = (command: Command, context: CommandContext) => void;

interface CommandEntry {
  readonly summary: string;
  /** Loaded when it is called, so that each command starts as fast as it can. */
  readonly load: () => Promise<{ readonly define: DefineCommand }>;
}

const COMMANDS: Readonly<Record<string, CommandEntry>> = {
  app: { summary: 'open the app', load: () => import('./commands/app') },
  convert: { summary: 'turn a volume into a Neuroglancer dataset', load: () => import('./commands/convert') },
  mesh: { summary: 'make or remake the meshes of a dataset', load: () => import('./commands/mesh') },
  sample: {
    summary: 'make a stack of TIFF slices to try things with',
    load: () => import('./commands/sample'),
  },
  info: { summary: 'tell what a dataset or an input holds', load: () => import('./commands/info') },
  verify: { summary: 'check every chunk of a dataset', load: () => import('./commands/verify') },
  serve: { summary: 'serve a folder to viewers', load: () => import('./commands/serve') },
  publish: {
    summary: 'upload a dataset to S3, to a host by SSH or to a folder, check it and make a link',
    load: () => import('./commands/publish'),
  },
  check: {
    summary: 'look at a published dataset from outside, as a viewer does',
    load: () => import('./commands/check'),
  },
  link: { summary: 'make a Neuroglancer link to a published dataset', load: () => import('./commands/link') },
  demo: { summary: 'sample, convert, verify and show, in one go', load: () => import('./commands/demo') },
};

async function main(argv: readonly string[]): Promise<number> {
  const interrupted = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.on(signal, () => {
      if (interrupted.signal.aborted) process.exit(130);
      interrupted.abort();
    });
  }
  const program = await buildProgram(argv, {
    workerFile: WORKER_FILE,
    programFolder: PROGRAM_FOLDER,
    signal: interrupted.signal,
  });
  try {
    await program.parseAsync([...argv], { from: 'user' });
    return Number(process.exitCode ?? 0);
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
    return reportError(error);
  }
}

async function buildProgram(argv: readonly string[], context: CommandContext): Promise<Command> {
  const program = new Command('precomputed-studio')
    .description('Turns volumes of labels and images into Neuroglancer precomputed datasets.')
    .version(version)
    .showHelpAfterError('(add --help for the options)')
    .exitOverride();
  const called = argv.find((argument) => !argument.startsWith('-'));
  for (const [name, { summary, load }] of Object.entries(COMMANDS)) {
    const command = program.command(name).summary(summary).description(summary).exitOverride();
    if (name === called) (await load()).define(command, context);
  }
  return program;
}

process.exitCode = await main(process.argv.slice(2));
