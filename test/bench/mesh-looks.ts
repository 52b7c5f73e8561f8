import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { legacyFragments } from '../../src/main/meshing/legacy-fragments';
import type { MeshSettings } from '../../src/main/meshing/mesh-settings';
import type { TriangleMesh } from '../../src/shared/base/triangle-mesh';
import type { Vec3 } from '../../src/shared/base/vec3';
import { decodeLegacyFragment } from '../../src/shared/precomputed/legacy-mesh';
import { emStack, type LabelVolume } from './data';
import type { BenchmarkOptions, Comparison, ComparisonTable } from './harness';
import { finestLevels, MESH_SETTINGS } from './meshes';
import { PythonPeer } from './peer';
import { PHANTOM_SHAPES, PHANTOM_SIDE, phantomVoxels, type PhantomShape } from './phantom-shapes';
import { looksOf, trueLooksOf, type Looks } from './surface-looks';

const REAL_SHAPE: Vec3 = [256, 256, 64];

type Mesher = 'zmesh' | 'VTK';

const PEER_NAMES: Readonly<Record<Mesher, string>> = {
  zmesh: 'zmesh, as in igneous (C++)',
  VTK: 'surface nets, 8 relaxations, then quadric decimation (VTK, C++)',
};

type LooksPeer = PythonPeer<{ readonly labels: readonly string[] }>;

/**
 * How the finest level looks at the default settings: of solids whose surface is known, and of real tissue. The peers
 * get the same voxels and the same error; VTK, which has no error, gets our number of triangles, and only the solids.
 */
export const meshLooksComparison: Comparison = {
  name: 'mesh-looks',
  needsPeers: false,
  async *tables({ peers }: BenchmarkOptions): AsyncGenerator<ComparisonTable> {
    const folder = await mkdtemp(join(tmpdir(), 'precomputed-studio-bench-'));
    const packages = ['zmesh', 'numpy', 'vtk'];
    const peer: LooksPeer | undefined = peers ? await PythonPeer.start('mesh-looks.py', packages) : undefined;
    try {
      yield await phantomTable(folder, peer);
      const real = await emStack(REAL_SHAPE);
      if (real !== undefined) yield await realTable(real, folder, peer);
    } finally {
      peer?.stop();
      await rm(folder, { recursive: true });
    }
  },
};

/** The error is by default the longest side of a voxel. */
function defaultSettings(resolutionNm: Vec3): MeshSettings {
  return { ...MESH_SETTINGS, resolutionNm, errorNm: Math.max(...resolutionNm) };
}

async function phantomTable(folder: string, peer: LooksPeer | undefined): Promise<ComparisonTable> {
  const settings = defaultSettings([16, 16, 16]);
  const rows = [];
  for (const phantom of PHANTOM_SHAPES) {
    const shape: Vec3 = [PHANTOM_SIDE, PHANTOM_SIDE, PHANTOM_SIDE];
    const volume = { name: phantom.name, shape, labels: phantomVoxels(phantom) };
    for (const [by, meshes] of await meshesByAll(volume, settings, folder, peer, ['zmesh', 'VTK'])) {
      for (const mesh of meshes) rows.push(phantomRow(phantom, by, mesh, settings));
    }
  }
  return {
    title: 'Looks of phantoms: 16 nm voxels, 16 nm error',
    columns: [
      'phantom',
      'by',
      'triangles',
      'normals off, mean',
      'folds over 45°',
      'slivers',
      'volume',
      'farthest, voxels',
    ],
    rows,
  };
}

function phantomRow(
  phantom: PhantomShape,
  by: string,
  mesh: TriangleMesh,
  { resolutionNm }: MeshSettings,
): string[] {
  const positions = mesh.positions.map((p) => p / resolutionNm[0]);
  const looks = trueLooksOf({ positions, triangles: mesh.triangles }, phantom);
  return [
    phantom.name,
    by,
    String(looks.triangles),
    `${looks.normals.toFixed(1)}°`,
    percent(looks.folds),
    percent(looks.slivers),
    looks.volume.toFixed(3),
    looks.farthest.toFixed(2),
  ];
}

async function realTable(
  volume: LabelVolume,
  folder: string,
  peer: LooksPeer | undefined,
): Promise<ComparisonTable> {
  const settings = defaultSettings([16, 16, 40]);
  const rows = [];
  for (const [by, meshes] of await meshesByAll(volume, settings, folder, peer, ['zmesh'])) {
    const all = meshes.filter(({ triangles }) => triangles.length > 0).map(looksOf);
    const triangles = all.reduce((sum, looks) => sum + looks.triangles, 0);
    const mean = (share: (looks: Looks) => number): number =>
      all.reduce((sum, looks) => sum + share(looks) * looks.triangles, 0) / triangles;
    const openEdges = all.reduce((sum, looks) => sum + looks.openEdges, 0);
    rows.push([
      by,
      String(triangles),
      percent(mean(({ folds }) => folds)),
      percent(mean(({ slivers }) => slivers)),
      String(openEdges),
    ]);
  }
  return {
    title: `Looks of ${volume.name}, ${volume.shape.join(' × ')}: 16 × 16 × 40 nm voxels, 40 nm error`,
    columns: ['by', 'triangles', 'folds over 45°', 'slivers', 'open edges'],
    rows,
  };
}

function percent(share: number): string {
  return `${(100 * share).toFixed(1)} %`;
}

/** Returns the meshes of all labels, in nm, by each mesher. */
async function meshesByAll(
  volume: LabelVolume,
  settings: MeshSettings,
  folder: string,
  peer: LooksPeer | undefined,
  meshers: readonly Mesher[],
): Promise<[string, TriangleMesh[]][]> {
  const ours: TriangleMesh[] = [];
  for await (const { levels } of finestLevels(volume, folder, settings)) {
    for (const fragment of legacyFragments(levels[0] ?? [], settings))
      ours.push(decodeLegacyFragment(fragment));
  }
  const found: [string, TriangleMesh[]][] = [['ours', ours]];
  if (peer === undefined) return found;
  const path = join(folder, 'voxels');
  const out = join(folder, 'meshes');
  await writeFile(path, volume.labels);
  await mkdir(out, { recursive: true });
  const triangles = ours.reduce((sum, mesh) => sum + mesh.triangles.length / 3, 0);
  for (const mesher of meshers) {
    const { shape } = volume;
    const { labels } = await peer.answer({
      ...{ mesher, path, out, shape, triangles },
      ...{ resolution: settings.resolutionNm, error: settings.errorNm },
    });
    const meshes = [];
    for (const label of labels) meshes.push(decodeLegacyFragment(await readFile(join(out, label))));
    found.push([PEER_NAMES[mesher], meshes]);
  }
  return found;
}
