/** The file operations that a host supports. Each one counts as supported until the host refuses it. */
export class HostAbilities {
  /** A rename can replace an existing file (posix-rename@openssh.com). */
  canReplace = true;
  canSetTimes = true;
  /** Writes of a file may be on the way together, and begin within it. */
  canWriteAnywhere = true;
  /** Whether new files can't be read by others; undefined until the first one was examined. */
  unreadable: boolean | undefined;
  private saidInOrder = false;

  constructor(private readonly log: (message: string) => void) {}

  lacksReplace(): void {
    if (!this.canReplace) return;
    this.canReplace = false;
    this.log(
      "The host can't replace files by renaming, so an old file is removed just before the new one takes its place.",
    );
  }

  lacksWritingAnywhere(): void {
    if (this.saidInOrder) return;
    this.saidInOrder = true;
    this.log(
      'The host takes a file only from its start on, one write after the other. That is slower, and files that are interrupted are sent again as a whole.',
    );
  }

  lacksTimes(): void {
    if (!this.canSetTimes) return;
    this.canSetTimes = false;
    this.log(
      'The host does not allow setting the times and permissions of files. Its own values are recorded instead.',
    );
  }
}
