import { basename, join } from 'node:path';
import type { StoredPublishJob } from '../../shared/api/job-types';
import { fillName, parseTargetSpec, type TargetSpec } from '../../shared/api/publish-spec';
import type {
  CheckReport,
  ConnectionRequest,
  Inspection,
  PublishConsent,
  SetupItemReport,
  UnpublishPlan,
} from '../../shared/api/publish-types';
import { BugError, isStudioError } from '../../shared/base/errors';
import { JsonFile } from '../base/json-file';
import { neverAborted } from '../base/never-aborted';
import { checkUrl } from '../check/check-url';
import { openDataset } from '../engine/dataset/dataset';
import { nginxForTarget } from '../publish/nginx-config';
import { publishDataset } from '../publish/publish-job';
import { isBucket } from '../publish/publish-target';
import { unpublishDataset } from '../publish/unpublish';
import type { PublishRequest } from './job-process';
import type { NewJob } from './job-queue';
import type { Place } from './open-place';
import { PublishHistory, publishHistorySchema } from './publish-history';
import { TargetDesk, type TargetSurroundings } from './target-desk';

/**
 * Everything about publishing except the jobs: targets, inspection of places before anything is sent, and history.
 */
export class PublishDesk {
  readonly history: PublishHistory;
  readonly targets: TargetDesk;

  constructor(private readonly surroundings: TargetSurroundings) {
    this.targets = new TargetDesk(surroundings);
    this.history = new PublishHistory(
      new JsonFile(join(surroundings.dataFolder, 'published.json'), publishHistorySchema),
    );
  }

  async load(setAside: (movedTo: string) => void): Promise<void> {
    await this.targets.load(setAside);
    await this.history.load(setAside);
  }

  /** Returns the names of the account's buckets. The address of the spec needn't contain one yet. */
  async buckets(connection: ConnectionRequest): Promise<string[]> {
    const { region, endpoint, pathStyle, profile } = parseTargetSpec(connection.spec);
    const secret = await this.targets.secretOf(connection);
    const { listBuckets } = await import('../publish/targets/s3-buckets');
    return listBuckets({
      region,
      endpoint,
      pathStyle: pathStyle ?? endpoint !== undefined,
      profile,
      credentials: secret?.kind === 's3' ? secret : undefined,
    });
  }

  async createBucket(connection: ConnectionRequest): Promise<void> {
    await this.targets.within(
      { ...(await this.targets.place(connection, '')), createBucket: true },
      async (target) => {
        await target.prepare();
      },
    );
  }

  /** Returns what would be sent to a place and what prevents it. Changes nothing. */
  async inspect(
    connection: ConnectionRequest,
    dataset: string,
    signal = neverAborted(),
  ): Promise<Inspection> {
    const { root } = await openDataset(await this.surroundings.files.allow(dataset));
    const place = await this.targets.place(connection, root);
    const common = await this.targets.commonPlace(connection);
    const isForAll = common?.address.startsWith('s3:') === true;
    const setup = isForAll ? await this.setupOf({ ...place, spec: common }) : undefined;
    return this.targets.within(
      place,
      async (target) => {
        // There are no retries, because a user is waiting for the answer.
        await target.prepare();
        const { plan } = await publishDataset({
          dataset: root,
          target,
          dataFolder: this.surroundings.dataFolder,
          dryRun: true,
          checksum: false,
          deleteStale: false,
          overwrite: true,
          check: false,
          signal,
          emit: () => undefined,
        });
        const { publicUrl } = target;
        const nginx = nginxOf(common ?? place.spec);
        return {
          setup: setup ?? (isBucket(target) ? await target.inspectSetup() : []),
          plan,
          ...(common === undefined ? {} : { common: common.url ?? common.address }),
          ...(publicUrl === undefined ? {} : { url: publicUrl }),
          ...(nginx === undefined ? {} : { nginx }),
        };
      },
      signal,
    );
  }

  /** Changes those settings of a bucket that the user has seen and consented to. */
  async setUp(
    connection: ConnectionRequest,
    dataset: string,
    items: readonly SetupItemReport['name'][],
  ): Promise<void> {
    const place = await this.targets.place(connection, dataset);
    const common = await this.targets.commonPlace(connection);
    await this.targets.within(common === undefined ? place : { ...place, spec: common }, async (target) => {
      if (!isBucket(target)) return;
      await target.prepare();
      // Settings that could not be read stay: changing them would discard their current content.
      const wanted = (await target.inspectSetup()).filter(
        ({ name, state }) => items.includes(name) && state === 'to-change',
      );
      const [failure] = await target.applySetup(wanted);
      if (failure !== undefined) throw failure.error;
    });
  }

  check(url: string, viewer: string, signal = neverAborted()): Promise<CheckReport> {
    return checkUrl({ url, viewer, signal });
  }

  /** Creates a job that publishes `dataset` to the target of this name. */
  async newJob(dataset: string, target: string, consent: PublishConsent, viewerUrl: string): Promise<NewJob> {
    const { root } = await openDataset(await this.surroundings.files.allow(dataset));
    const spec = await this.targets.allowSpec(fillName(await this.targets.get(target), basename(root)));
    const name = `${basename(root)} → ${target}`;
    return { kind: 'publish', name, dataset: root, target, spec, consent, viewerUrl };
  }

  /**
   * Removes from a target the files that were published there from a dataset's folder, and nothing else. Without
   * consent it only reports which files those are.
   */
  async unpublish(
    dataset: string,
    name: string,
    isConsented: boolean,
    signal = neverAborted(),
  ): Promise<UnpublishPlan> {
    const startMs = Date.now();
    const { root } = await openDataset(await this.surroundings.files.allow(dataset));
    // A dataset that was renamed since is still where its earlier name has led.
    const address = this.history.addressOf(root, name);
    const spec = { ...(await this.targets.get(name)), ...(address === undefined ? {} : { address }) };
    const place = await this.targets.place({ spec, name }, root);
    let plan: UnpublishPlan | undefined;
    const removed = await this.targets.within(
      place,
      (target) =>
        unpublishDataset({
          dataset: root,
          target,
          dataFolder: this.surroundings.dataFolder,
          signal,
          consent: (planned) => {
            plan = planned;
            return Promise.resolve(isConsented);
          },
        }),
      signal,
    );
    if (removed !== undefined) {
      await this.history.addRemoval(root, name, removed, Date.now() - startMs);
      this.changed();
    }
    if (plan === undefined) throw new BugError('nobody was asked what to remove');
    return plan;
  }

  async requestFor({ dataset, target, spec, consent, viewerUrl }: StoredPublishJob): Promise<PublishRequest> {
    const secret = await this.targets.secretFor(target);
    return {
      kind: 'publish',
      dataset,
      spec,
      consent,
      viewerUrl,
      secret,
      hostKey: this.targets.hostKeyOf(spec),
    };
  }

  /** Records a finished upload in the history. */
  async note(job: StoredPublishJob): Promise<void> {
    await this.history.add(job);
    this.changed();
  }

  /** Makes what is known of a dataset's publications follow its folder. */
  async follow(from: string, to: string): Promise<void> {
    await this.history.follow(from, to);
    this.changed();
  }

  /** Stores the result of a check of what was published. */
  async keepCheck({ url, ok }: CheckReport): Promise<void> {
    await this.history.addCheck(url, ok);
    this.changed();
  }

  private setupOf(place: Place): Promise<SetupItemReport[]> {
    return this.targets.within(place, async (target) => {
      if (!isBucket(target)) return [];
      await target.prepare();
      return target.inspectSetup();
    });
  }

  private changed(): void {
    this.surroundings.publish({ type: 'targets' });
  }
}

/** Returns the configuration for a target on a web server whose address is known. */
function nginxOf(spec: TargetSpec): string | undefined {
  if (spec.address.startsWith('s3:') || spec.url === undefined) return undefined;
  try {
    return nginxForTarget(spec);
  } catch (error) {
    if (isStudioError(error)) return undefined;
    throw error;
  }
}
