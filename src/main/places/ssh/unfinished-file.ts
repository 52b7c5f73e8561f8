import { AdaptiveLimit } from '../../base/adaptive-limit';
import type { SftpChannel } from './sftp-channel';
import { isMissingFile } from './sftp-errors';

/** Number of pieces of one file that are sent or read at the same time, and the bytes of each. */
export const PIECES_AT_ONCE = 8;
export const PIECE_BYTES = 256 << 10;
/**
 * Every server accepts this much in one call (draft-ietf-secsh-filexfer-02, section 3). ssh2 splits larger writes
 * and waits between the parts.
 */
export const WHOLE_WRITE_BYTES = 30 << 10;
const WRITES_AT_ONCE = (PIECES_AT_ONCE * PIECE_BYTES) / WHOLE_WRITE_BYTES;

/** The file of an object that is being sent. Each attempt to send the object continues with it. */
export class UnfinishedFile {
  /** The number of bytes at the start that the host has confirmed. */
  private confirmed = 0;
  private mostConfirmed = 0;
  /** Where confirmed writes behind a gap end, by where they start. */
  private readonly behindGap = new Map<number, number>();
  private limit = new AdaptiveLimit(WRITES_AT_ONCE, WRITES_AT_ONCE, Number.POSITIVE_INFINITY);
  /** Whether an attempt has failed. */
  hasFailed = false;
  /** Why this attempt fails: writes that wait for their turn are not sent then. */
  private failure: unknown;
  private attempt = 0;

  /**
   * @param isFound whether the file may exist already, with the start of the same object in it
   * @param otherPath makes the path of another file
   */
  constructor(
    private givenPath: string,
    private readonly isFound: boolean,
    private readonly otherPath: () => string,
  ) {}

  get path(): string {
    return this.givenPath;
  }

  /** The largest number of bytes at the start that the host has confirmed in any attempt. */
  get arrived(): number {
    return this.mostConfirmed;
  }

  /** Returns the number of bytes at the start that need not be sent again. */
  async findStart(channel: SftpChannel): Promise<number> {
    if (this.confirmed === 0 && !this.isFound) return 0;
    const size = await sizeOf(channel, this.path);
    if (this.confirmed > 0 && this.confirmed <= size) return this.confirmed;
    // Any of the last pieces that an earlier process sent may lack bytes.
    const pieces = this.isFound ? Math.floor(size / PIECE_BYTES) - PIECES_AT_ONCE : 0;
    return Math.max(0, pieces) * PIECE_BYTES;
  }

  /**
   * Takes another file, and returns the path of the one before. A host may close that only later, and then write to it what
   * it has of an attempt whose connection broke, as rclone's does.
   */
  leave(): string {
    const { path } = this;
    this.givenPath = this.otherPath();
    return path;
  }

  /** Begins an attempt that writes from `start` on, one write after the other where it must be `inOrder`. */
  begin(start: number, inOrder: boolean): void {
    this.attempt++;
    this.confirmed = start;
    this.behindGap.clear();
    this.failure = undefined;
    if (inOrder) this.limit = new AdaptiveLimit(1, 1, Number.POSITIVE_INFINITY);
  }

  /** Ends an attempt that failed. The next one begins slowly, so that something is confirmed before it fails as well. */
  fail(): void {
    this.hasFailed = true;
    this.limit = new AdaptiveLimit(1, WRITES_AT_ONCE, Number.POSITIVE_INFINITY);
  }

  /** Runs a call that writes some bytes at an offset. A late answer to an earlier attempt doesn't count for this one. */
  write(offset: number, length: number, call: () => Promise<void>): Promise<void> {
    const { attempt, limit } = this;
    return limit.run(length, async () => {
      if (this.failure !== undefined) throw this.failure;
      await call().catch((error: unknown) => {
        if (attempt === this.attempt) this.failure = error;
        throw error;
      });
      if (attempt !== this.attempt) return;
      limit.succeeded();
      this.confirm(offset, offset + length);
    });
  }

  private confirm(start: number, end: number): void {
    this.behindGap.set(start, end);
    for (let next = this.behindGap.get(this.confirmed); next !== undefined;) {
      this.behindGap.delete(this.confirmed);
      this.confirmed = next;
      next = this.behindGap.get(next);
    }
    this.mostConfirmed = Math.max(this.mostConfirmed, this.confirmed);
  }
}

/** Returns the size of a file in bytes, 0 if there is none. */
export async function sizeOf(channel: SftpChannel, path: string): Promise<number> {
  const there = await channel
    .call<{ readonly size: number }>((sftp, done) => sftp.stat(path, done))
    .catch((error: unknown) => {
      if (isMissingFile(error)) return undefined;
      throw error;
    });
  return there?.size ?? 0;
}
