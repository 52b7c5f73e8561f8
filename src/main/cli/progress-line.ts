import type { WriteStream } from 'node:tty';
import { stageWords } from '../../shared/api/stage-words';
import type { JobEvent, JobProgress } from '../../shared/api/job-events';
import { counted, formatBytes, formatCount, formatTimeLeft } from '../../shared/base/format-quantity';

const BAR_WIDTH = 24;
/** Without a terminal, an occasional line is enough. */
const PLAIN_INTERVAL_MS = 10_000;

/** Shows the progress of a job: a single line that is redrawn on a terminal, and occasional lines elsewhere. */
export class ProgressLine {
  private lastPlainMs = 0;
  private drawn = false;

  constructor(private readonly stream: WriteStream = process.stderr) {}

  show(event: JobEvent): void {
    if (event.event === 'started' && event.resumedTasks > 0) {
      const parts = event.resumedTasks === 1 ? '1 part is' : `${event.resumedTasks} parts are`;
      this.print(`Resumed: ${parts} already done.`);
    } else if (event.event === 'log') {
      this.print(event.level === 'warning' ? `Warning: ${event.message}` : event.message);
    } else if (event.event === 'progress') {
      this.draw(describe(event), event.elapsedMs);
    }
  }

  /** Clears the progress line on a terminal. */
  clear(): void {
    if (!this.drawn) return;
    this.stream.clearLine(0);
    this.stream.cursorTo(0);
    this.drawn = false;
  }

  /** Shows the current state, which replaces the previous one on a terminal. */
  draw(text: string, elapsedMs: number): void {
    if (!this.stream.isTTY) {
      if (elapsedMs - this.lastPlainMs < PLAIN_INTERVAL_MS) return;
      this.lastPlainMs = elapsedMs;
      this.stream.write(`${text}\n`);
      return;
    }
    this.clear();
    this.stream.write(text.slice(0, this.stream.columns - 1));
    this.drawn = true;
  }

  /** Prints a line that stays. */
  print(text: string): void {
    this.clear();
    this.stream.write(`${text}\n`);
  }
}

/** Formats a fraction as `██████░░░░ 60 %`. */
export function progressBar(fraction: number): string {
  const filled = Math.round(fraction * BAR_WIDTH);
  return `${'█'.repeat(filled)}${'░'.repeat(BAR_WIDTH - filled)} ${Math.floor(fraction * 100)} %`;
}

function describe(progress: JobProgress): string {
  const fraction = progress.workVoxels === 0 ? 1 : progress.workDoneVoxels / progress.workVoxels;
  const parts = [
    progressBar(fraction),
    stageWords(progress.stage),
    `${formatCount(progress.voxelsPerSecond)} voxels/s`,
    `${formatBytes(progress.bytesWritten)} written`,
  ];
  if (progress.segmentsDone !== undefined) parts.push(counted(progress.segmentsDone, 'segment', formatCount));
  if (progress.remainingMs !== undefined) parts.push(formatTimeLeft(progress.remainingMs));
  return parts.join(' · ');
}
