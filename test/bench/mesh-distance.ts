import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Vec3 } from '../../src/shared/base/vec3';
import { legacyFragments } from '../../src/main/meshing/legacy-fragments';
import { labelVolumes, type LabelVolume } from './data';
import type { Comparison, ComparisonTable } from './harness';
import { finestLevels, MESH_SETTINGS } from './meshes';
import { PythonPeer } from './peer';

const SHAPE: Vec3 = [128, 128, 128];
const LABELS = 24;
/** The distance between the points of a surface at which it is measured. */
const SPACING_NM = 12;

const PAIRS = [
  ['ours', 'voxels'],
  ['zmesh', 'voxels'],
  ['Neuroglancer', 'voxels'],
  ['ours', 'zmesh'],
  ['ours', 'Neuroglancer'],
] as const;

interface Answer {
  readonly sizes: readonly {
    readonly mesher: string;
    readonly triangles: number;
    readonly openEdges: number;
    readonly volume: number;
  }[];
  readonly distances: readonly {
    readonly pair: string;
    readonly mean: number;
    readonly p99: number;
    /** The largest distance of a point of the first surface from the second. */
    readonly largestForth: number;
    readonly largestBack: number;
    readonly against: number;
  }[];
}

/**
 * Measures the distances between our meshes, those of zmesh and Neuroglancer, and the surface of the voxels before
 * simplification.
 */
export const meshDistanceComparison: Comparison = {
  name: 'mesh-distance',
  needsPeers: true,
  async *tables(): AsyncGenerator<ComparisonTable> {
    const folder = await mkdtemp(join(tmpdir(), 'precomputed-studio-bench-'));
    const packages = ['zmesh', 'numpy', 'scipy', 'neuroglancer'];
    const peer = await PythonPeer.start<Answer>('mesh-distance.py', packages);
    try {
      for await (const volume of labelVolumes(SHAPE)) {
        if (volume.name !== 'em-stack' && volume.name !== 'phantom') continue;
        yield* compare(volume, folder, peer);
      }
    } finally {
      peer.stop();
      await rm(folder, { recursive: true });
    }
  },
};

async function* compare(
  volume: LabelVolume,
  folder: string,
  peer: PythonPeer<Answer>,
): AsyncGenerator<ComparisonTable> {
  const meshes = join(folder, `${volume.name}-meshes`);
  await mkdir(meshes);
  const found: { id: bigint; voxels: number; fragment: Uint8Array }[] = [];
  for await (const { entry, levels } of finestLevels(volume, folder)) {
    const [fragment] = legacyFragments(levels[0] ?? [], MESH_SETTINGS);
    if (fragment !== undefined) found.push({ id: entry.id, voxels: entry.voxels, fragment });
  }
  found.sort((a, b) => b.voxels - a.voxels);
  // Chooses labels evenly from the larger half.
  const step = Math.max(1, Math.floor(found.length / 2 / LABELS));
  const chosen = found.filter((_, i) => i % step === 0).slice(0, LABELS);
  for (const { id, fragment } of chosen) await writeFile(join(meshes, String(id)), fragment);
  const path = join(folder, volume.name);
  await writeFile(path, volume.labels);
  const { sizes, distances } = await peer.answer({
    path,
    meshes,
    labels: chosen.map(({ id }) => String(id)),
    shape: SHAPE,
    resolution: MESH_SETTINGS.resolutionNm,
    error: MESH_SETTINGS.errorNm,
    spacing: SPACING_NM,
    pairs: PAIRS,
  });
  const data = `${volume.name}, ${SHAPE.join(' × ')}, ${chosen.length} labels, ${MESH_SETTINGS.errorNm} nm`;
  yield {
    title: `Distances between meshes: ${data}`,
    columns: [
      'surfaces',
      'mean, nm',
      '99 %, nm',
      'largest, nm, there and back',
      'area that faces the other way',
    ],
    rows: distances.map(({ pair, mean, p99, largestForth, largestBack, against }) => [
      pair,
      mean.toFixed(1),
      p99.toFixed(1),
      `${largestForth.toFixed(1)}, ${largestBack.toFixed(1)}`,
      `${(100 * against).toFixed(2)} %`,
    ]),
  };
  yield {
    title: `Sizes of meshes: ${data}`,
    columns: ['mesher', 'triangles', 'open edges', 'volume by voxels'],
    rows: sizes.map(({ mesher, triangles, openEdges, volume: share }) => [
      mesher,
      String(triangles),
      String(openEdges),
      share.toFixed(4),
    ]),
  };
}
