/**
 * The place and the options for publishing a dataset. Each option is defined once; command-line flags, form fields,
 * validation, help and the file of named targets all derive from this definition. Nothing here is secret: secrets
 * come from the environment, the AWS credential chain, the SSH agent, key files or a question on the terminal.
 */
import { z } from 'zod';
import { InvalidInputError } from '../base/errors';
import { hidePassword } from '../base/hide-password';
import { booleanValue, choiceValue } from './option-values';

interface PublishOption<T> {
  readonly schema: z.ZodType<T>;
  /** Command-line flag in commander's notation. A toggle has no value. */
  readonly flag: string;
  readonly label: string;
  readonly help: string;
}

function option<T>(definition: PublishOption<T>): PublishOption<T> {
  return definition;
}

function webAddress(protocols: readonly string[]) {
  return z.string().refine(
    (text) => {
      if (!URL.canParse(text)) return false;
      const { protocol, username, password } = new URL(text);
      return protocols.includes(protocol) && username === '' && password === '';
    },
    {
      error: ({ input }) =>
        `'${hidePassword(String(input))}' is not an address of ${protocols.join(' or ')}//`,
    },
  );
}

/** Also where an address with a password can't be parsed. Digits before a slash are a port. */
const HOLDS_PASSWORD = /^(s3|sftp):(\/\/)?[^/@[]*:(?!\d*\/)[^@]+@/;

const addressValue = z
  .string()
  .refine((text) => Object.hasOwn(TARGET_KINDS, schemeOf(text)), {
    error: ({ input }) =>
      `'${hidePassword(String(input))}' is not an address of a target. ${addressHint(String(input))}`,
  })
  .refine((text) => !HOLDS_PASSWORD.test(text), {
    error:
      'the address must not contain a password, because others could see it. Leave it out and you will be asked for it',
  })
  .refine((text) => !text.startsWith('sftp:') || URL.canParse(text), {
    error: ({ input }) =>
      `'${hidePassword(String(input))}' names no host. Use sftp://USER@HOST/PATH; a host given by its IPv6 address is written in brackets, as in sftp://USER@[::1]/PATH`,
  });

/** How a bucket is reached, to read from it or to write to it. */
export const BUCKET_OPTIONS = {
  endpoint: option({
    schema: webAddress(['http:', 'https:']),
    flag: '--endpoint <address>',
    label: 'Endpoint',
    help: 'Address of an S3-compatible server other than AWS.',
  }),
  pathStyle: option({
    schema: booleanValue,
    flag: '--path-style',
    label: 'Path style',
    help: 'Put the bucket name into the path (default with --endpoint). --no-path-style puts it in front of the host name.',
  }),
  region: option({
    schema: z.string().regex(/^[a-z0-9-]+$/),
    flag: '--region <name>',
    label: 'Region',
    help: 'Region of the bucket. (default: detected)',
  }),
  profile: option({
    schema: z.string().min(1),
    flag: '--profile <name>',
    label: 'Profile',
    help: 'Profile in the AWS configuration files to take credentials from.',
  }),
} as const;

export const bucketAccessSchema = z.object({
  endpoint: BUCKET_OPTIONS.endpoint.schema.optional(),
  pathStyle: BUCKET_OPTIONS.pathStyle.schema.optional(),
  region: BUCKET_OPTIONS.region.schema.optional(),
  profile: BUCKET_OPTIONS.profile.schema.optional(),
});
/** What is given of {@link BUCKET_OPTIONS}. */
export type BucketAccess = Readonly<z.output<typeof bucketAccessSchema>>;

/** Options that belong to a place and are stored with its name. */
export const TARGET_OPTIONS = {
  url: option({
    schema: webAddress(['http:', 'https:']),
    flag: '--url <address>',
    label: 'Web address',
    help: 'Web address of the published dataset. Needed for S3 only where viewers read at another address, as with a CDN or Swift.',
  }),
  compression: option({
    schema: choiceValue(['gzip', 'none']),
    flag: '--compression <method>',
    label: 'Compression',
    help: 'How gzipped files are sent: as they are, with names that end in .gz, for nginx (gzip, the default); or unzipped, for any web server (none).',
  }),
  ...BUCKET_OPTIONS,
  identity: option({
    schema: z.string().min(1),
    flag: '--identity <file>',
    label: 'Key file',
    help: 'Private key for SSH. (default: the agent, then the keys in ~/.ssh)',
  }),
} as const;

/** The kinds of targets, by the scheme of their addresses, with the options that each has. */
export const TARGET_KINDS = {
  s3: ['url', 'endpoint', 'pathStyle', 'region', 'profile'],
  sftp: ['url', 'compression', 'identity'],
  file: ['url', 'compression'],
} as const satisfies Readonly<Record<string, readonly (keyof typeof TARGET_OPTIONS)[]>>;
export type TargetKind = keyof typeof TARGET_KINDS;

function schemeOf(address: string): string {
  return address.slice(0, Math.max(0, address.indexOf(':')));
}

/** Returns the kind of a target. Precondition: it was parsed. */
export function kindOf({ address }: Pick<TargetSpec, 'address'>): TargetKind {
  return schemeOf(address) as TargetKind;
}

/** The endpoint of Google's buckets for the protocol of S3. Credentials there are HMAC keys. */
const GOOGLE = { endpoint: 'https://storage.googleapis.com', region: 'auto' } as const;

/**
 * Brings a saved target of an earlier version up to date. `transfer`, the choice between SFTP and rsync, is left out.
 * `layout` was `gz-suffix` or `unzipped`, which are now `compression: gzip` and `compression: none`.
 */
function ofThisVersion(input: unknown): unknown {
  const { data } = z.looseObject({ layout: z.enum(['gz-suffix', 'unzipped']).optional() }).safeParse(input);
  if (data === undefined) return input;
  const { transfer: _, layout, ...spec } = data;
  return layout === undefined ? spec : { compression: layout === 'unzipped' ? 'none' : 'gzip', ...spec };
}

/** Replaces `gs://` by the protocol of S3 at Google's endpoint, unless another one is given. */
function withoutGoogle(input: unknown): unknown {
  const given = z.looseObject({ address: z.string().regex(/^gs:/i) }).safeParse(input).data;
  if (given === undefined) return input;
  const { endpoint = GOOGLE.endpoint, region = GOOGLE.region } = given;
  return { ...given, endpoint, region, address: given.address.replace(/^gs/i, 's3') };
}

const plainTargetSchema = z.strictObject({
  /** `s3://BUCKET/PREFIX`, `sftp://USER@HOST[:PORT]/PATH` or `file:FOLDER`; `{name}` is the dataset's name. */
  address: addressValue,
  url: TARGET_OPTIONS.url.schema.optional(),
  compression: TARGET_OPTIONS.compression.schema.optional(),
  endpoint: TARGET_OPTIONS.endpoint.schema.optional(),
  pathStyle: TARGET_OPTIONS.pathStyle.schema.optional(),
  region: TARGET_OPTIONS.region.schema.optional(),
  profile: TARGET_OPTIONS.profile.schema.optional(),
  identity: TARGET_OPTIONS.identity.schema.optional(),
});

/** A place to publish to. */
export const targetSpecSchema = z.preprocess(
  (input) => withoutGoogle(ofThisVersion(input)),
  plainTargetSchema,
);
export type TargetSpec = Readonly<z.output<typeof targetSpecSchema>>;

/** @throws InvalidInputError that names every invalid option, never with a password in it */
export function parseTargetSpec(input: unknown): TargetSpec {
  const result = targetSpecSchema.safeParse(input);
  if (result.success) return result.data;
  const problems = result.error.issues.map(({ path, message }) => {
    const name = String(path[0] ?? '');
    const flag = name in TARGET_OPTIONS ? TARGET_OPTIONS[name as keyof typeof TARGET_OPTIONS].flag : 'target';
    return `${flag.split(' ')[0]}: ${message}`;
  });
  throw new InvalidInputError(`${problems.join('; ')}.`, {
    fields: { usage: true },
    remedy: '`precomputed-studio publish --help` lists the options.',
  });
}

/** Returns the spec with `{name}` replaced in its addresses, encoded in those that are URLs. */
export function fillName({ address, url, ...rest }: TargetSpec, name: string): TargetSpec {
  const encoded = encodeURIComponent(name);
  const inAddress = address.startsWith('sftp:') || address.startsWith('file://') ? encoded : name;
  return {
    ...rest,
    address: address.replaceAll('{name}', inAddress),
    ...(url === undefined ? {} : { url: url.replaceAll('{name}', encoded) }),
  };
}

/** Reports whether each dataset has a folder of its own, but the web address is the same for all: it shows none of them. */
export function lacksNameInUrl({ address, url }: Pick<TargetSpec, 'address' | 'url'>): boolean {
  return address.includes('{name}') && url !== undefined && !url.includes('{name}');
}

/**
 * Returns the place that contains all datasets of a target, which is set up once for all of them. There is one if
 * `{name}` is the last part of the address, below a folder. A whole bucket or a whole site doesn't count, because it
 * may contain other things.
 */
export function commonPlace({ address, url, ...rest }: TargetSpec): TargetSpec | undefined {
  const folder = folderAbove(address);
  if (folder === undefined) return undefined;
  if (address.startsWith('s3:')) return { ...rest, address: folder };
  const site = url === undefined ? undefined : folderAbove(url);
  return site === undefined ? undefined : { ...rest, address: folder, url: site };
}

/** Returns the part of an address before a final `/{name}`, or undefined if that isn't a folder. */
function folderAbove(address: string): string | undefined {
  const [, folder] = /^([^{}]*[^{}/])\/+\{name\}\/*$/.exec(address) ?? [];
  return folder === undefined || /^\w+:(\/\/[^/]+)?$/.test(folder) ? undefined : folder;
}

/** The kinds of addresses, as help and messages list them. */
export const TARGET_ADDRESSES =
  's3://BUCKET/PREFIX, gs://BUCKET/PREFIX, sftp://USER@HOST/PATH or file:FOLDER';

/** Returns what was probably meant by text that is not an address of a target, as a sentence without its full stop. */
function addressHint(text: string): string {
  if (/^https?:/i.test(text)) {
    return `Files can't be sent to a web address: give the place behind it (${TARGET_ADDRESSES}), and this one with --url`;
  }
  const meant = meantAddress(text);
  return meant === undefined
    ? `Use ${TARGET_ADDRESSES}`
    : `Did you mean ${meant}? An address is one of ${TARGET_ADDRESSES}`;
}

/** Returns the address that was probably meant by text that is none, without a password; undefined if that is unclear. */
function meantAddress(text: string): string | undefined {
  const open = text.replace(/^([^@:/\\\s]+):(?![/\\]).*@/s, '$1@');
  const hasPassword = hidePassword(text) !== text;
  const host = hasPassword ? /^([^@:/\\\s]+@[^@:/\\\s]+):?(.*)$/ : HOST_AND_PATH;
  const [, place, path = ''] = host.exec(open) ?? [];
  if (place !== undefined) return `sftp://${place}${path.startsWith('/') ? '' : '/~/'}${path}`;
  return hasPassword || /^[a-z][\w+.-]+:/i.test(text) || text.trim() === '' ? undefined : `file:${text}`;
}

/** A host and a path as scp takes them. */
const HOST_AND_PATH = /^((?:[^@:/\\\s]+@)?[^@:/\\\s]{2,}):(?!\/\/)(.+)$/;
