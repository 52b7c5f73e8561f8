/** What a command needs from its surroundings. */
export interface CommandContext {
  /** The built entry of worker threads. */
  readonly workerFile: string;
  /** The folder of this program's built entries. */
  readonly programFolder: string;
  /** Aborted by Ctrl-C. */
  readonly signal: AbortSignal;
}
