import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { GetObjectCommand, ListObjectsV2Command, S3Client } from '@aws-sdk/client-s3';
import { onTestFinished, vi } from 'vitest';
import { inLanes } from '../src/shared/base/in-lanes';
import { endWithFile } from './end-with-test';
import { startListening, type ListeningProgram } from './real-tool';
import { temporaryFolder } from './temporary-folder';

const ACCESS_KEY = 'test-access';
/** Tests check that this doesn't appear in any file or output. It is different in each test file. */
export const SECRET_KEY = `never-written-${randomUUID()}`;

/** Of names that hold a bucket's, as a server that is asked by them knows them. */
export const VIRTUAL_DOMAIN = 's3.test';

export interface S3Server {
  readonly endpoint: string;
  /** A client for the tests themselves. */
  readonly client: S3Client;
  /** Ends the server, and waits until it has ended. */
  readonly stop: () => Promise<void>;
}

const COMMANDS = {
  versitygw: (port: number, folder: string) => [
    '--port',
    `127.0.0.1:${port}`,
    '--region',
    'eu-test-1',
    '--virtual-domain',
    VIRTUAL_DOMAIN,
    '--quiet',
    'posix',
    folder,
  ],
  moto_server: (port: number) => ['-H', '127.0.0.1', '-p', String(port)],
} as const;
export type S3Program = keyof typeof COMMANDS;

/** The moto server of this test file. It takes a second of the processor to start, so each test gets it emptied. */
let moto: Promise<ListeningProgram> | undefined;

async function startProgram(program: S3Program): Promise<ListeningProgram> {
  const folder = join(await temporaryFolder(), 'data');
  await mkdir(folder);
  const credentials = { ROOT_ACCESS_KEY_ID: ACCESS_KEY, ROOT_SECRET_ACCESS_KEY: SECRET_KEY };
  const env = { ...process.env, ...credentials };
  if (program === 'versitygw') return startListening(program, (port) => COMMANDS[program](port, folder), env);
  const server = await (moto ??= startListening(program, COMMANDS[program], env, endWithFile));
  await fetch(`http://127.0.0.1:${server.port}/moto-api/reset`, { method: 'POST' });
  return server;
}

/** Starts an S3-compatible server as a separate process. Its credentials are put into the environment. */
export async function startS3(program: S3Program): Promise<S3Server> {
  const { port, child } = await startProgram(program);
  useCredentials({ AWS_ACCESS_KEY_ID: ACCESS_KEY, AWS_SECRET_ACCESS_KEY: SECRET_KEY });
  const endpoint = `http://127.0.0.1:${port}`;
  const client = new S3Client({
    endpoint,
    region: 'eu-test-1',
    forcePathStyle: true,
    credentials: { accessKeyId: ACCESS_KEY, secretAccessKey: SECRET_KEY },
  });
  onTestFinished(() => client.destroy());
  const stop = async (): Promise<void> => {
    const ended = once(child, 'exit');
    child.kill('SIGTERM');
    await ended;
  };
  return { endpoint, client, stop };
}

/** Makes these the only credentials that the usual chain finds. */
export function useCredentials(variables: Readonly<Record<string, string>>): void {
  const settings = {
    AWS_ACCESS_KEY_ID: undefined,
    AWS_SECRET_ACCESS_KEY: undefined,
    AWS_SESSION_TOKEN: undefined,
    AWS_PROFILE: undefined,
    AWS_REGION: 'eu-test-1',
    AWS_EC2_METADATA_DISABLED: 'true',
    AWS_CONFIG_FILE: '/nonexistent',
    AWS_SHARED_CREDENTIALS_FILE: '/nonexistent',
    ...variables,
  };
  for (const [name, value] of Object.entries(settings)) vi.stubEnv(name, value);
  onTestFinished(() => {
    vi.unstubAllEnvs();
  });
}

/** An object as it is stored. */
export interface StoredObject {
  readonly type: string | undefined;
  readonly encoding: string;
  readonly cache: string | undefined;
  readonly bytes: string;
}

/** How many objects are read at the same time. */
const READ_AT_ONCE = 8;

/** Up to a thousand objects below a prefix, by what follows it in their keys. */
export async function storedObjects(
  client: S3Client,
  bucket: string,
  prefix: string,
): Promise<Map<string, StoredObject>> {
  const found = new Map<string, StoredObject>();
  const { Contents = [] } = await client.send(
    new ListObjectsV2Command({ Bucket: bucket, Prefix: `${prefix}/` }),
  );
  await inLanes(Contents, READ_AT_ONCE, async ({ Key = '' }) => {
    const object = await client.send(new GetObjectCommand({ Bucket: bucket, Key }));
    found.set(Key.slice(prefix.length + 1), {
      type: object.ContentType,
      encoding: object.ContentEncoding ?? '',
      cache: object.CacheControl,
      bytes: Buffer.from((await object.Body?.transformToByteArray()) ?? []).toString('base64'),
    });
  });
  return found;
}
