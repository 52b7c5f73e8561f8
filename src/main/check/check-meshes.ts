import { z } from 'zod';
import { InvalidInputError, isStudioError } from '../../shared/base/errors';
import { inLanes } from '../../shared/base/in-lanes';
import { decodeLegacyFragment, legacyManifestName } from '../../shared/precomputed/legacy-mesh';
import { parseMeshInfo, type MeshInfo } from '../../shared/precomputed/mesh-info';
import { decodeMeshManifest } from '../../shared/precomputed/mesh-manifest';
import type { VolumeInfo } from '../../shared/precomputed/volume-info';
import { boundsOfVolume, readMultilodMesh } from '../codecs/meshes/mesh-faults';
import { objectUrl } from '../base/web-address';
import { MOST_DOCUMENT_BYTES } from './answer-rules';
import { readRange } from './check-range';
import { isAbsent, readJson, readObject, type CheckContext } from './check-context';
import { ShardReader } from './shard-reader';

/** Largest number of segments for which a sample looks for meshes. */
const MOST_TRIED = 40;
/** Largest number of meshes that a sample reads. */
const MOST_READ = 5;
const MESH = { topic: 'mesh', what: 'A mesh' } as const;
const READ_AGAIN =
  'Publish again, which sends what is missing; if that does not help, make the meshes again.';

/** Reads the mesh of a segment; returns false if it has none. Problems go to the findings. */
type MeshCheck = (id: bigint) => Promise<boolean>;

/** Number of meshes read at the same time if all are checked. */
const PARALLEL = 6;
/** If all fragments of a mesh together have at most this size, they are read with one request. */
const READ_TOGETHER_BYTES = 16 << 20;

/** Checks the meshes of some segments, or of all if the request says so. Returns the number of meshes found. */
export async function checkMeshes(
  context: CheckContext,
  info: VolumeInfo,
  segments: ReadonlySet<bigint>,
): Promise<number> {
  const folder = info.mesh;
  if (folder === undefined) return 0;
  const meshes = await readMeshInfo(context, folder);
  if (meshes === undefined) return 0;
  const check = meshCheck({ ...context, volume: info }, folder, meshes);
  let read = 0;
  const { all = false } = context.request;
  const tried = all ? [...segments] : [...segments].slice(0, MOST_TRIED);
  await inLanes(tried, all ? PARALLEL : 1, async (id) => {
    if ((all || read < MOST_READ) && (await check(id))) read++;
  });
  if (read === 0) {
    const message =
      tried.length === 0
        ? 'No segment was found whose mesh could be checked.'
        : `None of ${tried.length} segments has a mesh there.`;
    const remedy = 'Publish again, or check whether meshes were made of these segments.';
    context.findings.warn('mesh', objectUrl(context.base, folder), message, remedy);
  }
  return read;
}

/** Reads the info of a mesh folder. Without one, the folder holds legacy meshes. */
async function readMeshInfo(context: CheckContext, folder: string): Promise<MeshInfo | undefined> {
  const url = objectUrl(context.base, `${folder}/info`);
  if (isAbsent(context, await context.prober.ask({ url }))) return { '@type': 'neuroglancer_legacy_mesh' };
  const json = await readJson(context, `${folder}/info`, 'mesh');
  if (json === undefined) return undefined;
  try {
    return parseMeshInfo(json, `${folder}/info`);
  } catch (error) {
    if (!isStudioError(error)) throw error;
    const message = `The viewer rejects the meshes' info: ${error.details.join('; ')}`;
    context.findings.fail('mesh', url, message, 'Make the meshes again.');
    return undefined;
  }
}

/** A check's context with the volume of the meshes. */
interface MeshContext extends CheckContext {
  readonly volume: VolumeInfo;
}

type MultilodInfo = Extract<MeshInfo, { '@type': 'neuroglancer_multilod_draco' }>;

function meshCheck(context: MeshContext, folder: string, meshes: MeshInfo): MeshCheck {
  if (meshes['@type'] === 'neuroglancer_legacy_mesh') return (id) => checkLegacyMesh(context, folder, id);
  if (meshes.sharding === undefined) return (id) => checkMultiscaleMesh(context, folder, meshes, id);
  const shards = new ShardReader(context, folder, meshes.sharding, MOST_DOCUMENT_BYTES);
  return (id) => checkShardedMesh(context, shards, meshes, id);
}

/** Checks an unsharded mesh: reads `<id>.index` whole and `<id>` by range. */
async function checkMultiscaleMesh(
  context: MeshContext,
  folder: string,
  meshes: MultilodInfo,
  id: bigint,
): Promise<boolean> {
  const manifest = await readObject(context, `${folder}/${id}.index`, MESH);
  if (typeof manifest === 'string') return false;
  await checkFragments(context, meshes, manifest, `${folder}/${id}`, id);
  return true;
}

/** Checks a sharded mesh, whose fragments end where its manifest begins, in the same shard. */
async function checkShardedMesh(
  context: MeshContext,
  shards: ShardReader,
  meshes: MultilodInfo,
  id: bigint,
): Promise<boolean> {
  const value = await shards.read(id);
  if (typeof value === 'string') return value === 'refused';
  const { bytes, file, location } = value;
  await checkFragments(context, meshes, bytes, file, id, location.offsetBytes);
  return true;
}

/**
 * Decodes a manifest and reads its fragments by range: all of them, or only the first one and the very last byte.
 * @param endBytes offset at which the fragments end in the file; by default they are the whole file
 */
async function checkFragments(
  context: MeshContext,
  meshes: MultilodInfo,
  manifest: Uint8Array,
  file: string,
  id: bigint,
  endBytes?: number,
): Promise<void> {
  const url = objectUrl(context.base, file);
  const sizes = fragmentSizes(manifest);
  if (sizes === undefined) {
    context.findings.fail('mesh', url, "A mesh's manifest is damaged.", READ_AGAIN);
    return;
  }
  const total = sizes.reduce((sum, size) => sum + size, 0);
  const start = endBytes === undefined ? 0 : endBytes - total;
  if (context.request.all === true) {
    await readAllFragments(context, meshes, manifest, file, id, start, total);
    return;
  }
  const first = sizes.find((size) => size > 0);
  if (first === undefined) return;
  const fragment = await readRange(context, file, start, first);
  if (fragment === 'refused') return;
  if (fragment === 'missing') {
    context.findings.fail('mesh', url, MISSING_FRAGMENTS, READ_AGAIN);
    return;
  }
  const last = await readRange(context, file, start + total - 1, 1);
  if (last === 'refused') return;
  if (fragment.length === first && fragment.toString('latin1', 0, 5) === 'DRACO' && last.length === 1) return;
  const message =
    "A mesh's fragments are damaged: they do not have the sizes in its index, or are not Draco.";
  context.findings.fail('mesh', url, message, READ_AGAIN);
}

const MISSING_FRAGMENTS = 'A mesh has an index, but its fragments are missing.';

/** Reads and decodes each fragment of a mesh. */
async function readAllFragments(
  context: MeshContext,
  meshes: MultilodInfo,
  manifest: Uint8Array,
  file: string,
  id: bigint,
  start: number,
  total: number,
): Promise<void> {
  const { findings, volume } = context;
  const [finest] = volume.scales;
  if (finest === undefined) return;
  const url = objectUrl(context.base, file);
  let isReported = false;
  const read = async (offset: number, length: number): Promise<Uint8Array> => {
    if (length === 0 || isReported) return new Uint8Array();
    const part = await readRange(context, file, start + offset, length);
    if (typeof part !== 'string') return part;
    isReported = true;
    if (part === 'missing') findings.fail('mesh', url, MISSING_FRAGMENTS, READ_AGAIN);
    return new Uint8Array();
  };
  const together = total <= READ_TOGETHER_BYTES ? await read(0, total) : undefined;
  const positions = { bits: meshes.vertex_quantization_bits, transform: meshes.transform };
  const { faults } = await readMultilodMesh(manifest, positions, boundsOfVolume(finest), (offset, length) =>
    together === undefined
      ? read(offset, length)
      : Promise.resolve(together.subarray(offset, offset + length)),
  );
  const [fault] = faults;
  if (fault === undefined || isReported) return;
  findings.fail('mesh', url, `The mesh of ${id} is damaged: ${fault}.`, READ_AGAIN);
}

/** Returns the sizes of the fragments in bytes, in file order; undefined if the manifest is damaged. */
function fragmentSizes(manifest: Uint8Array): number[] | undefined {
  try {
    const { levels } = decodeMeshManifest(manifest);
    return levels.flatMap(({ nodes }) => nodes.map(({ sizeBytes }) => sizeBytes));
  } catch (error) {
    if (error instanceof InvalidInputError) return undefined;
    throw error;
  }
}

/** Checks a legacy mesh, whose manifest `<id>:0` is JSON with the names of fragment files in the same folder. */
async function checkLegacyMesh(context: CheckContext, folder: string, id: bigint): Promise<boolean> {
  const { base, findings } = context;
  const key = `${folder}/${legacyManifestName(id)}`;
  const manifest = await readObject(context, key, MESH);
  if (typeof manifest === 'string') return false;
  const fragments = fragmentNames(manifest);
  if (fragments === undefined) {
    findings.fail('mesh', objectUrl(base, key), "A mesh's manifest is not valid.", READ_AGAIN);
    return true;
  }
  for (const name of context.request.all === true ? fragments : fragments.slice(0, 2)) {
    const url = objectUrl(base, `${folder}/${name}`);
    const bytes = await readObject(context, `${folder}/${name}`, MESH);
    if (bytes === 'missing') {
      findings.fail('mesh', url, 'A fragment that a mesh names is missing.', READ_AGAIN);
    } else if (bytes !== 'refused' && !isLegacyFragment(bytes)) {
      const message = "A mesh's fragment is damaged: its length or its corners are wrong.";
      findings.fail('mesh', url, message, READ_AGAIN);
    }
  }
  return true;
}

function isLegacyFragment(bytes: Uint8Array): boolean {
  try {
    decodeLegacyFragment(bytes);
    return true;
  } catch {
    return false;
  }
}

function fragmentNames(manifest: Buffer): string[] | undefined {
  try {
    const parsed: unknown = JSON.parse(manifest.toString('utf8'));
    return z.object({ fragments: z.array(z.string()) }).parse(parsed).fragments;
  } catch {
    return undefined;
  }
}
