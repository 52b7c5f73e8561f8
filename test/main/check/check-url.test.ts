import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer, type RequestListener } from 'node:http';
import { join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import { beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { encodeDraco, loadDraco } from '../../../src/main/meshing/draco-encoder';
import { checkUrl, type CheckReport } from '../../../src/main/check/check-url';
import { sampleIndices } from '../../../src/main/check/check-scale';
import { datasetAddress } from '../../../src/main/base/web-address';
import { closeServer, listen, startDatasetServer } from '../../../src/main/server/dataset-server';
import { BoxGrid } from '../../../src/shared/base/box';
import { vec3, type Vec3 } from '../../../src/shared/base/vec3';
import { IDENTITY_TRANSFORM } from '../../../src/shared/precomputed/mesh-info';
import { encodeMeshManifest } from '../../../src/shared/precomputed/mesh-manifest';
import { compressedMortonCode } from '../../../src/shared/precomputed/morton';
import {
  meshSharding,
  shardFileName,
  shardOf,
  type Sharding,
} from '../../../src/shared/precomputed/sharding';
import { encodeShard, type ShardEntry } from '../../encode-shard';
import { chunkKey, scaleBox } from '../../../src/shared/precomputed/scale-chunks';
import type { ScaleInfo } from '../../../src/shared/precomputed/volume-info';
import { writeSmallDataset } from '../../fixtures/small-dataset';
import { startNginx } from '../../nginx';
import { freePort } from '../../free-port';
import { describeWith } from '../../real-tool';
import { temporaryFolder } from '../../temporary-folder';

const VIEWER = 'https://viewer.example';
const SCALE = '10_10_20';

function check(url: string, more: Partial<Parameters<typeof checkUrl>[0]> = {}): Promise<CheckReport> {
  return checkUrl({ url, viewer: VIEWER, signal: new AbortController().signal, ...more });
}

/** Returns "severity topic" for each finding. */
function topics(report: CheckReport): string[] {
  return report.findings.map(({ severity, topic }) => `${severity} ${topic}`);
}

async function smallDataset(): Promise<string> {
  const folder = await temporaryFolder();
  await writeSmallDataset(folder, [70, 64, 40], (x) => BigInt(1 + (x >> 4)));
  return folder;
}

/** Makes a dataset with legacy meshes, and without sharded scales, which have their own tests. */
async function withMeshes(): Promise<string> {
  const folder = await smallDataset();
  const info = JSON.parse(await readFile(join(folder, 'info'), 'utf8')) as Record<string, unknown>;
  await writeFile(join(folder, 'info'), JSON.stringify({ ...info, mesh: 'mesh' }));
  await mkdir(join(folder, 'mesh'));
  await writeFile(join(folder, 'mesh', 'info'), '{"@type":"neuroglancer_legacy_mesh"}');
  const fragment = Buffer.alloc(4 + 12 * 3 + 12);
  fragment.writeUInt32LE(3, 0);
  for (let id = 1; id < 10; id++) {
    await writeFile(join(folder, 'mesh', `${id}:0.gz`), gzipSync(`{"fragments":["${id}:0:whole"]}`));
    await writeFile(join(folder, 'mesh', `${id}:0:whole.gz`), gzipSync(fragment));
  }
  return folder;
}

/**
 * Makes a dataset with chunks and multi-resolution meshes (of one triangle each) in shards. `shard` is a file of
 * chunks.
 */
async function shardedDataset(
  fragment = triangleByDraco(),
): Promise<{ readonly root: string; readonly shard: string }> {
  const root = await smallDataset();
  const info = JSON.parse(await readFile(join(root, 'info'), 'utf8')) as { scales: [ScaleInfo] };
  const [scale] = info.scales;
  const grid = new BoxGrid(scaleBox({ ...scale, voxel_offset: [0, 0, 0] }), [32, 32, 32]);
  const chunks = await Promise.all(
    Array.from(grid, async (box) => ({
      key: compressedMortonCode([box.min[0] / 32, box.min[1] / 32, box.min[2] / 32], grid.counts),
      value: gunzipSync(
        await readFile(join(root, `${chunkKey({ ...scale, voxel_offset: [0, 0, 0] }, box)}.gz`)),
      ),
    })),
  );
  await rm(join(root, SCALE), { recursive: true });
  const identity = { ...meshSharding(1, 1), hash: 'identity', preshift_bits: 1 } as const;
  const shards = await writeShards(join(root, SCALE), chunks, identity);
  const origin: Vec3 = [0, 0, 0];
  const { voxel_offset, resolution } = scale;
  const gridOrigin = vec3((i) => voxel_offset[i] * resolution[i]);
  const nodes = [{ position: origin, sizeBytes: fragment.length }];
  const levels = [{ scale: 1, vertexOffset: origin, nodes }];
  const manifest = encodeMeshManifest({ chunkShape: [1, 1, 1], gridOrigin, levels });
  const meshes = Array.from({ length: 9 }, (_, i) => ({
    key: BigInt(i + 1),
    value: manifest,
    preceding: fragment,
  }));
  await writeShards(join(root, 'mesh'), meshes, meshSharding(2, 1));
  const meshInfo = {
    '@type': 'neuroglancer_multilod_draco',
    vertex_quantization_bits: 16,
    transform: IDENTITY_TRANSFORM,
    lod_scale_multiplier: 1,
    sharding: meshSharding(2, 1),
  };
  await writeFile(join(root, 'mesh', 'info'), JSON.stringify(meshInfo));
  const sharded = { ...info, mesh: 'mesh', scales: [{ ...scale, sharding: identity }] };
  await writeFile(join(root, 'info'), JSON.stringify(sharded));
  return { root, shard: shards[0] ?? '' };
}

beforeAll(loadDraco);

function triangleByDraco(): Uint8Array {
  return encodeDraco({
    positions: Int32Array.of(0, 0, 0, 9, 0, 0, 0, 9, 0),
    triangles: Uint32Array.of(0, 1, 2),
  });
}

/** Returns the paths of the files. */
async function writeShards(
  folder: string,
  entries: readonly ShardEntry[],
  sharding: Sharding,
): Promise<string[]> {
  await mkdir(folder);
  const files = new Map<string, ShardEntry[]>();
  for (const entry of entries) {
    const path = join(folder, shardFileName(shardOf(entry.key, sharding).shard, sharding));
    files.set(path, [...(files.get(path) ?? []), entry]);
  }
  for (const [path, held] of files)
    await writeFile(
      path,
      encodeShard(held, sharding, (bytes) => gzipSync(bytes)),
    );
  return [...files.keys()];
}

async function serve(root: string): Promise<string> {
  const server = await startDatasetServer({ root });
  onTestFinished(() => server.close());
  return server.url;
}

/** Starts a server that answers by `handler`. */
async function answering(handler: RequestListener): Promise<string> {
  const server = createServer(handler);
  const port = await listen(server, '127.0.0.1', 0);
  onTestFinished(() => closeServer(server));
  return `http://127.0.0.1:${port}`;
}

const OPEN = { 'Access-Control-Allow-Origin': '*', 'Access-Control-Allow-Headers': 'Range' };

describe('our own server', () => {
  test('passes, and the link leads there', async () => {
    const report = await check(await serve(await smallDataset()));
    expect(report.findings).toEqual([]);
    expect(report.scales).toEqual([{ key: SCALE, chunks: 12, checked: 12, missing: 0 }]);
    expect(report.ok).toBe(true);
    expect(report.link).toContain(`${VIEWER}/#!`);
  });

  test('meshes are read and a missing fragment is found', async () => {
    const folder = await withMeshes();
    const url = await serve(folder);
    expect(await check(url)).toMatchObject({ ok: true, meshes: 5, findings: [] });
    for (let id = 1; id < 10; id++) await rm(join(folder, 'mesh', `${id}:0:whole.gz`));
    expect(topics(await check(url))).toEqual(['failure mesh']);
  });

  test('a missing chunk is a warning where other tools may leave it out, a failure where ours does not', async () => {
    const folder = await smallDataset();
    const url = await serve(folder);
    const [first = ''] = await readdir(join(folder, SCALE));
    await rm(join(folder, SCALE, first));
    expect(topics(await check(url))).toEqual(['warning chunks']);
    await writeFile(join(folder, 'provenance'), '{"processing":[{"method":{"skipEmpty":false}}]}');
    expect(topics(await check(url))).toEqual(['failure chunks']);
    await writeFile(join(folder, 'provenance'), '{"processing":[{"method":{"skipEmpty": true}}]}');
    expect(topics(await check(url))).toEqual([]);
    expect(topics(await check(url, { isPublished: () => true }))).toEqual(['failure chunks']);
  });

  test('a damaged chunk is named', async () => {
    const folder = await smallDataset();
    const [first = ''] = await readdir(join(folder, SCALE));
    const bytes = gunzipSync(await readFile(join(folder, SCALE, first)));
    await writeFile(join(folder, SCALE, first), gzipSync(bytes.subarray(0, 40)));
    const report = await check(await serve(folder));
    expect(topics(report)).toEqual(['failure chunks']);
    expect(report.findings[0]?.url).toContain(first.replace('.gz', ''));
  });

  test('what unpacks to more than a chunk can have is named, and not unpacked', async () => {
    const folder = await smallDataset();
    const [first = ''] = await readdir(join(folder, SCALE));
    await writeFile(join(folder, SCALE, first), gzipSync(Buffer.alloc(2 ** 26)));
    const report = await check(await serve(folder));
    expect(topics(report)).toEqual(['failure encoding']);
    expect(report.findings[0]?.message).toContain('unpacks to more than');
  });

  test('403 for what is not there is a missing chunk, for what is there it is a failure', async () => {
    const folder = await smallDataset();
    const names = await readdir(join(folder, SCALE));
    await rm(join(folder, SCALE, names[0] ?? ''));
    await writeFile(join(folder, 'provenance'), '{"processing":[{"method":{"skipEmpty": true}}]}');
    const own = await serve(folder);
    const through = (forbidden: (path: string) => boolean) =>
      answering((request, response) => {
        void fetch(`${own}${request.url ?? ''}`, { method: request.method ?? 'GET' }).then(async (answer) => {
          const absent = answer.status === 404 || forbidden(request.url ?? '');
          const body = Buffer.from(await answer.arrayBuffer());
          response.writeHead(absent ? 403 : answer.status, OPEN).end(absent ? '' : body);
        });
      });
    expect(topics(await check(await through(() => false)))).toEqual([]);
    const hidden = await answering((request, response) => {
      void fetch(`${own}${request.url ?? ''}`).then(async (answer) => {
        const status = request.url?.includes(SCALE) ? 403 : answer.status;
        response.writeHead(status, OPEN).end(Buffer.from(await answer.arrayBuffer()));
      });
    });
    expect(topics(await check(hidden))).toEqual(['failure chunks']);
  });

  test('a file beside one of the same name with .gz is reported, unless both have the same content', async () => {
    const folder = await smallDataset();
    const [name = ''] = await readdir(join(folder, SCALE));
    const bytes = gunzipSync(await readFile(join(folder, SCALE, name)));
    await writeFile(join(folder, SCALE, name.replace('.gz', '')), bytes);
    const url = await answering((request, response) => {
      void readFile(join(folder, request.url ?? '')).then(
        (content) => response.writeHead(200, OPEN).end(request.method === 'HEAD' ? '' : content),
        () => response.writeHead(404, OPEN).end(),
      );
    });
    const others = (await readdir(join(folder, SCALE))).filter((other) => other.endsWith('.gz'));
    for (const other of others) {
      await writeFile(
        join(folder, SCALE, other.replace('.gz', '')),
        gunzipSync(await readFile(join(folder, SCALE, other))),
      );
    }
    expect((await check(url)).ok).toBe(true);
    await writeFile(join(folder, SCALE, name), gzipSync('of last year'));
    const report = await check(url);
    expect(topics(report)).toContain('failure encoding');
    expect(report.findings[0]?.message).toContain('NAME and NAME.gz');
  });

  test('no dataset there', async () => {
    const report = await check(`${await serve(await temporaryFolder())}/none`);
    expect(topics(report)).toEqual(['failure info']);
    expect([report.ok, report.link]).toEqual([false, undefined]);
  });

  test('an address of a server without CORS where there is nothing: that it is not there, and no more', async () => {
    const url = await answering((_, response) => response.writeHead(404).end());
    const report = await check(url);
    expect(report.findings).toMatchObject([
      { topic: 'info', message: "info can't be read: it is not there (404)." },
    ]);
  });

  test('an info that the viewer rejects', async () => {
    const folder = await temporaryFolder();
    await writeFile(join(folder, 'info'), '{"type":"segmentation","data_type":"int64"}');
    const report = await check(await serve(folder));
    expect(report.ok).toBe(false);
    expect(report.findings.map(({ message }) => message).join()).toMatch(
      /data_type.*num_channels|num_channels/,
    );
  });
});

/** Starts nginx with these directives in `location /`, in which `if` may add headers. */
function location(directives: string): Promise<string> {
  return startNginx(`location / { ${directives} }`);
}

/** Parts of a correct configuration, some of which the tests leave out. */
const CORS = `add_header Access-Control-Allow-Origin * always;`;
const PREFLIGHT = `if ($request_method = OPTIONS) {
  add_header Access-Control-Allow-Origin *; add_header Access-Control-Allow-Headers Range; return 204; }`;
const GZIP = 'gzip_static always; gunzip on;';

describeWith('nginx', 'nginx', () => {
  test('configured right', async () => {
    const root = await withMeshes();
    const url = await location(`root ${root}; ${GZIP} ${CORS} ${PREFLIGHT}`);
    expect(await check(url)).toMatchObject({ ok: true, findings: [], meshes: 5 });
  });

  test.each([
    ['no CORS', `${GZIP}`, ['failure cors', 'warning preflight', 'warning missing']],
    [
      'CORS for another page',
      `${GZIP} add_header Access-Control-Allow-Origin https://other.example always;`,
      ['failure cors', 'warning preflight'],
    ],
    ['CORS sent twice', `${GZIP} ${CORS} ${CORS} ${PREFLIGHT}`, ['failure cors']],
    [
      'CORS without always',
      `${GZIP} add_header Access-Control-Allow-Origin *; ${PREFLIGHT}`,
      ['warning missing'],
    ],
    ['no preflight', `${GZIP} ${CORS}`, ['warning preflight']],
    ['no gzip_static', `${CORS} ${PREFLIGHT}`, ['failure encoding', 'warning mesh']],
    [
      'a start page for all that is missing',
      `${GZIP} ${CORS} ${PREFLIGHT} try_files $uri /page.html;`,
      ['failure missing'],
    ],
    ['no HEAD', `${GZIP} ${CORS} ${PREFLIGHT} if ($request_method = HEAD) { return 403; }`, ['warning head']],
    [
      'a password',
      `${GZIP} ${CORS} ${PREFLIGHT} if ($request_method = GET) { return 401; }`,
      ['failure info'],
    ],
  ])('%s', async (_, config, expected) => {
    const root = await withMeshes();
    await writeFile(join(root, 'page.html'), '<!DOCTYPE html><title>start</title>');
    const report = await check(await location(`root ${root}; ${config}`));
    for (const topic of expected) expect(topics(report)).toContain(topic);
    expect(report.ok).toBe(!expected.some((topic) => topic.startsWith('failure')));
    for (const { remedy } of report.findings) expect(remedy).not.toBe('');
  });

  test('gzipped bytes without Content-Encoding, and Content-Encoding without gzipped bytes', async () => {
    const root = await smallDataset();
    for (const name of await readdir(join(root, SCALE))) {
      await writeFile(join(root, SCALE, name.replace('.gz', '')), await readFile(join(root, SCALE, name)));
    }
    const plain = await check(await location(`root ${root}; ${CORS} ${PREFLIGHT}`));
    expect(topics(plain)).toEqual(['failure encoding']);
    expect(plain.findings[0]).toMatchObject({
      count: 12,
      message: expect.stringContaining('gzipped') as string,
    });
    const lying = await check(
      await location(
        `root ${root}; ${CORS} ${PREFLIGHT} location = /info { ${CORS} add_header Content-Encoding gzip always; }`,
      ),
    );
    expect(topics(lying)).toContain('failure encoding');
    const twice = await check(
      await location(`root ${root}; ${PREFLIGHT} ${CORS} gzip on; gzip_types *; gzip_min_length 1;`),
    );
    expect(topics(twice)).toEqual(['failure encoding']);
    expect(twice.findings[0]?.message).toContain('twice');
  });

  test('a redirect is followed and reported', async () => {
    const root = await smallDataset();
    const url = await location(
      `root ${root}; ${GZIP} ${CORS} ${PREFLIGHT} rewrite ^/old/(.*)$ /$1 permanent;`,
    );
    const report = await check(`${url}/old`);
    expect(report.ok).toBe(true);
    expect(topics(report)).toContain('warning redirect');
    expect(report.findings.find(({ topic }) => topic === 'redirect')?.remedy).toContain(url);
  });
});

describeWith('nginx', 'shards', () => {
  test('are read by range and decoded, chunks and meshes', async () => {
    const { root } = await shardedDataset();
    const report = await check(await location(`root ${root}; ${CORS} ${PREFLIGHT}`), { all: true });
    expect(report).toMatchObject({ ok: true, findings: [], meshes: 5 });
    expect(report.scales).toEqual([{ key: SCALE, chunks: 12, checked: 12, missing: 0 }]);
  });

  test('a fragment that is no more than begun as Draco is found where all is read', async () => {
    const { root } = await shardedDataset(Buffer.from('DRACO, but for the rest'));
    const url = await location(`root ${root}; ${CORS} ${PREFLIGHT}`);
    expect(await check(url)).toMatchObject({ ok: true, meshes: 5 });
    expect(topics(await check(url, { all: true }))).toContain('failure mesh');
  });

  test('a server without ranges, or one that encodes them', async () => {
    const { root } = await shardedDataset();
    const noRanges = await check(await location(`root ${root}; ${CORS} ${PREFLIGHT} max_ranges 0;`));
    expect(topics(noRanges)).toContain('failure range');
    const encoded = await check(
      await location(
        `root ${root}; ${CORS} ${PREFLIGHT} location /${SCALE}/ { ${CORS} add_header Content-Encoding gzip; }`,
      ),
    );
    expect(topics(encoded)).toContain('failure range');
  });

  test.each([
    ['the index of a shard', (file: Buffer) => file.fill(0x7f, 8, 16).fill(0x7f, 24, 32)],
    ['its minishard index', (file: Buffer) => file.fill(0, file.length - 20)],
    ['a value', (file: Buffer) => file.fill(0, 32, 64)],
    ['its end', (file: Buffer) => file.subarray(0, file.length - 10)],
  ])('damage of %s is found', async (_, damage) => {
    const { root, shard } = await shardedDataset();
    await writeFile(shard, damage(await readFile(shard)));
    const report = await check(await location(`root ${root}; ${CORS} ${PREFLIGHT}`), { all: true });
    expect(report.ok).toBe(false);
    expect(report.findings.map(({ url }) => url).join()).toContain('.shard');
  });

  test('a shard that is not there', async () => {
    const { root, shard } = await shardedDataset();
    await rm(shard);
    const url = await location(`root ${root}; ${CORS} ${PREFLIGHT}`);
    expect(topics(await check(url))).toEqual(['warning chunks']);
    expect(topics(await check(url, { isPublished: () => true }))).toEqual(['failure chunks']);
  });
});

describe('answers of other hosts', () => {
  test('a bucket of another region', async () => {
    const url = await answering((_, response) => {
      response.writeHead(301, { ...OPEN, 'x-amz-bucket-region': 'eu-central-1' });
      response.end('<Error><Code>PermanentRedirect</Code></Error>');
    });
    const report = await check(url);
    expect(topics(report)).toEqual(['failure redirect']);
    expect(report.findings[0]?.remedy).toContain('eu-central-1');
  });

  test.each([
    ['NoSuchBucket', 404, /no such bucket/],
    ['AccessDenied', 403, /forbids/],
  ])('S3 says %s', async (code, status, message) => {
    const url = await answering((_, response) => {
      response.writeHead(status, OPEN).end(`<Error><Code>${code}</Code></Error>`);
    });
    const report = await check(url);
    expect(topics(report)).toEqual(['failure info']);
    expect(report.findings[0]?.message).toMatch(message);
  });

  test('aws-chunked left in the Content-Encoding', async () => {
    const url = await answering((_, response) => {
      response.writeHead(200, { ...OPEN, 'Content-Encoding': 'gzip,aws-chunked' }).end(gzipSync('{}'));
    });
    const report = await check(url);
    expect(topics(report)).toEqual(['failure encoding']);
    expect(report.findings[0]?.remedy).toContain('aws-chunked');
  });

  test('redirects in a circle, and out of CORS', async () => {
    const circle = await answering((request, response) => {
      response.writeHead(302, { ...OPEN, Location: request.url ?? '/' }).end();
    });
    expect(topics(await check(circle))).toContain('failure redirect');
    const closed = await answering((_, response) => {
      response.writeHead(302, { Location: circle }).end();
    });
    expect(topics(await check(closed))).toContain('failure cors');
  });

  test('a body that is cut, a server that hangs up, and none at all', async () => {
    const cut = await answering((_, response) => {
      response.writeHead(200, { ...OPEN, 'Content-Length': '1000' });
      response.write('{', () => response.destroy());
    });
    expect(topics(await check(cut))).toEqual(['failure address']);
    const report = await check(`http://127.0.0.1:${await freePort()}`);
    expect(topics(report)).toEqual(['failure address']);
    expect(report.findings[0]?.message).toContain('nothing answers');
  });

  test('http data on an https viewer, this machine apart', async () => {
    // This address also leads to this machine, but isn't among its usual ones, which are treated as local.
    const url = 'http://0.0.0.0:1/data';
    const mixed = await check(url);
    expect(mixed.findings.map(({ message }) => message).join()).toContain('mixed content');
    const same = await check(url, { viewer: 'http://viewer.example' });
    expect(same.findings.map(({ message }) => message).join()).not.toContain('mixed content');
  });

  test('cancelled', async () => {
    await expect(check('http://127.0.0.1:1/x', { signal: AbortSignal.abort() })).rejects.toMatchObject({
      tag: 'cancelled',
    });
  });
});

test('addresses as people paste them', () => {
  expect(datasetAddress('precomputed://https://a.example/b/info')).toBe('https://a.example/b');
  expect(datasetAddress('https://a.example/b/|neuroglancer-precomputed:')).toBe('https://a.example/b');
  expect(datasetAddress('s3://bucket/p/q')).toBe('https://bucket.s3.amazonaws.com/p/q');
  expect(datasetAddress('gs://bucket/p')).toBe('https://storage.googleapis.com/bucket/p');
  for (const wrong of ['', 'data/x', 'ftp://a/b', 'https://user:pass@a.example/b']) {
    expect(() => datasetAddress(wrong)).toThrow();
  }
  expect(() => datasetAddress('https://user:geheim@a.example/b')).not.toThrow(/geheim/);
});

test('samples reach from end to end', () => {
  expect(sampleIndices(3, 24)).toEqual([0, 1, 2]);
  const sample = sampleIndices(1000, 24);
  expect([sample[0], sample.at(-1), new Set(sample).size]).toEqual([0, 999, 24]);
});
