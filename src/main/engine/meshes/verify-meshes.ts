import { isAddress } from '../../../shared/api/input-address';
import { z } from 'zod';
import { inLanes } from '../../../shared/base/in-lanes';
import { isStudioError } from '../../../shared/base/errors';
import { counted, formatCount } from '../../../shared/base/format-quantity';
import { parseMeshInfo, type MeshInfo } from '../../../shared/precomputed/mesh-info';
import { boundsOfVolume } from '../../codecs/meshes/mesh-faults';
import { getUncompressed } from '../../places/compression';
import { openFolder } from '../../places/local-folder';
import type { ListablePlace } from '../../places/file-place';
import type { ReadablePlace } from '../../places/place';
import type { DatasetPlace } from '../../places/read-document';
import { folderPath } from '../../../shared/precomputed/dataset-files';
import type { VerifyContext } from '../dataset/verification';
import type { ProductReport } from '../dataset/verify-report';
import { readProvenance } from '../dataset/provenance';
import { Problems } from '../dataset/report-problems';
import { readSegmentColumns } from '../segments/segment-counts';
import type { SegmentColumns } from '../../../shared/precomputed/segment-properties';
import type { ReadMeshesRequest } from './read-meshes';

/** The number of meshes that are read in one step. */
const IDS_PER_STEP = 200;

/**
 * Reads every mesh of a dataset. It checks the manifests, decodes each fragment, checks its position, and compares
 * the ids with the list of segments. If it is known which segments must have meshes, it reports those without one.
 */
export async function verifyMeshes(context: VerifyContext): Promise<ProductReport | undefined> {
  const { dataset, pool, memory, request } = context;
  const { mesh } = dataset.info;
  const finest = dataset.info.scales[0];
  if (mesh === undefined || finest === undefined) return undefined;
  if (isAddress(dataset.root)) {
    return report('not read at an address: `check` reads some of each kind', new Problems());
  }
  const problems = new Problems();
  const folder = folderPath(mesh);
  if (folder === undefined) {
    problems.add(`info names '${mesh}' for the meshes, which is not a folder of the dataset`);
    return report('nothing', problems);
  }
  const store = openFolder(`${dataset.root}/${folder}`);
  const info = await readInfo(store, folder, problems);
  if (info === undefined) return report('nothing', problems);
  const files = await filesOf(store, info);
  const named = new Set<string>();
  const found = new Set<bigint>();
  let fragments = 0;
  await inLanes(files.parts, memory.workers, async (what) => {
    const part = { folder: store.root, info, bounds: boundsOfVolume(finest), what };
    const result = await pool.run('read-meshes', part, request.signal);
    for (const id of result.ids) found.add(id);
    for (const name of result.files) named.add(name);
    fragments += result.fragments;
    problems.add(...result.problems);
  });
  const left = files.others.filter((name) => !named.has(name) && !found.has(idOf(name)));
  if (left.length > 0) {
    problems.add(
      `of ${formatCount(left.length)} files no manifest names, such as ${folder}/${left[0] ?? ''}`,
    );
  }
  const segments = await readSegmentColumns(dataset, dataset.info);
  problems.add(...idProblems(found, segments, await leastVoxels(dataset)));
  const shards = files.isSharded ? ` in ${shardsOf(files.parts.length)}` : '';
  return report(
    `${formatCount(found.size)} meshes${shards}, each of their ${formatCount(fragments)} fragments decoded`,
    problems,
  );
}

function report(checked: string, problems: Problems): ProductReport {
  const list = problems.list();
  return { product: 'meshes', ok: list.length === 0, checked, problems: list, warnings: [] };
}

/** Reads the `info` of the meshes. A folder of legacy meshes needs none. */
async function readInfo(
  store: ReadablePlace,
  folder: string,
  problems: Problems,
): Promise<MeshInfo | undefined> {
  try {
    const bytes = await getUncompressed(store, 'info');
    if (bytes === undefined) return { '@type': 'neuroglancer_legacy_mesh' };
    return parseMeshInfo(JSON.parse(new TextDecoder().decode(bytes)), `${folder}/info`);
  } catch (error) {
    const isExpected = isStudioError(error) && error.tag === 'invalid-input';
    if (!isExpected && !(error instanceof SyntaxError)) throw error;
    const details = isStudioError(error) && error.details.length > 0 ? `: ${error.details.join('; ')}` : '';
    problems.add(`${folder}/info isn't one of meshes that viewers read (${error.message}${details})`);
    return undefined;
  }
}

interface MeshFiles {
  readonly isSharded: boolean;
  /** The meshes that are read in one step each. */
  readonly parts: readonly ReadMeshesRequest['what'][];
  /** Files that a mesh must refer to, or that hold its fragments. */
  readonly others: readonly string[];
}

const PACKED = /\.(gz|br|zstd)$/;

async function filesOf(store: ListablePlace, info: MeshInfo): Promise<MeshFiles> {
  const ids: string[] = [];
  const shards: string[] = [];
  const others: string[] = [];
  const isLegacy = info['@type'] === 'neuroglancer_legacy_mesh';
  const isSharded = !isLegacy && info.sharding !== undefined;
  const manifest = isLegacy ? /^(\d+):0$/ : /^(\d+)\.index$/;
  for await (const key of store.list('')) {
    const name = key.replace(PACKED, '');
    const id = manifest.exec(name)?.[1];
    if (isSharded) {
      if (name.endsWith('.shard')) shards.push(name);
    } else if (id !== undefined) ids.push(id);
    else if (/^\d+$/.test(name) || name.endsWith('.mesh')) others.push(name);
  }
  const steps = Array.from({ length: Math.ceil(ids.length / IDS_PER_STEP) }, (_, i) => ({
    ids: ids.slice(i * IDS_PER_STEP, (i + 1) * IDS_PER_STEP),
  }));
  return { isSharded, parts: isSharded ? shards.sort().map((shard) => ({ shard })) : steps, others };
}

function shardsOf(count: number): string {
  return count === 1 ? 'one shard' : `${formatCount(count)} shards`;
}

/** Returns the segment whose fragments are in a file; 0 for other files. */
function idOf(name: string): bigint {
  return /^\d+$/.test(name) ? BigInt(name) : 0n;
}

function idProblems(
  found: ReadonlySet<bigint>,
  segments: SegmentColumns | undefined,
  fromVoxels: number | undefined,
): string[] {
  if (segments === undefined) {
    return found.size === 0 ? ['info names meshes, and there are none'] : [];
  }
  const { ids, voxels } = segments;
  const listed = new Set(ids.map(BigInt));
  const unknown = [...found].filter((id) => !listed.has(id));
  const missing =
    fromVoxels === undefined
      ? []
      : ids.filter((id, i) => (voxels?.[i] ?? 0) >= fromVoxels && !found.has(BigInt(id)));
  return [
    ...(unknown.length === 0
      ? []
      : [
          `the list of segments lacks ${formatCount(unknown.length)} that have meshes, such as ${unknown[0]}`,
        ]),
    ...(missing.length === 0
      ? []
      : [
          `no mesh for ${formatCount(missing.length)} of ${counted(ids.length, 'segment', formatCount)}, such as ${missing[0]}`,
        ]),
    ...(found.size === 0 && ids.length > 0 && missing.length === 0 ? ['no segment has a mesh'] : []),
  ];
}

const meshingSchema = z.object({
  method: z.object({
    options: z.object({
      mesh: z.enum(['multilod', 'legacy']),
      minVoxels: z.number(),
      meshScale: z.literal(0).optional(),
      segments: z.undefined().optional(),
      exclude: z.undefined().optional(),
    }),
  }),
});
const processingSchema = z.object({ processing: z.array(z.unknown()) });

/**
 * Returns the number of voxels from which a segment must have a mesh, according to the dataset's provenance;
 * undefined if that isn't known.
 */
async function leastVoxels(dataset: DatasetPlace): Promise<number | undefined> {
  const text = (await readProvenance(dataset)) ?? '';
  try {
    const parsed = processingSchema.parse(JSON.parse(text));
    return meshingSchema.safeParse(parsed.processing.at(-1)).data?.method.options.minVoxels;
  } catch {
    return undefined;
  }
}
