import { dirname, resolve } from 'node:path';
import type { Dataset, Unfinished } from '../../shared/api/contract-types';
import { workFolderOf, type StoredEngineJob, type StoredJob } from '../../shared/api/job-types';
import type { TargetSpec } from '../../shared/api/publish-spec';
import { StudioError, toStudioError } from '../../shared/base/errors';
import { say } from '../../shared/base/words';
import { neverAborted } from '../base/never-aborted';
import { hasShareOut } from '../engine/cluster/share-out';
import { openDataset } from '../engine/dataset/dataset';
import { withdraw } from '../engine/job/withdraw';
import type { JobRecord } from '../engine/run/job-record';
import { Journal } from '../engine/run/journal';
import { openOutput, type BucketOutput } from './bucket-output';
import type { DatasetNotes } from './dataset-notes';
import type { FileAccess } from './file-access';
import type { JobHistory } from './job-history';
import type { JobQueue, NewJob } from './job-queue';
import { moveDataset, renameDataset, searchLibrary, type LibraryContent } from './library';
import type { Projects } from './projects';
import type { PublishDesk } from './publish-desk';
import type { StudioSettings } from './studio-settings';
import { describeUnfinished, discardUnfinished, unfinishedSpec } from './unfinished';

/** What the library needs of the studio. */
export interface LibrarySurroundings {
  readonly files: FileAccess;
  readonly jobs: JobQueue;
  readonly history: JobHistory;
  readonly publishing: PublishDesk;
  readonly notes: DatasetNotes;
  readonly projects: Projects;
  readonly preferences: StudioSettings;
  /** The folder with the datasets that are made here for a bucket. */
  readonly workFolders: string;
  /** Adds a job that continues a conversion. @returns its id */
  readonly addConversion: (spec: unknown) => Promise<string>;
  /** Reports that the content of the library has changed. */
  readonly changed: () => void;
}

/** How a job is discarded. */
interface DiscardOptions {
  /** Deletes its files, for disks without a trash. */
  readonly forever: boolean;
  readonly onlyHere: boolean;
}

/** Returns the error for a job whose objects at an address can't be removed. */
function notWithdrawn(address: string, cause: StudioError): StudioError {
  const { message, remedy = 'Make sure that the bucket can be reached.' } = cause.words;
  return new StudioError(
    cause.tag,
    say`What the job has sent to ${address} could not be removed, so the job is kept. ${message}`,
    {
      remedy: say`${remedy} Then discard the job again; or discard it here only, which leaves all that begins with ${address}/ there.`,
      fields: { ...cause.fields, code: 'not-withdrawn' },
      cause,
    },
  );
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

  /**
   * Returns what unfinished jobs have left, the newest first: in the folders of the library, in those of jobs of the
   * queue and the history, and in those that hold datasets on their way to a bucket.
   */
  async unfinished(): Promise<Unfinished[]> {
    const found = [...(await this.search()), await searchLibrary(this.studio.workFolders)];
    const known = await this.allowedOf(this.knownJobs().map(workFolderOf));
    const paths = [...new Set([...found.flatMap(({ unfinished }) => unfinished), ...known])];
    const described = await Promise.all(paths.map((path) => describeUnfinished(path).catch(() => undefined)));
    return described
      .filter((each) => each !== undefined)
      .map((each) => {
        const job = this.jobIn(each.path);
        if (job === undefined) return each;
        const { input, bucket, output, name } = job;
        const from = [each.path, output].includes(input) ? {} : { input };
        return { ...each, ...from, ...(bucket === undefined ? {} : { name, destination: output }) };
      })
      .sort((a, b) => b.modifiedMs - a.modifiedMs);
  }

  /** Returns the job that works or worked in a folder, from the queue or from the history. */
  private jobIn(folder: string): StoredEngineJob | undefined {
    return this.knownJobs().findLast((job) => workFolderOf(job) === folder);
  }

  /** Returns the jobs of the history and of the queue that make a dataset, or a part of one; the newest last. */
  private knownJobs(): StoredEngineJob[] {
    const known: readonly StoredJob[] = [
      ...this.studio.history.records.toReversed(),
      ...this.studio.jobs.list(),
    ];
    return known.filter((job): job is StoredEngineJob => job.kind === 'convert' || job.kind === 'mesh');
  }

  /**
   * Continues the unfinished job in a folder: the job in the queue, or a new one like it.
   * @param input the input that it is made from, if that isn't known here
   */
  async resume(path: string, input?: string): Promise<string> {
    const folder = await this.folderOf(path);
    const known = this.jobIn(folder);
    if (known === undefined) return this.studio.addConversion(await unfinishedSpec(folder, input));
    if (this.studio.jobs.list().some(({ id }) => id === known.id) && known.state !== 'done') {
      this.studio.jobs.resume(known.id);
      return known.id;
    }
    return this.studio.jobs.add(continuation(known));
  }

  /**
   * Discards the output of an unfinished job, and removes the job from the queue.
   * @param onlyHere leaves what the job has sent to a bucket, which is otherwise removed first
   * @throws InvalidInputError if any process works on the job; an error with the code `not-withdrawn` if what it has sent
   *   can't be removed: then the job and its record stay, as nothing else knows what is to be removed
   */
  async discard(path: string, { forever, onlyHere }: DiscardOptions): Promise<void> {
    const folder = await this.folderOf(path);
    const { jobs } = this.studio;
    await jobs.whileIdle(folder, async () => {
      const record = await Journal.readRecord(folder);
      // The lock must not go to the trash, as it would keep the job from being continued if it is restored.
      await Journal.whileIdle(folder, async () => {
        if (!onlyHere) await this.withdraw(folder, record);
      });
      await discardUnfinished(folder, forever);
      for (const job of jobs.list()) {
        if (job.kind !== 'publish' && workFolderOf(job) === folder && job.state !== 'done')
          jobs.remove(job.id);
      }
    });
    this.studio.changed();
  }

  /** Removes what a job has sent to a bucket, and its claim on the place there. */
  private async withdraw(folder: string, record: JobRecord): Promise<void> {
    const known = this.jobIn(folder)?.bucket;
    const place = record.place ?? known?.spec;
    const { claim } = record;
    if (claim === undefined || place === undefined) return;
    try {
      const remote = await openOutput(await this.bucketAt(place, known), neverAborted());
      try {
        if (await hasShareOut(folder)) await remote.claim.requireIdle(claim);
        await withdraw(record, remote, () => undefined);
      } finally {
        await remote.close();
      }
    } catch (error) {
      const cause = toStudioError(error);
      throw cause.fields['code'] === 'job-running' ? cause : notWithdrawn(place.address, cause);
    }
  }

  /** Returns how a job's place is reached: as the job that is known did, unless that was for another place. */
  private async bucketAt(place: TargetSpec, known: StoredEngineJob['bucket']): Promise<BucketOutput> {
    const { targets } = this.studio.publishing;
    const isKnown = known?.spec.address === place.address && known.spec.endpoint === place.endpoint;
    return isKnown ? { ...known, secret: await targets.secretFor(known.target) } : targets.bucketOf(place);
  }

  /**
   * Returns the folder of an unfinished job, which may also be one of the program's own.
   * @throws InvalidInputError if it may not be used
   */
  private async folderOf(path: string): Promise<string> {
    const { files, workFolders } = this.studio;
    const folder = resolve(path);
    return dirname(folder) === workFolders ? folder : files.allow(path);
  }

  /** Renames the folder of a dataset. @returns the new folder */
  async rename(path: string, name: string): Promise<string> {
    const from = await this.studio.files.allow(path);
    return this.relocate(from, () => renameDataset(from, name));
  }

  /** Moves a dataset into another folder on the same disk. @returns the dataset's new folder */
  async move(path: string, folder: string): Promise<string> {
    const { files } = this.studio;
    const { root } = await openDataset(await files.allow(path));
    const parent = await files.allow(folder);
    return this.relocate(root, () => moveDataset(root, parent));
  }

  /** Moves a dataset's folder while no job is running there. All that names the folder follows. */
  private relocate(from: string, action: () => Promise<string>): Promise<string> {
    const { jobs, history, publishing, notes, projects, preferences, changed } = this.studio;
    return jobs.whileIdle(from, async () => {
      const to = await action();
      jobs.follow(from, to);
      await history.follow(from, to);
      await publishing.follow(from, to);
      await notes.move(from, to);
      await projects.move(from, to);
      await preferences.includeInLibrary(to);
      changed();
      return to;
    });
  }

  /** Returns those of the folders that may still be used. */
  private async allowedOf(folders: readonly string[]): Promise<string[]> {
    const { files } = this.studio;
    const allowed = await Promise.all(folders.map((folder) => files.allow(folder).catch(() => undefined)));
    return allowed.filter((folder) => folder !== undefined);
  }

  private search(): Promise<LibraryContent[]> {
    return Promise.all(this.studio.preferences.current.libraryFolders.map((folder) => searchLibrary(folder)));
  }
}
