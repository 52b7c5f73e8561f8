import {
  GetBucketCorsCommand,
  GetBucketPolicyCommand,
  GetPublicAccessBlockCommand,
  PutBucketCorsCommand,
  PutBucketPolicyCommand,
  PutPublicAccessBlockCommand,
  type CORSRule,
  type PublicAccessBlockConfiguration,
  type S3Client,
} from '@aws-sdk/client-s3';
import { z } from 'zod';
import { InvalidInputError, type StudioError } from '../../../shared/base/errors';
import { corsWithoutRules, readAdvice, refusesCors } from '../../check/server-advice';
import { answerHeaders, s3Code, s3Error } from '../../places/s3/s3-error';

/** One of the settings of a bucket that decide whether viewers can read it. */
export interface SetupItem {
  readonly name: 'public-access-block' | 'policy' | 'cors';
  /** forbidden: the right to read the setting is missing; unsupported: the server doesn't have this setting. */
  readonly state: 'right' | 'to-change' | 'forbidden' | 'unsupported';
  readonly explanation: string;
  /** The current setting as JSON; undefined if there is none. */
  readonly current: unknown;
  /**
   * The required setting as JSON for the call that sets it, including what is set already. If the current setting can't
   * be read, only what must be added.
   */
  readonly needed: unknown;
  /** The right that is needed to change it. */
  readonly right: string;
  /**
   * For an administrator: the command that sets `needed`, which takes the JSON as its last argument. It is '' if the
   * setting can't be read, because the command would replace what others have set.
   */
  readonly command: string;
}

interface Bucket {
  readonly client: S3Client;
  readonly bucket: string;
  /** Without slashes at either end; '' is the whole bucket. */
  readonly prefix: string;
  /** Address of the server if it isn't AWS. */
  readonly endpoint: string | undefined;
}

const EXPOSED = ['Content-Length', 'Content-Range', 'Content-Encoding', 'ETag', 'Accept-Ranges'];
const READ_RULE: CORSRule = {
  ID: 'precomputed-studio',
  AllowedMethods: ['GET', 'HEAD'],
  AllowedOrigins: ['*'],
  AllowedHeaders: ['*'],
  ExposeHeaders: EXPOSED,
  MaxAgeSeconds: 86_400,
};

/** Inspects the settings that let everybody read the prefix in a viewer, in the order in which they must be set. */
export async function inspectSetup(bucket: Bucket): Promise<SetupItem[]> {
  return [await inspectAccessBlock(bucket), await inspectPolicy(bucket), await inspectCors(bucket)];
}

/** The settings as people call them. */
export const SETTING_NAMES: Readonly<Record<SetupItem['name'], string>> = {
  'public-access-block': 'public access block',
  policy: 'policy',
  cors: 'CORS rules',
};

/** A setting that could not be set. */
export interface SetupFailure {
  readonly name: SetupItem['name'];
  readonly error: StudioError;
}

/**
 * Changes each setting that is wrong and could be read. Failures are returned, not thrown, because a check from outside
 * decides whether viewers can read. Must be called only with the user's consent.
 */
export async function applySetup(
  { client, bucket }: Bucket,
  items: readonly SetupItem[],
): Promise<SetupFailure[]> {
  const failures: SetupFailure[] = [];
  const Bucket = bucket;
  for (const { name, state, needed, right } of items) {
    if (state !== 'to-change') continue;
    const sent =
      name === 'cors'
        ? client.send(
            new PutBucketCorsCommand({ Bucket, CORSConfiguration: needed as { CORSRules: CORSRule[] } }),
          )
        : name === 'policy'
          ? client.send(new PutBucketPolicyCommand({ Bucket, Policy: JSON.stringify(needed) }))
          : client.send(
              new PutPublicAccessBlockCommand({
                Bucket,
                PublicAccessBlockConfiguration: needed as PublicAccessBlockConfiguration,
              }),
            );
    await sent.catch((error: unknown) => {
      const action = { doing: `set the ${SETTING_NAMES[name]} of`, right, where: `s3://${bucket}` };
      failures.push({ name, error: s3Error(action, error) });
    });
  }
  return failures;
}

/** Reports whether the server doesn't have what was asked for, so that no administrator can set it there either. */
export function isUnsupported({ fields }: StudioError): boolean {
  return (
    fields['code'] === 'NotImplemented' || fields['code'] === 'MethodNotAllowed' || fields['status'] === 501
  );
}

interface Found<T> {
  readonly value?: T;
  readonly state?: 'forbidden' | 'unsupported';
  /** What to do on a server that doesn't have the setting. */
  readonly advice?: string;
}

/** Reads a setting; 'forbidden' and 'unsupported' have the same meaning as in SetupItem. */
async function current<T>(bucket: string, right: string, send: () => Promise<T>): Promise<Found<T>> {
  try {
    return { value: await send() };
  } catch (error) {
    const code = s3Code(error);
    const headers = answerHeaders(error);
    const isCors = right === 's3:GetBucketCORS';
    if (code.startsWith('NoSuch') && code !== 'NoSuchBucket') {
      // MinIO answers as if the setting could be made, and refuses it then.
      const isFixed = isCors && refusesCors(headers);
      return isFixed ? { state: 'unsupported', advice: corsWithoutRules(headers) } : {};
    }
    const failure = s3Error({ doing: 'look at the settings of', right, where: `s3://${bucket}` }, error);
    if (isUnsupported(failure)) {
      const advice = isCors ? corsWithoutRules(headers) : readAdvice(headers, true).remedy;
      return { state: 'unsupported', advice };
    }
    if (failure.fields['right'] !== undefined) return { state: 'forbidden' };
    throw failure;
  }
}

/**
 * Returns the command only if the setting was read, because it replaces the whole setting. The program `aws` refuses
 * names with a tenant; a server of tenants adds that of whoever sends the command.
 */
function commandOf(
  { bucket, endpoint }: Bucket,
  state: Found<unknown>['state'],
  command: string,
  option: string,
): string {
  if (state !== undefined) return '';
  const server = endpoint === undefined ? '' : ` --endpoint-url ${endpoint}`;
  const [name] = tenantLast(bucket);
  return `aws${server} s3api ${command} --bucket ${name} ${option}`;
}

/** Splits `TENANT:BUCKET` into the bucket's own name and its tenant, which is '' on servers without tenants. */
function tenantLast(bucket: string): readonly [name: string, tenant: string] {
  const at = bucket.indexOf(':');
  return [bucket.slice(at + 1), bucket.slice(0, Math.max(0, at))];
}

async function inspectAccessBlock(where: Bucket): Promise<SetupItem> {
  const { client, bucket } = where;
  const { value, state } = await current(bucket, 's3:GetBucketPublicAccessBlock', () =>
    client.send(new GetPublicAccessBlockCommand({ Bucket: bucket })),
  );
  const block = value?.PublicAccessBlockConfiguration;
  const blocked = block?.BlockPublicPolicy === true || block?.RestrictPublicBuckets === true;
  return {
    name: 'public-access-block',
    state: state ?? (blocked ? 'to-change' : 'right'),
    explanation:
      state === 'unsupported'
        ? 'This server has no such setting, so a policy can let everybody read.'
        : 'New buckets refuse policies that let everybody read. Access control lists (ACLs) are not changed.',
    current: block,
    // No other field is added: with BlockPublicAcls, some servers refuse even the owner's uploads.
    needed: { ...block, BlockPublicPolicy: false, RestrictPublicBuckets: false },
    right: 's3:PutBucketPublicAccessBlock',
    command: commandOf(where, state, 'put-public-access-block', '--public-access-block-configuration'),
  };
}

const policySchema = z.looseObject({
  Version: z.string().optional(),
  Statement: z.union([z.array(z.looseObject({})), z.looseObject({}).transform((one) => [one])]),
});

async function inspectPolicy(where: Bucket): Promise<SetupItem> {
  const { client, bucket, prefix } = where;
  const { value, state, advice } = await current(bucket, 's3:GetBucketPolicy', () =>
    client.send(new GetBucketPolicyCommand({ Bucket: bucket })),
  );
  const policy =
    value?.Policy === undefined || value.Policy === '' ? undefined : parsePolicy(bucket, value.Policy);
  const [name, tenant] = tenantLast(bucket);
  const Resource = `arn:aws:s3::${tenant}:${name}/${prefix === '' ? '' : `${prefix}/`}*`;
  const statements = policy?.Statement ?? [];
  const granted = statements.some((statement) => grantsRead(statement, Resource));
  const Sid = `PrecomputedStudio${Buffer.from(prefix).toString('hex').slice(0, 60)}`;
  const grant = { Sid, Effect: 'Allow', Principal: '*', Action: 's3:GetObject', Resource };
  return {
    name: 'policy',
    state: state ?? (granted ? 'right' : 'to-change'),
    explanation:
      advice ??
      `Viewers need the right to read the objects ${prefix === '' ? 'of the bucket' : `below ${prefix}`}. Nobody gets the right to list them.`,
    current: policy,
    needed:
      state !== undefined
        ? { Statement: [grant] }
        : granted
          ? policy
          : { ...policy, Version: policy?.Version ?? '2012-10-17', Statement: [...statements, grant] },
    right: 's3:PutBucketPolicy',
    command: commandOf(where, state, 'put-bucket-policy', '--policy'),
  };
}

function parsePolicy(bucket: string, text: string): z.output<typeof policySchema> {
  try {
    return policySchema.parse(JSON.parse(text));
  } catch (error) {
    throw new InvalidInputError(`The policy of the bucket ${bucket} can't be read.`, {
      remedy: 'Look at it in the console of the object store.',
      cause: error,
    });
  }
}

function grantsRead(statement: Readonly<Record<string, unknown>>, resource: string): boolean {
  const { Effect, Principal, Action, Resource, Condition } = statement;
  const everybody =
    Principal === '*' || listOf((Principal as { AWS?: unknown } | undefined)?.AWS).includes('*');
  const read = listOf(Action).some((action) => ['s3:GetObject', 's3:*', 's3:Get*', '*'].includes(action));
  const covers = listOf(Resource).some(
    (granted) => granted === resource || (granted.endsWith('*') && resource.startsWith(granted.slice(0, -1))),
  );
  return Effect === 'Allow' && Condition === undefined && everybody && read && covers;
}

function listOf(value: unknown): string[] {
  const values: unknown[] = Array.isArray(value) ? value : [value];
  return values.filter((one): one is string => typeof one === 'string');
}

async function inspectCors(where: Bucket): Promise<SetupItem> {
  const { client, bucket } = where;
  const { value, state, advice } = await current(bucket, 's3:GetBucketCORS', () =>
    client.send(new GetBucketCorsCommand({ Bucket: bucket })),
  );
  const rules = value?.CORSRules ?? [];
  const allowed = rules.some(
    ({ AllowedMethods = [], AllowedOrigins = [], AllowedHeaders = [] }) =>
      AllowedMethods.includes('GET') &&
      AllowedMethods.includes('HEAD') &&
      AllowedOrigins.includes('*') &&
      AllowedHeaders.some((header) => header === '*' || header.toLowerCase() === 'range'),
  );
  return {
    name: 'cors',
    state: state ?? (allowed ? 'right' : 'to-change'),
    explanation: advice ?? 'The pages of viewers need the right to read the objects and parts of them.',
    current: rules.length === 0 ? undefined : { CORSRules: rules },
    needed: { CORSRules: allowed ? rules : [...rules.filter(({ ID }) => ID !== READ_RULE.ID), READ_RULE] },
    right: 's3:PutBucketCORS',
    command: commandOf(where, state, 'put-bucket-cors', '--cors-configuration'),
  };
}
