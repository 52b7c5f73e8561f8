import { mkdtemp, rm } from 'node:fs/promises';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { product3, type Vec3 } from '../../src/shared/base/vec3';
import type { Benchmark, BenchmarkCase, BenchmarkOptions, Contender } from './harness';
import { writeGreyStack, type GreyType } from './image-data';
import { convertByCli } from './job-process';
import { PythonPeer } from './peer';
import { setAside } from './set-aside';

const WORKERS = availableParallelism();
const RESOLUTION: Vec3 = [8, 8, 30];
/** The factors that our program chooses for this resolution. */
const FACTORS: readonly Vec3[] = [
  [2, 2, 1],
  [2, 2, 1],
  [2, 2, 2],
];

interface ImageEncoding {
  readonly encoding: 'jpeg' | 'png' | 'raw';
  readonly gzip: boolean;
  readonly types: readonly GreyType[];
}

const ENCODINGS: readonly ImageEncoding[] = [
  { encoding: 'jpeg', gzip: false, types: ['uint8'] },
  { encoding: 'png', gzip: false, types: ['uint8', 'uint16'] },
  { encoding: 'raw', gzip: true, types: ['uint8', 'uint16'] },
  { encoding: 'raw', gzip: false, types: ['uint8', 'uint16'] },
];
const QUALITY = 85;
const IGNEOUS_PACKAGES = ['igneous-pipeline', 'simplejpeg', 'pyspng-seunglab'];

/**
 * From deflated TIFF slices of grey values to the finished dataset, with all scales by averaging, on all cores. Every
 * process is measured from its start to its end, with gzip on both sides or on none.
 */
export const imagesBenchmark: Benchmark = {
  name: 'images',
  async *cases({ peers, large }: BenchmarkOptions): AsyncGenerator<BenchmarkCase> {
    const folder = await mkdtemp(join(tmpdir(), 'precomputed-studio-bench-'));
    try {
      for (const type of ['uint8', 'uint16'] as const) {
        const size: Vec3 = [1024, 1024, 128];
        const stack = join(folder, type);
        await writeGreyStack(stack, size, type);
        for (const encoding of ENCODINGS.filter(({ types }) => types.includes(type))) {
          yield imageCase(stack, size, type, encoding, folder, peers);
        }
      }
      const [jpeg] = ENCODINGS;
      if (!large || jpeg === undefined) return;
      const size: Vec3 = [1024, 1024, 1024];
      await writeGreyStack(join(folder, 'large'), size, 'uint8');
      yield { ...imageCase(join(folder, 'large'), size, 'uint8', jpeg, folder, peers), mostRounds: 2 };
    } finally {
      await rm(folder, { recursive: true });
    }
  },
};

function imageCase(
  stack: string,
  size: Vec3,
  type: GreyType,
  { encoding, gzip }: ImageEncoding,
  folder: string,
  peers: boolean,
): BenchmarkCase {
  const options = [
    ...['--type', 'image', '--resolution', RESOLUTION.join(','), '--workers', String(WORKERS)],
    ...['--encoding', encoding, '--compression', gzip ? 'gzip' : 'none'],
    ...(encoding === 'jpeg' ? ['--jpeg-quality', String(QUALITY)] : []),
  ];
  const contenders: Contender[] = [
    { name: 'ours', run: () => convertByCli(stack, join(folder, 'ours'), options) },
  ];
  if (peers) {
    const request = { stack, encoding, gzip, quality: QUALITY };
    const tensorstore = gzip ? 'tensorstore (C++), then gzip' : 'tensorstore (C++)';
    contenders.push(peerJob(tensorstore, 'tensorstore-job.py', ['tensorstore'], request, folder));
    // igneous doesn't read PNG with 16 bits, so it can't make coarser scales of it.
    if (encoding !== 'png' || type !== 'uint16') {
      contenders.push(
        peerJob('igneous and cloud-volume', 'igneous-job.py', IGNEOUS_PACKAGES, request, folder),
      );
    }
  }
  const packing = encoding === 'jpeg' ? `jpeg ${QUALITY}` : gzip ? `${encoding}, gzipped` : encoding;
  return {
    work: `images to all scales, ${packing}`,
    data: `smooth ${type}, ${size.join(' × ')}`,
    amount: product3(size) / 1e6,
    unit: 'Mvoxel',
    contenders,
    mostRounds: 3,
  };
}

/** Runs a script in a new process for each run, timed from its start. */
function peerJob(
  name: string,
  script: string,
  libraries: readonly string[],
  request: object,
  folder: string,
): Contender {
  const output = join(folder, script);
  const settings = { resolution: RESOLUTION, factors: FACTORS, workers: WORKERS, chunk: 64, mesh: false };
  const packages = [...libraries, 'tifffile', 'imagecodecs', 'numpy'];
  return {
    name: `${name}, from its start`,
    run: async () => {
      await setAside(output);
      const peer = await PythonPeer.start(script, packages);
      try {
        return await peer.measuredFromStart({ ...request, ...settings, output });
      } finally {
        peer.stop();
      }
    },
  };
}
