import type { SFTPWrapper } from 'ssh2';
import type { IoError } from '../../../shared/base/errors';
import { brokenOff } from './ssh-errors';

type Done<T> = (error: Error | null | undefined, value?: T) => void;

/** A channel for files. ssh2 never answers calls on a closed channel; here they fail, pending ones included. */
export class SftpChannel {
  private readonly waiting = new Set<(error: Error) => void>();
  private closed: IoError | undefined;

  constructor(
    readonly sftp: SFTPWrapper,
    private readonly where: string,
  ) {
    for (const event of ['close', 'end', 'error'] as const) sftp.on(event, this.close);
  }

  /** Turns a call with a callback into a promise, which also rejects if the connection breaks before the callback. */
  call<T>(start: (sftp: SFTPWrapper, done: Done<T>) => void): Promise<T> {
    return new Promise((resolve, reject) => {
      if (this.closed !== undefined) {
        reject(this.closed);
        return;
      }
      this.waiting.add(reject);
      try {
        start(this.sftp, (error, value) => {
          this.waiting.delete(reject);
          if (error) reject(error);
          else resolve(value as T);
        });
      } catch (error) {
        // ssh2 throws if the server hasn't announced the extension.
        this.waiting.delete(reject);
        throw error;
      }
    });
  }

  /** Fails all calls. Must also be called when the connection is lost. */
  readonly close = (): void => {
    this.closed ??= brokenOff(this.where);
    for (const reject of this.waiting) reject(this.closed);
    this.waiting.clear();
  };
}
