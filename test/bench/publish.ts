import { execFileSync, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { IoError } from '../../src/shared/base/errors';
import { product3, type Vec3 } from '../../src/shared/base/vec3';
import { writeSampleStack } from '../../src/main/sources/sample';
import type { Benchmark, BenchmarkCase } from './harness';
import { measureRun, runCli } from './job-process';
import { startDelay, startServer, type BenchServer } from './server';

const CHUNK = 8;
/** Chunks of the dataset of small files, along each axis. */
const GRID: Vec3 = [20, 20, 10];
const ROUND_TRIP_MS = 50;
/** To a store in the same country. */
const NEAR_MS = 20;

/** Uploads: small files to a host that is near or far, beside rsync, and a conversion into a bucket, beside one that is published. */
export const publishBenchmark: Benchmark = {
  name: 'publish',
  async *cases(): AsyncGenerator<BenchmarkCase> {
    const folder = await mkdtemp(join(tmpdir(), 'precomputed-studio-bench-'));
    const servers: BenchServer[] = [];
    try {
      const dataset = await writeSmallFiles(join(folder, 'dataset'));
      const host = await startHost(folder);
      const far = await startDelay(host.port, ROUND_TRIP_MS);
      servers.push(far, host);
      yield sendFiles(folder, dataset, host.port, 'a host on the same machine');
      yield sendFiles(folder, dataset, far.port, `a host ${ROUND_TRIP_MS} ms away`);
      yield* intoBuckets(folder, servers);
    } finally {
      for (const server of servers) await server.stop();
      await rm(folder, { recursive: true });
    }
  },
};

/** Writes a dataset of thousands of chunks of about a hundred bytes. */
async function writeSmallFiles(folder: string): Promise<string> {
  const key = 'small';
  const size = GRID.map((chunks) => chunks * CHUNK);
  const scale = { key, size, chunk_sizes: [[CHUNK, CHUNK, CHUNK]], resolution: [8, 8, 8], encoding: 'raw' };
  const info = { type: 'image', data_type: 'uint8', num_channels: 1, scales: [scale] };
  await mkdir(join(folder, key), { recursive: true });
  await writeFile(join(folder, 'info'), JSON.stringify(info));
  const range = (index: number): string => `${index * CHUNK}-${(index + 1) * CHUNK}`;
  for (let i = 0; i < product3(GRID); i++) {
    const at = [i % GRID[0], Math.floor(i / GRID[0]) % GRID[1], Math.floor(i / (GRID[0] * GRID[1]))];
    const voxels = Uint8Array.from({ length: CHUNK ** 3 }, (_, voxel) => (voxel * (i + 1)) >> 5);
    await writeFile(join(folder, key, `${at.map(range).join('_')}.gz`), gzipSync(voxels));
  }
  return folder;
}

/** Starts sshd with the key `key` in the folder, which has the configuration `ssh_config` of a client. */
async function startHost(folder: string): Promise<BenchServer> {
  for (const name of ['key', 'host']) {
    execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', join(folder, name)]);
  }
  await mkdir('/run/sshd', { recursive: true });
  const lines = (port: number): readonly string[] => [
    `Port=${port}`,
    'ListenAddress=127.0.0.1',
    `HostKey=${folder}/host`,
    `PidFile=${folder}/pid`,
    `AuthorizedKeysFile=${folder}/key.pub`,
    'StrictModes=no',
    'UsePAM=no',
    'PermitRootLogin=yes',
    'Subsystem=sftp internal-sftp',
  ];
  const options = (port: number): string[] => lines(port).flatMap((line) => ['-o', line]);
  return startServer('/usr/sbin/sshd', (port) => ['-D', '-f', '/dev/null', ...options(port)]);
}

function sendFiles(folder: string, dataset: string, port: number, data: string): BenchmarkCase {
  const files = product3(GRID) + 1;
  return {
    work: 'publish files of 100 bytes by SSH',
    data,
    amount: files,
    unit: 'file',
    mostRounds: 3,
    contenders: [
      { name: 'ours', run: () => measureRun(() => publishTo(folder, dataset, port)) },
      { name: 'rsync -a', run: () => measureRun(() => rsync(folder, dataset, port)) },
    ],
  };
}

async function publishTo(folder: string, dataset: string, port: number): Promise<number> {
  const home = join(folder, 'home');
  await mkdir(join(home, '.ssh'), { recursive: true });
  const [type = '', key = ''] = (await readFile(join(folder, 'host.pub'), 'utf8')).split(' ');
  await writeFile(join(home, '.ssh', 'known_hosts'), `[127.0.0.1]:${port} ${type} ${key}\n`);
  const address = `sftp://${userInfo().username}@127.0.0.1:${port}${folder}/${randomUUID()}`;
  const options = ['--url', 'http://127.0.0.1', '--no-check'];
  const command = ['publish', dataset, address, ...options, '--identity', join(folder, 'key')];
  return (await runCli(command, ['env', `HOME=${home}`])).cpuSeconds;
}

async function rsync(folder: string, dataset: string, port: number): Promise<undefined> {
  const ssh = `ssh -F /dev/null -p ${port} -i ${folder}/key -o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null -o LogLevel=ERROR`;
  const to = `${userInfo().username}@127.0.0.1:${folder}/${randomUUID()}`;
  const child = spawn('rsync', ['-a', '-e', ssh, `${dataset}/`, to], { stdio: 'inherit' });
  const [code] = (await once(child, 'close')) as [number | null];
  if (code !== 0) throw new IoError(`rsync ended with code ${code}`);
}

/** What is made in a bucket, and how far away the bucket is. */
const INTO_BUCKETS: readonly {
  readonly made: string;
  readonly options: readonly string[];
  readonly ms: number;
}[] = [
  { made: 'chunk files', options: ['--mesh', 'none'], ms: 0 },
  { made: 'chunk files', options: ['--mesh', 'none'], ms: NEAR_MS },
  { made: 'shards', options: ['--mesh', 'none', '--sharding', 'always'], ms: 0 },
  { made: 'small chunk files', options: ['--mesh', 'none', '--chunk-size', '32'], ms: 0 },
  { made: 'small chunk files', options: ['--mesh', 'none', '--chunk-size', '32'], ms: NEAR_MS },
  { made: 'chunk files and meshes', options: [], ms: 0 },
  { made: 'shards and meshes', options: ['--sharding', 'always'], ms: NEAR_MS },
];

/** Into a local versitygw, which must be installed. */
async function* intoBuckets(folder: string, servers: BenchServer[]): AsyncGenerator<BenchmarkCase> {
  const size: Vec3 = [512, 512, 256];
  const stack = join(folder, 'stack');
  await writeSampleStack(stack, { size, dataType: 'uint64', seed: 1 });
  const store = await startStore(join(folder, 'store'));
  const near = await startDelay(store.port, NEAR_MS);
  servers.push(near, store);
  for (const { made, options, ms } of INTO_BUCKETS) {
    const { port } = ms === 0 ? store : near;
    const bucket = ['--endpoint', `http://127.0.0.1:${port}`, '--create-bucket'];
    const job = { stack, folder, bucket, options: ['--resolution', '16,16,40', ...options] };
    yield {
      work: `slices to all scales in a bucket, ${made}${ms === 0 ? '' : `, ${ms} ms away`}`,
      data: `sample, ${size.join(' × ')}`,
      amount: product3(size) / 1e6,
      unit: 'Mvoxel',
      contenders: [
        { name: 'ours', run: () => measureRun(() => convertInto(job)) },
        { name: 'ours, converted and then published', run: () => measureRun(() => convertAndPublish(job)) },
      ],
    };
  }
}

async function startStore(folder: string): Promise<BenchServer> {
  await mkdir(folder);
  const keys = { ROOT_ACCESS_KEY_ID: 'bench', ROOT_SECRET_ACCESS_KEY: 'bench-secret' };
  const versitygw = (port: number): readonly string[] => [
    '--port',
    `127.0.0.1:${port}`,
    '--quiet',
    // By default it closes the connection after each answer, which other stores don't.
    '--keep-alive',
    'posix',
    folder,
  ];
  return startServer('versitygw', versitygw, { ...process.env, ...keys });
}

interface BucketJob {
  readonly stack: string;
  readonly folder: string;
  readonly bucket: readonly string[];
  readonly options: readonly string[];
}

const WITH_KEYS = [
  'env',
  'AWS_ACCESS_KEY_ID=bench',
  'AWS_SECRET_ACCESS_KEY=bench-secret',
  'AWS_EC2_METADATA_DISABLED=true',
];

async function convertInto({ stack, folder, bucket, options }: BucketJob): Promise<number> {
  const place = [`s3://bench/${randomUUID()}`, '--work', join(folder, 'work')];
  return (await runCli(['convert', stack, ...place, ...options, ...bucket], WITH_KEYS)).cpuSeconds;
}

async function convertAndPublish({ stack, folder, bucket, options }: BucketJob): Promise<number> {
  const dataset = join(folder, randomUUID());
  const made = await runCli(['convert', stack, dataset, ...options], WITH_KEYS);
  const place = [`s3://bench/${randomUUID()}`, ...bucket, '--no-check'];
  const sent = await runCli(['publish', dataset, ...place], WITH_KEYS);
  return made.cpuSeconds + sent.cpuSeconds;
}
