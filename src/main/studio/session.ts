import { cpus, homedir, hostname, totalmem } from 'node:os';
import { version } from '../../../package.json';
import type { PathChoice, Session } from '../../shared/api/contract-types';
import type { SecretCipher } from './secret-store';

/** The host in which the studio runs. */
export interface SessionSurroundings {
  readonly host: Session['host'];
  readonly desktop?: Desktop;
  /** The address at which the host serves Neuroglancer, absolute or relative to the page. */
  readonly viewerUrl?: string;
}

/** Abilities of a program on the user's own machine. Each is present if the host has it. */
export interface Desktop {
  /** Shows the system's dialog. Returns undefined if the user closed it. */
  readonly choosePath?: (choice: PathChoice) => Promise<string | undefined>;
  /** Shows a folder or file in the system's file manager. */
  readonly reveal?: (path: string) => Promise<void>;
  /** The system's keychain, if it protects its content. */
  readonly cipher?: SecretCipher;
  /** Puts the machine to sleep. */
  readonly sleep?: () => Promise<void>;
}

/** Describes the program, its machine and its host's abilities. */
export function describeSession({ host, viewerUrl, desktop }: SessionSurroundings): Session {
  return {
    version,
    host,
    machine: hostname(),
    home: homedir(),
    system: `${process.platform} ${process.arch}, Node ${process.versions.node}`,
    cores: cpus().length,
    memoryBytes: totalmem(),
    ...(viewerUrl === undefined ? {} : { viewerUrl: viewerUrl }),
    can: {
      choosePaths: desktop?.choosePath !== undefined,
      reveal: desktop?.reveal !== undefined,
      keepSecrets: desktop?.cipher !== undefined,
      sleep: desktop?.sleep !== undefined,
    },
  };
}
