import { shellWord } from '../../base/run-script';
import type { ShareOut } from './share-out';

/** The data for a scheduler's script. */
export interface ScriptRequest {
  /** The folder of the dataset. All machines see it under this path. */
  readonly output: string;
  readonly shareOut: ShareOut;
  /** The input files and folders. All machines see them under these paths. */
  readonly inputs: readonly string[];
  /** The paths of Node and of the built command line, on all machines; undefined if the program is installed there. */
  readonly program: { readonly node: string; readonly cli: string } | undefined;
}

/** Returns the beginning of a command for a shell. */
export function commandOf(program: ScriptRequest['program']): string {
  return program === undefined
    ? 'precomputed-studio'
    : `${shellWord(program.node)} ${shellWord(program.cli)}`;
}

const MiB = 2 ** 20;
/** Memory beyond the job's own limit, for what the system counts in addition, such as files that were just read. */
const SPARE_MIB = 512;

/** The memory that a scheduler has to give to a process. */
export function memoryMiBOf({ memoryBytes }: ShareOut): number {
  return Math.ceil(memoryBytes / MiB) + SPARE_MIB;
}
