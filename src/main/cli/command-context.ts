import type { Command } from 'commander';

/** The environment of a command. */
export interface CommandContext {
  /** The built entry of worker threads. */
  readonly workerFile: string;
  /** The folder of this program's built entries. */
  readonly programFolder: string;
  /** Aborted by Ctrl-C. */
  readonly signal: AbortSignal;
  /** Defines all commands with their options, for output that is generated from them. */
  readonly describeProgram: () => Promise<ProgramDescription>;
}

/** The whole command line as data. */
export interface ProgramDescription {
  readonly program: Command;
  /** One example for each command, without the name of the program. */
  readonly examples: readonly string[];
}
