import { basename, join } from 'node:path';
import { z } from 'zod';
import type { StudioEvent } from '../../shared/api/contract-types';
import type { StoredPublishJob } from '../../shared/api/job-types';
import { commonPlace, fillName, parseTargetSpec, type TargetSpec } from '../../shared/api/publish-spec';
import {
  secretSchema,
  type CheckReport,
  type ConnectionRequest,
  type Inspection,
  type PublishConsent,
  type SavedTarget,
  type Secret,
  type SetupItemReport,
  type UnpublishPlan,
} from '../../shared/api/publish-types';
import { parseBucketAddress } from '../../shared/api/bucket-address';
import { BugError, InvalidInputError, isStudioError } from '../../shared/base/errors';
import { neverAborted } from '../base/never-aborted';
import { openDataset } from '../engine/dataset/dataset';
import { isBucket } from '../publish/publish-target';
import { checkUrl } from '../check/check-url';
import { nginxForTarget } from '../publish/nginx-config';
import { publishDataset } from '../publish/publish-job';
import type { PublishTarget } from '../publish/publish-target';
import { folderOfAddress, withEndpoint } from '../publish/open-target';
import { SavedTargets } from '../publish/saved-targets';
import { unpublishDataset } from '../publish/unpublish';
import { bucketSpec, type BucketOutput } from './bucket-output';
import type { FileAccess } from './file-access';
import type { PublishRequest } from './job-process';
import type { NewJob } from './job-queue';
import { JsonFile } from '../base/json-file';
import { openPlace, type Place } from './open-place';
import type { AskUser } from './prompts';
import { PublishHistory, publishHistorySchema } from './publish-history';
import { keptSecretsSchema, SecretStore, type SecretCipher } from './secret-store';

export interface DeskSurroundings {
  readonly dataFolder: string;
  readonly files: FileAccess;
  readonly cipher: SecretCipher | undefined;
  /** Asks the user what a host asks. */
  readonly ask: AskUser;
  readonly publish: (event: StudioEvent) => void;
}

/** Fingerprints of host keys that the user has confirmed, by host and port. */
const confirmedHostsSchema = z.record(z.string(), z.string());
type ConfirmedHosts = z.output<typeof confirmedHostsSchema>;

/**
 * Everything about publishing except the jobs: targets, credentials, inspection of places before anything is sent,
 * and history.
 */
export class PublishDesk {
  readonly history: PublishHistory;
  private readonly secrets: SecretStore<Secret>;
  private readonly saved: SavedTargets;
  private readonly hostsFile: JsonFile<ConfirmedHosts>;
  private hosts: ConfirmedHosts = {};

  constructor(private readonly surroundings: DeskSurroundings) {
    const { dataFolder, cipher } = surroundings;
    // The command line keeps its targets in the same folder, so that a name means the same in both.
    this.saved = new SavedTargets(dataFolder);
    const secretsFile = new JsonFile(join(dataFolder, 'secrets.json'), keptSecretsSchema);
    this.secrets = new SecretStore(secretsFile, cipher, secretSchema);
    this.history = new PublishHistory(new JsonFile(join(dataFolder, 'published.json'), publishHistorySchema));
    this.hostsFile = new JsonFile(join(dataFolder, 'confirmed-hosts.json'), confirmedHostsSchema);
  }

  async load(setAside: (movedTo: string) => void): Promise<void> {
    await this.secrets.load(setAside);
    await this.history.load(setAside);
    this.hosts = (await this.hostsFile.load(setAside)) ?? {};
  }

  async targets(): Promise<{ targets: SavedTarget[]; keychain: boolean }> {
    const targets = await this.saved.list();
    return {
      targets: targets.map(([name, spec]) => ({ name, spec, secret: this.secrets.place(name) })),
      keychain: this.secrets.hasKeychain,
    };
  }

  async saveTarget(name: string, spec: unknown): Promise<void> {
    await this.saved.save(name, await this.allowSpec(parseTargetSpec(spec)));
    this.changed();
  }

  async removeTarget(name: string): Promise<void> {
    await this.saved.remove(name);
    await this.secrets.forget(name);
    this.changed();
  }

  async saveSecret(name: string, secret: Secret, keep: boolean): Promise<void> {
    await this.secrets.set(name, secret, keep);
    this.changed();
  }

  async forgetSecret(name: string): Promise<void> {
    await this.secrets.forget(name);
    this.changed();
  }

  /** Returns the names of the account's buckets. The address of the spec needn't contain one yet. */
  async buckets(connection: ConnectionRequest): Promise<string[]> {
    const { region, endpoint, pathStyle, profile } = parseTargetSpec(connection.spec);
    const secret = await this.secretOf(connection);
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
    await this.within({ ...(await this.place(connection, '')), createBucket: true }, async (target) => {
      await target.prepare();
    });
  }

  /** Returns what would be sent to a place and what prevents it. Changes nothing. */
  async inspect(
    connection: ConnectionRequest,
    dataset: string,
    signal = neverAborted(),
  ): Promise<Inspection> {
    const { root } = await openDataset(await this.surroundings.files.allow(dataset));
    const place = await this.place(connection, root);
    const common = await this.commonPlace(connection);
    const isForAll = common?.address.startsWith('s3:') === true;
    const setup = isForAll ? await this.setupOf({ ...place, spec: common }) : undefined;
    return this.within(
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
    const place = await this.place(connection, dataset);
    const common = await this.commonPlace(connection);
    await this.within(common === undefined ? place : { ...place, spec: common }, async (target) => {
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

  async confirmHost(spec: unknown, fingerprint: string): Promise<void> {
    this.hosts = { ...this.hosts, [hostOf(parseTargetSpec(spec))]: fingerprint };
    await this.hostsFile.save(this.hosts);
  }

  check(url: string, viewer: string, signal = neverAborted()): Promise<CheckReport> {
    return checkUrl({ url, viewer, signal });
  }

  /** Returns how the output of a conversion is reached at an address, by the target of a name if one is given. */
  async bucketOutput(output: string, layout: unknown, target: string | undefined): Promise<BucketOutput> {
    const saved = target === undefined ? undefined : await this.saved.get(target);
    return { spec: await bucketSpec(output, layout, saved), target, secret: await this.secretFor(target) };
  }

  /**
   * Returns how a place is reached that a job names which was planned elsewhere: with the credentials of a target of the
   * same bucket, if one is saved.
   */
  async bucketOf(spec: TargetSpec): Promise<BucketOutput> {
    const { endpoint } = await withEndpoint(spec);
    for (const [target, saved] of await this.saved.list()) {
      if (bucketIn(saved.address) !== bucketIn(spec.address)) continue;
      if ((await withEndpoint(saved)).endpoint === endpoint)
        return { spec, target, secret: await this.secretFor(target) };
    }
    return { spec };
  }

  /** Returns the typed-in credentials of a target. */
  async secretFor(target: string | undefined): Promise<Secret | undefined> {
    return target === undefined ? undefined : this.secrets.get(target);
  }

  /** Creates a job that publishes `dataset` to the target of this name. */
  async newJob(dataset: string, target: string, consent: PublishConsent, viewerUrl: string): Promise<NewJob> {
    const { root } = await openDataset(await this.surroundings.files.allow(dataset));
    const spec = await this.allowSpec(fillName(await this.saved.get(target), basename(root)));
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
    const spec = { ...(await this.saved.get(name)), ...(address === undefined ? {} : { address }) };
    const place = await this.place({ spec, name }, root);
    let plan: UnpublishPlan | undefined;
    const removed = await this.within(
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
    const secret = await this.secrets.get(target);
    return { kind: 'publish', dataset, spec, consent, viewerUrl, secret, hostKey: this.hosts[hostOf(spec)] };
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

  private async place(connection: ConnectionRequest, dataset: string): Promise<Place> {
    const spec = await this.allowSpec(fillName(parseTargetSpec(connection.spec), basename(dataset)));
    return { spec, dataset, secret: await this.secretOf(connection), hostKey: this.hosts[hostOf(spec)] };
  }

  /** Returns the place at which the target is set up for all of its datasets at once. */
  private async commonPlace({ spec }: ConnectionRequest): Promise<TargetSpec | undefined> {
    const common = commonPlace(parseTargetSpec(spec));
    return common && this.allowSpec(common);
  }

  private setupOf(place: Place): Promise<SetupItemReport[]> {
    return this.within(place, async (target) => {
      if (!isBucket(target)) return [];
      await target.prepare();
      return target.inspectSetup();
    });
  }

  private async secretOf({ secret, name }: ConnectionRequest): Promise<Secret | undefined> {
    return secret ?? this.secretFor(name);
  }

  /** Returns the spec with real paths on this machine. @throws InvalidInputError if they may not be used */
  private async allowSpec(spec: TargetSpec): Promise<TargetSpec> {
    const { files } = this.surroundings;
    const { address, identity } = spec;
    return {
      ...spec,
      address: address.startsWith('file:') ? `file:${await files.allow(folderOfAddress(address))}` : address,
      ...(identity === undefined ? {} : { identity: await files.allow(identity) }),
    };
  }

  /** @param signal ends what is asked */
  private async within<T>(
    place: Place,
    action: (target: PublishTarget) => Promise<T>,
    signal?: AbortSignal,
  ): Promise<T> {
    const target = await openPlace(place, (question) => this.surroundings.ask(question, signal));
    try {
      return await action(target);
    } finally {
      await target.close();
    }
  }

  private changed(): void {
    this.surroundings.publish({ type: 'targets' });
  }
}

/** Returns host and port of a target that uses SSH, and '' for others. */
function hostOf({ address }: TargetSpec): string {
  if (!address.startsWith('sftp:')) return '';
  if (!URL.canParse(address)) throw new InvalidInputError(`'${address}' is no address of a host.`);
  const { hostname, port } = new URL(address);
  return `${hostname}:${port === '' ? 22 : port}`;
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

/** Returns the name of the bucket that an address names; undefined for places of other kinds. */
function bucketIn(address: string): string | undefined {
  return parseBucketAddress(address)?.bucket;
}
