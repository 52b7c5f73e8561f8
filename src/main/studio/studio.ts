import { readdir, realpath } from 'node:fs/promises';
import { cpus, homedir, hostname, totalmem } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { EventPublisher } from '@orpc/server';
import { version } from '../../../package.json';
import {
  DEFAULT_SETTINGS,
  settingsSchema,
  type Dataset,
  type PathChoice,
  type PlanReport,
  type Session,
  type Settings,
  type SourceRequest,
  type StudioEvent,
  type Unfinished,
} from '../../shared/api/contract-types';
import type { StoredEngineJob, StoredJob } from '../../shared/api/job-types';
import { parseExportSpec } from '../../shared/api/export-spec';
import { parseConvertSpec, parseMeshSpec, RUN_OPTIONS, type ConvertSpec } from '../../shared/api/job-spec';
import { MESH_OPTIONS } from '../../shared/api/mesh-options';
import type { Project } from '../../shared/api/project-types';
import { isAddress, lastName } from '../../shared/api/input-address';
import type { Scheduler } from '../../shared/api/schedulers';
import { InvalidInputError, toStudioError, UnsupportedError } from '../../shared/base/errors';
import { fileError } from '../base/file-error';
import { planConversion } from '../engine/conversion-plan';
import { openDataset } from '../engine/dataset';
import { requireExportable } from '../engine/export/export-volume';
import { planMeshJob } from '../engine/mesh-job';
import { isInside } from '../base/path-door';
import { outputState } from '../engine/output-folder';
import { SAMPLE, SAMPLE_RESOLUTION_NM, writeSampleStack } from '../sources/sample';
import { lookAtBucket, withAddress, workFolder, workFolders, type BucketOutput } from './bucket-output';
import { DatasetNotes, datasetNotesSchema } from './dataset-notes';
import type { DatasetMounts } from './dataset-mounts';
import { FileAccess } from './file-access';
import { JobHistory } from './job-history';
import { JobLogs } from './job-logs';
import { JobProcess, type JobRequest } from './job-process';
import { JobQueue, storedJobsSchema } from './job-queue';
import { JsonFile } from './json-file';
import { searchLibrary } from './library';
import { openPreview, openRemotePreview, type OpenedPreview } from './open-preview';
import { Prompts } from './prompts';
import { Projects, projectsSchema } from './projects';
import { PublishDesk } from './publish-desk';
import { reportConversion } from './report-conversion';
import type { SecretCipher } from './secret-store';
import { SourceDesk } from './source-desk';
import { SourceTokens } from './source-tokens';
import { planClusterJob, type ClusterJob } from './cluster-desk';
import { describeUnfinished, discardUnfinished, unfinishedSpec } from './unfinished';

export interface StudioSurroundings {
  readonly host: Session['host'];
  /** The folder for settings and the queue. */
  readonly dataFolder: string;
  /** The folders that the interface may use. */
  readonly allowed: readonly string[] | 'all';
  readonly jobFile: string;
  readonly workerFile: string;
  readonly mounts: DatasetMounts;
  readonly desktop?: Desktop;
  /** The address at which the host serves Neuroglancer, absolute or relative to the page. */
  readonly viewerUrl?: string;
  /** A message to the user at the start, if there is one. */
  readonly greeting?: string;
}

/** Abilities of a program on the user's own machine. Each is present if the host has it. */
export interface Desktop {
  /** Shows the system's dialog. Returns undefined if the user closed it. */
  readonly choosePath?: (choice: PathChoice) => Promise<string | undefined>;
  /** Shows a folder or file in the system's file manager. */
  readonly reveal?: (path: string) => Promise<void>;
  /** The system's keychain, if it protects its content. */
  readonly cipher?: SecretCipher;
}

/** A conversion as the interface requests it. */
export interface ConversionRequest {
  /** A ConvertSpec as JSON. */
  readonly spec: unknown;
  /** The target by which an output at an address is reached. */
  readonly target?: string;
}

/** A conversion whose settings are valid and whose paths may be used. */
interface Conversion {
  /** Its output is the folder in which the dataset is made. */
  readonly spec: ConvertSpec;
  /** The folder or the address of the dataset. */
  readonly output: string;
  readonly bucket: BucketOutput | undefined;
}

const MAX_RECENT = 8;
/**
 * The folder of the sample and its datasets. It is separate, so that nothing else is added to the library with them.
 */
const SAMPLE_FOLDER = 'Precomputed Studio';

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
  settings: Settings = DEFAULT_SETTINGS;
  /** A listening page receives all events. By default the oldest of many would be dropped. */
  private readonly events = new EventPublisher<{ event: StudioEvent }>({
    maxBufferedEvents: Number.POSITIVE_INFINITY,
  });
  private readonly settingsFile: JsonFile<Settings>;
  private readonly jobsFile: JsonFile<StoredJob[]>;
  private readonly startNotices: StudioEvent[] = [];
  /** Resolves when all finished uploads are in the history. */
  private uploadsNoted: Promise<void> = Promise.resolve();

  private constructor(
    private readonly surroundings: StudioSurroundings,
    readonly files: FileAccess,
    private readonly openDoor: () => void,
  ) {
    const { dataFolder, jobFile, workerFile } = surroundings;
    this.settingsFile = new JsonFile(join(dataFolder, 'settings.json'), settingsSchema);
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
      onDone: ({ meshAfter }) => {
        if (meshAfter !== undefined) this.addMeshJob(meshAfter).catch((error: unknown) => this.warn(error));
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
    studio.settings = (await studio.settingsFile.load(setAside)) ?? studio.settings;
    await studio.files.allowAlso(studio.settings.allowedFolders);
    await studio.history.load(setAside);
    await studio.notes.load(setAside);
    await studio.publishing.load(setAside);
    await studio.tokens.load(setAside);
    await studio.projects.load(setAside);
    studio.jobs.restore((await studio.jobsFile.load(setAside)) ?? []);
    return studio;
  }

  /** Lets a folder be used from now on, with the user's consent. @returns its real path */
  async allowFolder(path: string): Promise<string> {
    const real = await realpath(path).catch((error: unknown) => {
      throw fileError('open', path, error);
    });
    if (dirname(real) === real) {
      throw new InvalidInputError(`${path} is the whole disk.`, { remedy: 'Allow a folder on it.' });
    }
    const allowedFolders = [...new Set([...this.settings.allowedFolders, real])];
    await this.files.allowAlso(allowedFolders);
    await this.updateSettings({ allowedFolders });
    return real;
  }

  async disallowFolder(path: string): Promise<void> {
    const allowedFolders = this.settings.allowedFolders.filter((folder) => folder !== path);
    await this.files.allowAlso(allowedFolders);
    await this.updateSettings({ allowedFolders });
  }

  /** Stops jobs so that they can be resumed, and waits until everything is on the disk. */
  async close(): Promise<void> {
    await this.jobs.close();
    await this.uploadsNoted;
    this.openDoor();
  }

  session(): Session {
    return {
      version,
      host: this.surroundings.host,
      machine: hostname(),
      home: homedir(),
      system: `${process.platform} ${process.arch}, Node ${process.versions.node}`,
      cores: cpus().length,
      memoryBytes: totalmem(),
      ...(this.surroundings.viewerUrl === undefined ? {} : { viewerUrl: this.surroundings.viewerUrl }),
      can: {
        choosePaths: this.surroundings.desktop?.choosePath !== undefined,
        reveal: this.surroundings.desktop?.reveal !== undefined,
        keepSecrets: this.surroundings.desktop?.cipher !== undefined,
      },
    };
  }

  async choosePath(choice: PathChoice): Promise<{ path?: string }> {
    const path = await offered(this.surroundings.desktop?.choosePath)(choice);
    return path === undefined ? {} : { path };
  }

  async reveal(path: string): Promise<void> {
    await offered(this.surroundings.desktop?.reveal)(path);
  }

  /** Returns the folders that are likely to contain the user's data, the most likely first. */
  async likelyFolders(): Promise<string[]> {
    const { recentInputs, favouriteFolders, libraryFolders } = this.settings;
    const places = (await this.files.places()).map(({ path }) => path);
    return [
      ...new Set([
        ...recentInputs.filter((input) => !isAddress(input)).map(dirname),
        ...favouriteFolders,
        ...libraryFolders,
        ...places,
      ]),
    ];
  }

  /** Yields a snapshot, then every change until `signal` aborts. */
  async *watch(signal: AbortSignal | undefined): AsyncGenerator<StudioEvent> {
    const changes = this.events.subscribe('event', signal === undefined ? {} : { signal });
    yield { type: 'snapshot', jobs: this.jobs.list(), settings: this.settings, prompts: this.prompts.list() };
    yield* this.startNotices;
    yield* changes;
  }

  async updateSettings(change: Partial<Settings>): Promise<void> {
    this.settings = { ...this.settings, ...change };
    this.publish({ type: 'settings', settings: this.settings });
    await this.settingsFile.save(this.settings);
  }

  /** Suggests an unused folder beside the input, or beside the last dataset for an input at an address. */
  async suggestOutput(input: string): Promise<string> {
    const stem = lastName(input).replace(/\.(ome\.)?tiff?$/i, '');
    const [place] = await this.files.places();
    const known = this.settings.libraryFolders.at(-1) ?? place?.path ?? homedir();
    const wanted = join(isAddress(input) ? known : dirname(input), `${stem}-precomputed`);
    for (let number = 1; ; number++) {
      const candidate = number === 1 ? wanted : `${wanted}-${number}`;
      if ((await outputState(candidate)) === 'free') return candidate;
    }
  }

  /** Creates an example stack in the first of the folders that may be used. */
  async makeSample(
    signal: AbortSignal | undefined,
  ): Promise<{ path: string; resolutionNm: [number, number, number] }> {
    const [place] = await this.files.places();
    const { name, size, dataType, seed } = SAMPLE;
    for (let number = 1; ; number++) {
      const folder = join(place?.path ?? homedir(), SAMPLE_FOLDER);
      const path = join(folder, number === 1 ? name : `${name}-${number}`);
      const there = await readdir(path).catch(() => []);
      if (there.length === 0) {
        await writeSampleStack(path, { size, dataType, seed, ...(signal === undefined ? {} : { signal }) });
      } else if (there.length !== size[2]) {
        // Half of a sample, or something else of that name.
        continue;
      }
      return { path, resolutionNm: [...SAMPLE_RESOLUTION_NM] };
    }
  }

  /**
   * Parses a conversion, with its paths checked and made real. @throws an error that says what is wrong with the spec or
   * the input
   */
  async parseConversion({ spec, target }: ConversionRequest): Promise<Conversion> {
    const addressed = withAddress(spec);
    const bucket =
      addressed && (await this.publishing.bucketOutput(addressed.output, addressed.layout, target));
    const folder = bucket && (await workFolder(bucket.spec, this.surroundings.dataFolder));
    const parsed = parseConvertSpec(folder === undefined ? spec : { ...addressed, output: folder });
    const allowed = {
      ...parsed,
      ...(await this.files.allowFilesIn(parsed)),
      input: await this.allowInput(parsed.input),
      output: folder ?? (await this.files.allow(parsed.output)),
    };
    return { spec: allowed, bucket, output: addressed?.output ?? allowed.output };
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

  async planReport(request: ConversionRequest, signal?: AbortSignal): Promise<PlanReport> {
    const { spec, bucket } = await this.parseConversion(request);
    const plan = await planConversion(spec);
    const report = await reportConversion(plan);
    if (bucket === undefined) return report;
    const { state } = await lookAtBucket(bucket, plan, signal ?? new AbortController().signal);
    return { ...report, outputState: state };
  }

  /**
   * @param more `meshLater`: make the meshes in a separate job, so that the voxels can be used earlier; and the
   *   estimated duration of the job
   */
  async addJob(
    request: ConversionRequest,
    mode: StoredEngineJob['mode'],
    more: { readonly meshLater?: boolean; readonly expectedMs?: number } = {},
  ): Promise<string> {
    const { spec: whole, output, bucket } = await this.parseConversion(request);
    const plan = await planConversion(whole);
    const place = bucket && (await lookAtBucket(bucket, plan, new AbortController().signal));
    const state = place?.state ?? plan.outputState;
    const { meshLater = false, expectedMs } = more;
    const isSplit = meshLater && plan.mesh !== undefined;
    if (isSplit && bucket !== undefined) {
      throw new InvalidInputError('A dataset in a bucket gets its meshes with its voxels.', {
        remedy: 'Make them with the voxels, or make none.',
      });
    }
    const parsed: ConvertSpec = isSplit ? { ...whole, mesh: 'none' } : whole;
    if (mode === 'new' && state !== 'free') {
      throw new InvalidInputError(`The output ${output} isn't free.`, {
        remedy: 'Choose another one, or replace what is there.',
        fields: { code: 'output-taken', options: ['output'], state },
      });
    }
    const { input } = parsed;
    const name = lastName(output);
    const optional = {
      ...(bucket === undefined ? {} : { bucket: storedBucket(bucket, place?.url) }),
      ...(isSplit ? { meshAfter: meshSpecOf(whole) } : {}),
      ...(expectedMs === undefined ? {} : { expectedMs }),
    };
    const id = this.jobs.add({
      kind: 'convert',
      name,
      spec: { ...parsed },
      input,
      output,
      mode,
      ...optional,
    });
    await this.remember(parsed, bucket === undefined);
    return id;
  }

  /** Plans a conversion as a job for several machines. */
  async planClusterJob(spec: unknown, scheduler: Scheduler): Promise<ClusterJob> {
    const { spec: parsed } = await this.parseConversion({ spec });
    const job = await planClusterJob(parsed, scheduler, this.surroundings.workerFile);
    await this.remember(parsed, true);
    this.libraryChanged();
    return job;
  }

  /** Notes the input as a recent one, and adds the folder of an output on this machine to the library. */
  private async remember({ input, output }: ConvertSpec, isHere: boolean): Promise<void> {
    const folder = dirname(output);
    const { recentInputs, libraryFolders } = this.settings;
    await this.updateSettings({
      recentInputs: [input, ...recentInputs.filter((path) => path !== input)].slice(0, MAX_RECENT),
      libraryFolders:
        !isHere || isInside(folder, libraryFolders) ? libraryFolders : [...libraryFolders, folder],
    });
  }

  /** Adds a job that meshes an existing dataset and replaces the meshes that it has. */
  async addMeshJob(spec: unknown): Promise<string> {
    const parsed = parseMeshSpec(spec);
    const dataset = await this.files.allow(parsed.dataset);
    const allowed = { ...parsed, ...(await this.files.allowFilesIn(parsed)), dataset };
    await planMeshJob(allowed);
    const name = `Meshes of ${basename(dataset)}`;
    return this.jobs.add({
      kind: 'mesh',
      name,
      spec: allowed,
      input: dataset,
      output: dataset,
      mode: 'overwrite',
    });
  }

  /** Adds a job that checks every chunk of a dataset. */
  async addVerifyJob(path: string): Promise<string> {
    const { root } = await openDataset(await this.files.allow(path));
    const name = `Check of ${basename(root)}`;
    return this.jobs.add({
      kind: 'verify',
      name,
      spec: { dataset: root },
      input: root,
      output: root,
      mode: 'new',
    });
  }

  /** Adds a job that exports a dataset, or a part of it. @throws InvalidInputError if that isn't possible */
  async addExportJob(spec: unknown): Promise<string> {
    const parsed = parseExportSpec(spec);
    const dataset = await this.files.allowInput(parsed.dataset);
    const output = await this.files.allow(parsed.output);
    const allowed = { ...parsed, dataset, output };
    await requireExportable(allowed);
    const name = basename(output);
    return this.jobs.add({ kind: 'export', name, spec: allowed, input: dataset, output, mode: 'new' });
  }

  async datasets(): Promise<Dataset[]> {
    const found = await Promise.all(this.settings.libraryFolders.map((folder) => searchLibrary(folder)));
    const byPath = new Map(
      found.flatMap(({ datasets }) => datasets).map((dataset) => [dataset.path, dataset]),
    );
    return [...byPath.values()]
      .map((dataset) => ({ ...dataset, ...this.notes.of(dataset.path) }))
      .sort((a, b) => b.modifiedMs - a.modifiedMs);
  }

  /** Returns the output of unfinished jobs in the folders of the library, the newest first. */
  async unfinished(): Promise<Unfinished[]> {
    const found = await Promise.all(this.settings.libraryFolders.map((folder) => searchLibrary(folder)));
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
    const known: readonly StoredJob[] = [...this.history.records.toReversed(), ...this.jobs.list()];
    return known.findLast(
      (job): job is StoredEngineJob =>
        (job.kind === 'convert' || job.kind === 'mesh') && job.output === folder,
    );
  }

  /**
   * Continues the unfinished job in a folder: the job in the queue, or a new one like it.
   * @param input the input that it is made from, if that isn't known here
   */
  async resumeUnfinished(path: string, input?: string): Promise<string> {
    const folder = await this.files.allow(path);
    const known = this.jobIn(folder);
    if (known === undefined) {
      if (input !== undefined) return this.addJob({ spec: await unfinishedSpec(folder, input) }, 'resume');
      throw new InvalidInputError(`What the job in ${folder} reads isn't known here.`, {
        remedy: 'Choose its input.',
        fields: { code: 'no-input' },
      });
    }
    if (this.jobs.list().some(({ id }) => id === known.id) && known.state !== 'done') {
      this.jobs.resume(known.id);
      return known.id;
    }
    const { kind, name, spec, input: from, output, meshAfter } = known;
    const more = meshAfter === undefined ? {} : { meshAfter };
    return this.jobs.add({ kind, name, spec, input: from, output, mode: 'resume', ...more });
  }

  /** Discards the output of an unfinished job, and removes the job from the queue. */
  async discardUnfinished(path: string, forever: boolean): Promise<void> {
    const folder = await this.files.allow(path);
    const own = this.jobs.list().filter((job) => job.kind !== 'publish' && job.output === folder);
    // A running job refuses to be removed, before anything is discarded.
    for (const { id, state } of own) if (state !== 'done') this.jobs.remove(id);
    await discardUnfinished(folder, forever);
    this.libraryChanged();
  }

  /** Updates notes, projects and settings after a dataset's folder has changed. @returns the new folder */
  async moved(from: string, to: string): Promise<string> {
    await this.notes.move(from, to);
    await this.projects.move(from, to);
    const { libraryFolders } = this.settings;
    if (!isInside(to, libraryFolders))
      await this.updateSettings({ libraryFolders: [...libraryFolders, dirname(to)] });
    this.libraryChanged();
    return to;
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
    const bucket = stored && { ...stored, secret: await this.publishing.secretFor(stored.target) };
    return { kind, spec, resume: mode === 'resume', overwrite: mode === 'overwrite', token, bucket };
  }

  private warn(error: unknown): void {
    const { message } = toStudioError(error);
    this.publish({ type: 'notice', level: 'warning', message });
  }

  private publish(event: StudioEvent): void {
    this.events.publish('event', event);
  }
}

function offered<T>(ability: T | undefined): T {
  if (ability !== undefined) return ability;
  throw new UnsupportedError('This is done only where the program has a window of its own.');
}

/** Returns a bucket in the form in which jobs keep it, without its credentials. */
function storedBucket(
  { spec, target }: BucketOutput,
  url: string | undefined,
): NonNullable<StoredEngineJob['bucket']> {
  return { spec, ...(target === undefined ? {} : { target }), ...(url === undefined ? {} : { url }) };
}

/** Returns the options for meshes and resources of a conversion, for the later meshing of its dataset. */
function meshSpecOf(spec: ConvertSpec): Record<string, unknown> {
  const kept = Object.entries(spec).filter(([name]) => name in MESH_OPTIONS || name in RUN_OPTIONS);
  return { ...Object.fromEntries(kept), kind: 'mesh', dataset: spec.output };
}
