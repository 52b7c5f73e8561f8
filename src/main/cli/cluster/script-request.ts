import type { ShareOut } from '../../engine/cluster/share-out';

/** What a script for a scheduler is made from. */
export interface ScriptRequest {
  /** The folder of the dataset, which all machines see under this path. */
  readonly output: string;
  readonly shareOut: ShareOut;
  /** Files and folders that are read, which all machines see under these paths. */
  readonly inputs: readonly string[];
  /** Node and the built command line, on all machines. */
  readonly node: string;
  readonly cli: string;
}

const MiB = 2 ** 20;
/** Beyond what the job may use by its own reckoning: what the system counts besides, such as files that were just read. */
const SPARE_MIB = 512;

/** What a scheduler has to give a process. */
export function memoryMiBOf({ memoryBytes }: ShareOut): number {
  return Math.ceil(memoryBytes / MiB) + SPARE_MIB;
}
