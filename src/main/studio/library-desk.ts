import type { Dataset, Unfinished } from '../../shared/api/contract-types';
import { workFolderOf, type StoredEngineJob, type StoredJob } from '../../shared/api/job-types';
import { InvalidInputError } from '../../shared/base/errors';
import type { DatasetNotes } from './dataset-notes';
import type { FileAccess } from './file-access';
import type { JobHistory } from './job-history';
import type { JobQueue, NewJob } from './job-queue';
import { searchLibrary, type LibraryContent } from './library';
import type { Projects } from './projects';
import type { StudioSettings } from './studio-settings';
import { describeUnfinished, discardUnfinished, unfinishedSpec } from './unfinished';

/** What the library needs of the studio. */
export interface LibrarySurroundings {
  readonly files: FileAccess;
  readonly jobs: JobQueue;
  readonly history: JobHistory;
  readonly notes: DatasetNotes;
  readonly projects: Projects;
  readonly preferences: StudioSettings;
  /** Adds a job that continues a conversion. @returns its id */
  readonly addConversion: (spec: unknown) => Promise<string>;
  /** Reports that the content of the library has changed. */
  readonly changed: () => void;
}

/** Returns a new job that continues a job, with everything except the state of the earlier one. */
function continuation(known: StoredEngineJob): NewJob {
  const { kind, name, spec, input, output, bucket, meshAfter } = known;
  return {
    ...{ kind, name, spec, input, output, mode: 'resume' },
    ...(bucket === undefined ? {} : { bucket }),
    ...(meshAfter === undefined ? {} : { meshAfter }),
  };
}

/** The datasets and unfinished jobs in the folders of the library. */
export class LibraryDesk {
  constructor(private readonly studio: LibrarySurroundings) {}

  async datasets(): Promise<Dataset[]> {
    const { notes } = this.studio;
    const found = await this.search();
    const byPath = new Map(
      found.flatMap(({ datasets }) => datasets).map((dataset) => [dataset.path, dataset]),
    );
    return [...byPath.values()]
      .map((dataset) => ({ ...dataset, ...notes.of(dataset.path) }))
      .sort((a, b) => b.modifiedMs - a.modifiedMs);
  }

  /** Returns the output of unfinished jobs in the folders of the library, the newest first. */
  async unfinished(): Promise<Unfinished[]> {
    const found = await this.search();
    const paths = [...new Set(found.flatMap(({ unfinished }) => unfinished))];
    const described = await Promise.all(paths.map((path) => describeUnfinished(path).catch(() => undefined)));
    return described
      .filter((each) => each !== undefined)
      .map((each) => {
        const job = this.jobIn(each.path);
        return job === undefined ? each : { ...each, input: job.input };
      })
      .sort((a, b) => b.modifiedMs - a.modifiedMs);
  }

  /** Returns the job that works or worked in a folder, from the queue or from the history. */
  private jobIn(folder: string): StoredEngineJob | undefined {
    const known: readonly StoredJob[] = [
      ...this.studio.history.records.toReversed(),
      ...this.studio.jobs.list(),
    ];
    return known.findLast(
      (job): job is StoredEngineJob =>
        (job.kind === 'convert' || job.kind === 'mesh') && workFolderOf(job) === folder,
    );
  }

  /**
   * Continues the unfinished job in a folder: the job in the queue, or a new one like it.
   * @param input the input that it is made from, if that isn't known here
   */
  async resume(path: string, input?: string): Promise<string> {
    const folder = await this.studio.files.allow(path);
    const known = this.jobIn(folder);
    if (known === undefined) {
      if (input !== undefined) return this.studio.addConversion(await unfinishedSpec(folder, input));
      throw new InvalidInputError(`What the job in ${folder} reads isn't known here.`, {
        remedy: 'Choose its input.',
        fields: { code: 'no-input' },
      });
    }
    if (this.studio.jobs.list().some(({ id }) => id === known.id) && known.state !== 'done') {
      this.studio.jobs.resume(known.id);
      return known.id;
    }
    return this.studio.jobs.add(continuation(known));
  }

  /** Discards the output of an unfinished job, and removes the job from the queue. */
  async discard(path: string, forever: boolean): Promise<void> {
    const folder = await this.studio.files.allow(path);
    const own = this.studio.jobs
      .list()
      .filter((job) => job.kind !== 'publish' && workFolderOf(job) === folder);
    // A running job refuses to be removed, before anything is discarded.
    for (const { id, state } of own) if (state !== 'done') this.studio.jobs.remove(id);
    await discardUnfinished(folder, forever);
    this.studio.changed();
  }

  /** Updates notes, projects and settings after a dataset's folder has changed. @returns the new folder */
  async moved(from: string, to: string): Promise<string> {
    const { notes, projects, preferences, changed } = this.studio;
    await notes.move(from, to);
    await projects.move(from, to);
    await preferences.includeInLibrary(to);
    changed();
    return to;
  }

  private search(): Promise<LibraryContent[]> {
    return Promise.all(this.studio.preferences.current.libraryFolders.map((folder) => searchLibrary(folder)));
  }
}
