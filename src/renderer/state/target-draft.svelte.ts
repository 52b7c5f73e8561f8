import { BUCKET_NAMES, isBucketName } from '../../shared/api/bucket-address';
import {
  parseTargetSpec,
  TARGET_OPTIONS,
  type TargetSpec,
  kindOf,
  type TargetKind,
} from '../../shared/api/publish-spec';
import { targetNameSchema, type SavedTarget, type Secret } from '../../shared/api/publish-types';
import { toStudioError } from '../../shared/base/errors';
import { partsOf } from './target-words';

type Login = 'machine' | 'profile' | 'typed';

/** Initial folders that hold all datasets, so that a bucket or a web server has to be set up only once. */
const FOLDERS: Readonly<Record<TargetKind, string>> = {
  s3: 'datasets/{name}',
  sftp: '/var/www/html/datasets/{name}',
  file: '',
};

/** A target while it is being set up, as typed. */
export class TargetDraft {
  kind = $state<TargetKind>('s3');
  name = $state('');
  /** False for an existing target, which keeps its name. */
  readonly isNew: boolean;

  bucket = $state('');
  /** The folder in the bucket, on the host, or on this machine. `{name}` stands for the dataset's name. */
  folder = $state(FOLDERS.s3);
  /** Address of an S3-compatible server; '' is Amazon's. */
  endpoint = $state('');
  isAmazon = $state(true);
  /** Whether the bucket's name is in the path of addresses, and not in front of the host; of other services than Amazon's. */
  pathStyle = $state(true);
  region = $state('');
  profile = $state('');
  host = $state('');
  port = $state('22');
  user = $state('');
  identity = $state('');
  url = $state('');
  compression = $state<'gzip' | 'none'>('gzip');
  login = $state<Login>('machine');

  /** @param isForSeveral whether several datasets will be published there, each to a folder of its own */
  constructor(
    target?: SavedTarget,
    private readonly isForSeveral = false,
  ) {
    this.isNew = target === undefined;
    if (target !== undefined) this.adopt(target);
  }

  /** Chooses a kind, with its initial folder. */
  choose(kind: TargetKind): void {
    this.kind = kind;
    this.folder = FOLDERS[kind];
  }

  get spec(): TargetSpec {
    const { kind, isAmazon, endpoint, pathStyle, region, profile, identity, compression, login } = this;
    const url = this.url.trim();
    return parseTargetSpec({
      address: this.address,
      ...(url === '' ? {} : { url }),
      ...(kind === 's3' && !isAmazon ? { endpoint: endpoint.trim() } : {}),
      ...(kind === 's3' && !isAmazon && !pathStyle ? { pathStyle } : {}),
      ...(kind === 's3' && region.trim() !== '' ? { region: region.trim() } : {}),
      ...(kind === 's3' && login === 'profile' ? { profile: profile.trim() } : {}),
      ...(kind === 's3' ? {} : { compression }),
      ...(kind === 'sftp' && identity.trim() !== '' ? { identity: identity.trim() } : {}),
    });
  }

  /** Why it can't be saved, by field. */
  get problems(): Readonly<Record<string, string>> {
    const problems: Record<string, string> = {};
    const require = (field: string, ok: boolean, message: string) => {
      if (!ok) problems[field] = message;
    };
    require('name', targetNameSchema.safeParse(this.name).success, 'Give it a name of up to 64 characters.');
    if (this.kind === 's3') {
      require('bucket', isBucketName(this.bucket, !this.isAmazon), `Buckets have names of ${BUCKET_NAMES}.`);
      if (!this.isAmazon) {
        const isAddress = TARGET_OPTIONS.endpoint.schema.safeParse(this.endpoint.trim()).success;
        require('endpoint', isAddress, 'Give the address of the server, such as https://s3.example.org.');
      }
      if (this.login === 'profile') require('profile', this.profile.trim() !== '', 'Name the profile.');
    } else {
      require('folder', this.folder.trim() !== '', 'Choose the folder that the web server serves.');
    }
    if (this.kind === 'sftp') {
      require('host', /^[\w.:[\]-]+$/.test(
        this.host.trim(),
      ), 'Give the name of the host, such as www.example.org.');
      require('port', /^\d{1,5}$/.test(this.port), 'Ports are numbers up to 65535.');
    }
    const hasName = this.folder.includes('{name}');
    if (this.isForSeveral)
      require('folder', hasName, 'Add {name}, which stands for the name of each dataset, such as datasets/{name}.');
    const url = this.url.trim();
    if (url !== '') {
      const isAddress = TARGET_OPTIONS.url.schema.safeParse(url).success;
      require('url', isAddress, 'Give an address that begins with https:// or http://.');
      const isOwn = url.includes('{name}') || !(hasName || this.isForSeveral);
      if (isAddress) require('url', isOwn, 'Add {name} here too: each dataset has an address of its own.');
    }
    return Object.keys(problems).length === 0 ? this.remainingProblem() : problems;
  }

  private remainingProblem(): Readonly<Record<string, string>> {
    try {
      return this.spec.address === '' ? { name: 'There is no address.' } : {};
    } catch (error) {
      return { folder: toStudioError(error).message };
    }
  }

  private get address(): string {
    const folder = this.folder.trim();
    if (this.kind === 's3') return `s3://${this.bucket}/${folder.replace(/^\/+/, '')}`;
    if (this.kind === 'file') return `file:${folder}`;
    const user = this.user.trim() === '' ? '' : `${encodeURIComponent(this.user.trim())}@`;
    const port = this.port === '22' ? '' : `:${this.port}`;
    const path = folder.startsWith('/') ? folder : `/~/${folder}`;
    return `sftp://${user}${this.host.trim()}${port}${path}`;
  }

  private adopt({ name, spec, secret }: SavedTarget): void {
    this.name = name;
    this.kind = kindOf(spec);
    this.url = spec.url ?? '';
    this.compression = spec.compression ?? 'gzip';
    this.endpoint = spec.endpoint ?? '';
    this.isAmazon = spec.endpoint === undefined;
    this.region = spec.region ?? '';
    this.profile = spec.profile ?? '';
    this.identity = spec.identity ?? '';
    this.pathStyle = spec.pathStyle ?? true;
    this.login = secret !== 'none' ? 'typed' : spec.profile === undefined ? 'machine' : 'profile';
    Object.assign(this, partsOf(spec.address));
  }
}

/** Credentials while they are typed in. They are sent only to the host. */
export class SecretDraft {
  accessKeyId = $state('');
  secretAccessKey = $state('');
  sessionToken = $state('');
  password = $state('');
  passphrase = $state('');
  /** Whether to keep them in the system's keychain, if there is one. */
  keep = $state(true);

  /** Undefined while something is missing. */
  secretOf(kind: TargetKind): Secret | undefined {
    const { accessKeyId, secretAccessKey, sessionToken, password, passphrase } = this;
    if (kind === 's3') {
      if (accessKeyId === '' || secretAccessKey === '') return undefined;
      return { kind, accessKeyId, secretAccessKey, ...(sessionToken === '' ? {} : { sessionToken }) };
    }
    if (password === '' && passphrase === '') return undefined;
    return {
      kind: 'ssh',
      ...(password === '' ? {} : { password }),
      ...(passphrase === '' ? {} : { passphrase }),
    };
  }
}
