import type { Prompt, Session, Settings, StudioEvent } from '../../shared/api/contract-types';
import type { EngineJob, Job, PublishJob } from '../../shared/api/job-types';
import type { Project } from '../../shared/api/project-types';
import type { Host } from '../hosts/host';
import type { StudioClient } from '../hosts/studio-client';
import { Connection } from './connection.svelte';

/** Number of points of a job's plot that are kept here. The host thins out its own. */
const HISTORY_POINTS = 1200;

export interface Notice {
  readonly id: number;
  /** The timer that removes the notice; undefined if it stays until the user acts or dismisses it. */
  readonly end: ReturnType<typeof setTimeout> | undefined;
  readonly level: 'info' | 'warning';
  readonly message: string;
  /** Something that the user can do about it, such as to undo it. */
  readonly action?: NoticeAction | undefined;
}

export interface NoticeAction {
  readonly label: string;
  readonly run: () => Promise<unknown>;
  /** Whether it still makes sense; without this function it always does. The notice goes away when it no longer does. */
  readonly isPossible?: () => boolean;
}

/** How long a notice is shown at least; it is longer for a longer text. */
const NOTICE_MS = { info: 3000, warning: 8000 } as const;
const MS_A_CHARACTER = 60;

/** The studio's state as the page sees it: what the host reports, and nothing that the page adds. */
export class StudioState {
  session = $state.raw<Session>();
  settings = $state.raw<Settings>();
  jobs = $state.raw<readonly Job[]>([]);
  /** Questions of hosts that wait for an answer, the oldest first. */
  prompts = $state.raw<readonly Prompt[]>([]);
  /** The newest first. */
  notices = $state.raw<readonly Notice[]>([]);
  /** Increases when datasets are added, removed or changed. */
  libraryVersion = $state(0);
  /** Newest first. */
  projects = $state.raw<readonly Project[]>([]);
  /** Increases when targets, their credentials or what was published to them change. */
  targetsVersion = $state(0);
  readonly connection: Connection;
  readonly client: StudioClient;
  private noticeCount = 0;

  constructor(readonly host: Host) {
    this.connection = new Connection(host, (client) => this.follow(client));
    this.client = this.connection.client;
  }

  /** Whether what is shown of jobs is still true: without a connection nobody says what has become of them. */
  get isLive(): boolean {
    return this.connection.status === 'open';
  }

  dismiss(id: number): void {
    this.notices = this.notices.filter((notice) => notice.id !== id);
  }

  /** Shows a notice for as long as it takes to read it, or, with an action, until the user acts or dismisses it. */
  notify(level: Notice['level'], message: string, action?: NoticeAction): void {
    const notice = { id: ++this.noticeCount, level, message, action };
    this.notices = [{ ...notice, end: this.endOf(notice) }, ...this.notices];
  }

  /** Keeps notices while the pointer is over them. */
  holdNotices(held: boolean): void {
    for (const { end } of this.notices) clearTimeout(end);
    if (!held) this.notices = this.notices.map((notice) => ({ ...notice, end: this.endOf(notice) }));
  }

  private endOf({ id, level, message, action }: Omit<Notice, 'end'>): Notice['end'] {
    if (action !== undefined) return undefined;
    return setTimeout(() => this.dismiss(id), NOTICE_MS[level] + MS_A_CHARACTER * message.length);
  }

  /** Removes jobs from the queue, and offers to put them back. */
  async removeJobs(jobs: readonly Pick<Job, 'id' | 'name'>[]): Promise<void> {
    const [first] = jobs;
    for (const { id } of jobs) await this.client.jobs.remove({ id });
    const ids = jobs.map(({ id }) => id);
    const what = jobs.length === 1 ? (first?.name ?? '') : `${jobs.length} jobs`;
    this.notify('info', `Removed ${what} from the queue.`, {
      label: 'Undo',
      run: () => this.client.jobs.putBack({ ids }),
    });
  }

  private async loadProjects(): Promise<void> {
    this.projects = await this.client.projects.list();
  }

  private async follow(client: StudioClient): Promise<void> {
    this.session = await client.session();
    for await (const event of await client.events()) this.handle(event);
  }

  private handle(event: StudioEvent): void {
    switch (event.type) {
      case 'snapshot':
        this.settings = event.settings;
        this.jobs = event.jobs;
        this.prompts = event.prompts;
        this.libraryVersion++;
        this.targetsVersion++;
        void this.loadProjects();
        return;
      case 'prompts':
        this.prompts = event.prompts;
        return;
      case 'projects':
        void this.loadProjects();
        return;
      case 'jobs':
        this.jobs = event.jobs;
        return;
      case 'progress':
        this.jobs = this.jobs.map((job) =>
          job.id === event.id && job.kind !== 'publish' ? withProgress(job, event) : job,
        );
        return;
      case 'publish-progress':
        this.jobs = this.jobs.map((job) =>
          job.id === event.id && job.kind === 'publish' ? withUpload(job, event) : job,
        );
        return;
      case 'settings':
        this.settings = event.settings;
        return;
      case 'library':
        this.libraryVersion++;
        return;
      case 'targets':
        this.targetsVersion++;
        return;
      case 'notice':
        this.notify(event.level, event.message);
        return;
    }
  }
}

function withUpload(
  job: PublishJob,
  { progress }: Extract<StudioEvent, { type: 'publish-progress' }>,
): PublishJob {
  const { elapsedMs, bytesPerSecond, filesPerSecond } = progress;
  const point: Job['history'][number] = [elapsedMs / 1000, bytesPerSecond, filesPerSecond];
  return { ...job, progress, history: [...job.history, point].slice(-HISTORY_POINTS) };
}

function withProgress(
  job: EngineJob,
  { progress, squares }: Extract<StudioEvent, { type: 'progress' }>,
): EngineJob {
  const point: Job['history'][number] = [
    progress.elapsedMs / 1000,
    progress.voxelsPerSecond,
    progress.memoryBytes,
  ];
  return {
    ...job,
    progress,
    maps: squares.length === 0 ? job.maps : withSquares(job.maps, squares),
    history: [...job.history, point].slice(-HISTORY_POINTS),
  };
}

function withSquares(
  maps: EngineJob['maps'],
  squares: Extract<StudioEvent, { type: 'progress' }>['squares'],
): EngineJob['maps'] {
  const changed = new Set(squares.map(([scale]) => scale));
  const copies = maps.map((map, scale) => (changed.has(scale) ? { ...map, percent: [...map.percent] } : map));
  for (const [scale, square, percent] of squares) {
    const map = copies[scale];
    if (map !== undefined) map.percent[square] = percent;
  }
  return copies;
}
