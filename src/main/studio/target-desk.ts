import { basename, join } from 'node:path';
import { z } from 'zod';
import { parseBucketAddress } from '../../shared/api/bucket-address';
import type { StudioEvent } from '../../shared/api/contract-types';
import { commonPlace, fillName, parseTargetSpec, type TargetSpec } from '../../shared/api/publish-spec';
import {
  secretSchema,
  type ConnectionRequest,
  type SavedTarget,
  type Secret,
} from '../../shared/api/publish-types';
import { InvalidInputError } from '../../shared/base/errors';
import { JsonFile } from '../base/json-file';
import { folderOfAddress, withEndpoint } from '../publish/open-target';
import type { PublishTarget } from '../publish/publish-target';
import { SavedTargets } from '../publish/saved-targets';
import { bucketSpec, type BucketOutput } from './bucket-output';
import type { FileAccess } from './file-access';
import { openPlace, type Place } from './open-place';
import type { AskUser } from './prompts';
import { keptSecretsSchema, SecretStore, type SecretCipher } from './secret-store';

export interface TargetSurroundings {
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

/** The saved targets, and all with which their places are reached: credentials, keys of hosts, allowed folders. */
export class TargetDesk {
  private readonly secrets: SecretStore<Secret>;
  private readonly saved: SavedTargets;
  private readonly hostsFile: JsonFile<ConfirmedHosts>;
  private hosts: ConfirmedHosts = {};

  constructor(private readonly surroundings: TargetSurroundings) {
    const { dataFolder, cipher } = surroundings;
    // The command line keeps its targets in the same folder, so that a name means the same in both.
    this.saved = new SavedTargets(dataFolder);
    const secretsFile = new JsonFile(join(dataFolder, 'secrets.json'), keptSecretsSchema);
    this.secrets = new SecretStore(secretsFile, cipher, secretSchema);
    this.hostsFile = new JsonFile(join(dataFolder, 'confirmed-hosts.json'), confirmedHostsSchema);
  }

  async load(setAside: (movedTo: string) => void): Promise<void> {
    await this.secrets.load(setAside);
    this.hosts = (await this.hostsFile.load(setAside)) ?? {};
  }

  async list(): Promise<{ targets: SavedTarget[]; keychain: boolean }> {
    const targets = await this.saved.list();
    return {
      targets: targets.map(([name, spec]) => ({ name, spec, secret: this.secrets.place(name) })),
      keychain: this.secrets.hasKeychain,
    };
  }

  async save(name: string, spec: unknown): Promise<void> {
    await this.saved.save(name, await this.allowSpec(parseTargetSpec(spec)));
    this.changed();
  }

  async remove(name: string): Promise<void> {
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

  /** @throws InvalidInputError if there is no target with this name */
  get(name: string): Promise<TargetSpec> {
    return this.saved.get(name);
  }

  async confirmHost(spec: unknown, fingerprint: string): Promise<void> {
    this.hosts = { ...this.hosts, [hostOf(parseTargetSpec(spec))]: fingerprint };
    await this.hostsFile.save(this.hosts);
  }

  /** Returns the fingerprint of a host's key that the user has confirmed. */
  hostKeyOf(spec: TargetSpec): string | undefined {
    return this.hosts[hostOf(spec)];
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

  /** Returns the place of a dataset at a target. */
  async place(connection: ConnectionRequest, dataset: string): Promise<Place> {
    const spec = await this.allowSpec(fillName(parseTargetSpec(connection.spec), basename(dataset)));
    return { spec, dataset, secret: await this.secretOf(connection), hostKey: this.hostKeyOf(spec) };
  }

  /** Returns the place at which the target is set up for all of its datasets at once. */
  async commonPlace({ spec }: ConnectionRequest): Promise<TargetSpec | undefined> {
    const common = commonPlace(parseTargetSpec(spec));
    return common && this.allowSpec(common);
  }

  /** Returns the credentials that a request has, or else those of its target. */
  async secretOf({ secret, name }: ConnectionRequest): Promise<Secret | undefined> {
    return secret ?? this.secretFor(name);
  }

  /** Returns the spec with real paths on this machine. @throws InvalidInputError if they may not be used */
  async allowSpec(spec: TargetSpec): Promise<TargetSpec> {
    const { files } = this.surroundings;
    const { address, identity } = spec;
    return {
      ...spec,
      address: address.startsWith('file:') ? `file:${await files.allow(folderOfAddress(address))}` : address,
      ...(identity === undefined ? {} : { identity: await files.allow(identity) }),
    };
  }

  /** Does something with an open place. @param signal ends what is asked */
  async within<T>(
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
  if (!URL.canParse(address)) throw new InvalidInputError(`'${address}' is not an address of a host.`);
  const { hostname, port } = new URL(address);
  return `${hostname}:${port === '' ? 22 : port}`;
}

/** Returns the name of the bucket that an address names; undefined for places of other kinds. */
function bucketIn(address: string): string | undefined {
  return parseBucketAddress(address)?.bucket;
}
