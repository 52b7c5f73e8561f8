/** What a command needs from its surroundings. */
export interface CommandContext {
  /** The built entry of worker threads. */
  readonly workerFile: string;
  /** Aborted by Ctrl-C. */
  readonly signal: AbortSignal;
}
