import { join } from 'node:path';
import { EventPublisher } from '@orpc/server';
import {
  settingsSchema,
  type PathChoice,
  type Session,
  type Settings,
  type SettingsChange,
  type SourceRequest,
  type StudioEvent,
} from '../../shared/api/contract-types';
import { isAddress } from '../../shared/api/input-address';
import { workFolderOf, type StoredJob } from '../../shared/api/job-types';
import type { Project } from '../../shared/api/project-types';
import { toStudioError, UnsupportedError } from '../../shared/base/errors';
import { workFolders } from './bucket-output';
import { ConversionDesk } from './conversion-desk';
import type { DatasetMounts } from './dataset-mounts';
import { DatasetNotes, datasetNotesSchema } from './dataset-notes';
import { FileAccess } from './file-access';
import { JobDesk } from './job-desk';
import { JobHistory } from './job-history';
import { JobLogs } from './job-logs';
import { JobProcess, type JobRequest } from './job-process';
import { JobQueue, storedJobsSchema } from './job-queue';
import { JsonFile } from '../base/json-file';
import { LibraryDesk } from './library-desk';
import { openPreview, openRemotePreview, type OpenedPreview } from './open-preview';
import { Prompts } from './prompts';
import { Projects, projectsSchema } from './projects';
import { PublishDesk } from './publish-desk';
import { describeSession, type SessionSurroundings } from './session';
import { SourceDesk } from './source-desk';
import { SourceTokens } from './source-tokens';
import { StudioSettings } from './studio-settings';
import { WhenDone } from './when-done';

const SLEEPS_SOON =
  'All jobs have ended. This computer goes to sleep in a minute; choose something else in the queue to keep it awake.';

export interface StudioSurroundings extends SessionSurroundings {
  /** The folder for settings and the queue. */
  readonly dataFolder: string;
  /** The folders that the interface may use. */
  readonly allowed: readonly string[] | 'all';
  readonly jobFile: string;
  readonly workerFile: string;
  readonly mounts: DatasetMounts;
  /** A message to the user at the start, if there is one. */
  readonly greeting?: string;
}

/** Everything that the interface can request, the same in every host. */
export class Studio {
  readonly sources = new SourceDesk();
  readonly tokens: SourceTokens;
  readonly jobs: JobQueue;
  readonly publishing: PublishDesk;
  readonly projects: Projects;
  readonly history: JobHistory;
  readonly notes: DatasetNotes;
  readonly prompts: Prompts;
  readonly preferences: StudioSettings;
  readonly conversions: ConversionDesk;
  readonly datasetJobs: JobDesk;
  readonly library: LibraryDesk;
  /** A listening page receives all events. By default the oldest of many would be dropped. */
  private readonly events = new EventPublisher<{ event: StudioEvent }>({
    maxBufferedEvents: Number.POSITIVE_INFINITY,
  });
  private readonly jobsFile: JsonFile<StoredJob[]>;
  private readonly startNotices: StudioEvent[] = [];
  private readonly whenDone: WhenDone;
  /** Resolves when all finished uploads are in the history. */
  private uploadsNoted: Promise<void> = Promise.resolve();

  private constructor(
    private readonly surroundings: StudioSurroundings,
    readonly files: FileAccess,
    private readonly openDoor: () => void,
  ) {
    const { dataFolder, jobFile, workerFile } = surroundings;
    this.whenDone = new WhenDone({
      wish: () => this.settings.whenDone,
      announce: () => this.publish({ type: 'notice', level: 'warning', message: SLEEPS_SOON }),
      sleep: () => this.sleep(),
    });
    const settingsFile = new JsonFile(join(dataFolder, 'settings.json'), settingsSchema);
    this.preferences = new StudioSettings(settingsFile, files, (event) => this.publish(event));
    this.jobsFile = new JsonFile(join(dataFolder, 'jobs.json'), storedJobsSchema);
    this.prompts = new Prompts(() => this.publish({ type: 'prompts', prompts: this.prompts.list() }));
    const logs = new JobLogs(join(dataFolder, 'logs'), (error) => this.warn(error));
    this.history = new JobHistory(new JsonFile(join(dataFolder, 'job-history.json'), storedJobsSchema), logs);
    this.notes = new DatasetNotes(new JsonFile(join(dataFolder, 'dataset-notes.json'), datasetNotesSchema));
    this.jobs = new JobQueue({
      file: this.jobsFile,
      logs,
      onRemoved: (job) => {
        this.history.add(job).catch((error: unknown) => this.warn(error));
      },
      publish: (event) => this.publish(event),
      start: (job, onMessage) =>
        new JobProcess({ jobFile, workerFile }, this.requestFor(job), this.prompts.ask, onMessage),
      onUploadOver: (job) => {
        this.uploadsNoted = this.publishing.note(job).catch((error: unknown) => this.warn(error));
      },
      onDone: ({ meshAfter, bucket }) => {
        if (meshAfter === undefined) return;
        // The conversion counts as running until this call has returned.
        const meshing = Promise.resolve().then(() => this.datasetJobs.addMesh(meshAfter, bucket?.target));
        void this.whenDone.expect(meshing.catch((error: unknown) => this.warn(error)));
      },
    });
    this.tokens = new SourceTokens(dataFolder, surroundings.desktop?.cipher);
    this.projects = new Projects(new JsonFile(join(dataFolder, 'projects.json'), projectsSchema), () =>
      this.publish({ type: 'projects' }),
    );
    this.publishing = new PublishDesk({
      dataFolder,
      files,
      cipher: surroundings.desktop?.cipher,
      ask: this.prompts.ask,
      publish: (event) => this.publish(event),
    });
    this.datasetJobs = new JobDesk(files, this.jobs, this.publishing, dataFolder);
    const { jobs, publishing, preferences, history, notes, projects } = this;
    const changed = () => this.libraryChanged();
    this.conversions = new ConversionDesk({
      dataFolder,
      workerFile,
      files,
      jobs,
      publishing,
      preferences,
      allowInput: (input) => this.allowInput(input),
      libraryChanged: changed,
    });
    this.library = new LibraryDesk({
      files,
      jobs,
      history,
      publishing,
      notes,
      projects,
      preferences,
      workFolders: workFolders(dataFolder),
      addConversion: (spec) => this.conversions.add({ spec }, 'resume'),
      changed,
    });
  }

  static async start(surroundings: StudioSurroundings): Promise<Studio> {
    const files = await FileAccess.create(surroundings.allowed, workFolders(surroundings.dataFolder));
    const studio = new Studio(surroundings, files, files.shutDoor());
    const setAside = (movedTo: string) => {
      const message = `A file of settings could not be understood. It was set aside as ${movedTo}.`;
      studio.startNotices.push({ type: 'notice', level: 'warning', message });
    };
    const { greeting } = surroundings;
    if (greeting !== undefined)
      studio.startNotices.push({ type: 'notice', level: 'warning', message: greeting });
    await studio.preferences.load(setAside);
    await studio.history.load(setAside);
    await studio.notes.load(setAside);
    await studio.publishing.load(setAside);
    await studio.tokens.load(setAside);
    await studio.projects.load(setAside);
    studio.jobs.restore((await studio.jobsFile.load(setAside)) ?? []);
    return studio;
  }

  /** Stops jobs so that they can be resumed, and waits until everything is on the disk. */
  async close(): Promise<void> {
    this.whenDone.stop();
    await this.jobs.close();
    await this.uploadsNoted;
    this.openDoor();
  }

  session(): Session {
    return describeSession(this.surroundings);
  }

  get settings(): Settings {
    return this.preferences.current;
  }

  /** Checks the paths of a request to inspect an input. */
  async allowSource(request: SourceRequest): Promise<SourceRequest> {
    return {
      ...request,
      ...(await this.files.allowFilesIn(request)),
      path: await this.allowInput(request.path),
    };
  }

  /** Checks a path, or an address, whose server gets its token when it is read. */
  async allowInput(input: string): Promise<string> {
    const allowed = await this.files.allowInput(input);
    await this.tokens.tokenFor(allowed);
    return allowed;
  }

  async choosePath(choice: PathChoice): Promise<{ path?: string }> {
    const path = await offered(this.surroundings.desktop?.choosePath)(choice);
    return path === undefined ? {} : { path };
  }

  async changeSettings(change: SettingsChange): Promise<void> {
    if (change.whenDone === 'sleep') offered(this.surroundings.desktop?.sleep);
    await this.preferences.update(change);
  }

  private async sleep(): Promise<void> {
    try {
      await this.preferences.update({ whenDone: 'notify' });
      await offered(this.surroundings.desktop?.sleep)();
    } catch (error) {
      this.warn(error);
    }
  }

  async reveal(path: string): Promise<void> {
    await offered(this.surroundings.desktop?.reveal)(path);
  }

  /** Yields a snapshot, then every change until `signal` aborts. */
  async *watch(signal: AbortSignal | undefined): AsyncGenerator<StudioEvent> {
    const changes = this.events.subscribe('event', signal === undefined ? {} : { signal });
    yield { type: 'snapshot', jobs: this.jobs.list(), settings: this.settings, prompts: this.prompts.list() };
    yield* this.startNotices;
    yield* changes;
  }

  /** Puts jobs back into the queue that were removed from it. Those that the history has forgotten stay away. */
  async putBack(ids: readonly string[]): Promise<void> {
    for (const id of ids) {
      const job = await this.history.take(id);
      if (job === undefined) continue;
      try {
        this.jobs.putBack(job);
      } catch (error) {
        await this.history.add(job);
        throw error;
      }
    }
  }

  libraryChanged(): void {
    this.publish({ type: 'library' });
  }

  /** Checks a project's datasets and makes their paths real. */
  async allowProject<T extends Pick<Project, 'layers'>>(project: T): Promise<T> {
    const layers = project.layers.map(async ({ path, name }) => ({
      path: await this.files.allowInput(path),
      name,
    }));
    return { ...project, layers: await Promise.all(layers) };
  }

  async openPreview(path: string): Promise<OpenedPreview> {
    const allowed = await this.files.allowInput(path);
    return isAddress(allowed) ? openRemotePreview(allowed) : openPreview(allowed, this.surroundings.mounts);
  }

  private async requestFor(job: StoredJob): Promise<JobRequest> {
    if (job.kind === 'publish') return this.publishing.requestFor(job);
    const { kind, spec, mode, input, bucket: stored } = job;
    const token = await this.tokens.tokenFor(input);
    const bucket = stored && { ...stored, secret: await this.publishing.targets.secretFor(stored.target) };
    const ways = { resume: mode === 'resume', overwrite: mode === 'overwrite' };
    return { kind, spec, folder: workFolderOf(job), ...ways, token, bucket };
  }

  private warn(error: unknown): void {
    const { message } = toStudioError(error);
    this.publish({ type: 'notice', level: 'warning', message });
  }

  private publish(event: StudioEvent): void {
    this.whenDone.handle(event);
    this.events.publish('event', event);
  }
}

function offered<T>(ability: T | undefined): T {
  if (ability !== undefined) return ability;
  throw new UnsupportedError('This is done only where the program has a window of its own.');
}
