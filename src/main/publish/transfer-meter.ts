import type { PublishProgress } from '../../shared/api/publish-events';

/** Throughput is averaged over this time. */
const WINDOW_MS = 8000;

interface Sample {
  readonly atMs: number;
  readonly files: number;
  readonly bytes: number;
}

/** Counts the files and bytes that an upload has sent, and derives its throughput and remaining time. */
export class TransferMeter {
  private readonly startedMs = Date.now();
  private filesDone = 0;
  private bytesDone = 0;
  private samples: Sample[] = [{ atMs: Date.now(), files: 0, bytes: 0 }];

  constructor(
    private readonly files: number,
    private readonly bytes: number,
  ) {}

  add(bytes: number): void {
    this.filesDone++;
    this.bytesDone += bytes;
  }

  /** Returns the current state. Must be called at regular intervals, because throughput is measured between calls. */
  snapshot(parallel: number, retries: number): PublishProgress {
    const atMs = Date.now();
    this.samples.push({ atMs, files: this.filesDone, bytes: this.bytesDone });
    this.samples = this.samples.filter((sample) => atMs - sample.atMs <= WINDOW_MS);
    const first = this.samples[0] ?? { atMs, files: 0, bytes: 0 };
    const seconds = Math.max(0.001, (atMs - first.atMs) / 1000);
    const remainingMs = this.remainingMs(atMs);
    return {
      elapsedMs: atMs - this.startedMs,
      filesDone: this.filesDone,
      files: this.files,
      bytesDone: this.bytesDone,
      bytes: this.bytes,
      bytesPerSecond: Math.round((this.bytesDone - first.bytes) / seconds),
      filesPerSecond: Math.round((this.filesDone - first.files) / seconds),
      ...(remainingMs === undefined ? {} : { remainingMs: Math.round(remainingMs) }),
      parallel,
      retries,
    };
  }

  /** Returns the longer of two estimates: by number, which matters for small files, and by size, for large ones. */
  private remainingMs(atMs: number): number | undefined {
    const elapsedMs = atMs - this.startedMs;
    if (elapsedMs < 1500 || this.filesDone === 0) return undefined;
    const byFiles = (this.files - this.filesDone) / this.filesDone;
    const byBytes = this.bytesDone === 0 ? byFiles : (this.bytes - this.bytesDone) / this.bytesDone;
    return elapsedMs * Math.max(byFiles, byBytes);
  }
}
