import { z } from 'zod';
import { InvalidInputError, isStudioError } from '../../../shared/base/errors';
import { decodeLegacyFragment, legacyManifestName } from '../../../shared/precomputed/legacy-mesh';
import { parseMeshInfo, type MeshInfo } from '../../../shared/precomputed/mesh-info';
import { decodeMeshManifest } from '../../../shared/precomputed/mesh-manifest';
import type { VolumeInfo } from '../../../shared/precomputed/volume-info';
import { objectUrl } from '../../base/web-address';
import { checkCors, decodeBody, explainStatus, MOST_DOCUMENT_BYTES } from './answer-rules';
import { readRange } from './check-range';
import { isAbsent, readJson, type CheckContext } from './check-context';
import { askFollowing } from './follow';
import { ShardReader } from './shard-reader';

/** Meshes of so many segments are looked for until some are found. */
const MOST_TRIED = 40;
/** And so many are read. */
const MOST_READ = 5;
const READ_AGAIN = 'Publish again, which sends what is missing; if that is no help, make the meshes again.';

/** Reads the mesh of a segment; false where it has none. What is wrong with it goes to the findings. */
type MeshCheck = (id: bigint) => Promise<boolean>;

/** Reads meshes of some segments; returns how many. */
export async function checkMeshes(
  context: CheckContext,
  info: VolumeInfo,
  segments: ReadonlySet<bigint>,
): Promise<number> {
  const folder = info.mesh;
  if (folder === undefined) return 0;
  const meshes = await readMeshInfo(context, folder);
  if (meshes === undefined) return 0;
  const check = meshCheck(context, folder, meshes);
  let read = 0;
  const tried = [...segments].slice(0, MOST_TRIED);
  for (const id of tried) {
    if (read < MOST_READ && (await check(id))) read++;
  }
  if (read === 0) {
    const message =
      tried.length === 0
        ? 'No segment was found for which to look for a mesh.'
        : `None of ${tried.length} segments has a mesh there.`;
    const remedy = 'Publish again, or look whether meshes were made of these segments.';
    context.findings.warn('mesh', objectUrl(context.base, folder), message, remedy);
  }
  return read;
}

/** A folder of legacy meshes needs no info. */
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

function meshCheck(context: CheckContext, folder: string, meshes: MeshInfo): MeshCheck {
  if (meshes['@type'] === 'neuroglancer_legacy_mesh') return (id) => checkLegacyMesh(context, folder, id);
  if (meshes.sharding === undefined) return (id) => checkMultiscaleMesh(context, folder, id);
  const shards = new ShardReader(context, folder, meshes.sharding, MOST_DOCUMENT_BYTES);
  return (id) => checkShardedMesh(context, shards, id);
}

/** `<id>.index` is read whole, `<id>` by range. */
async function checkMultiscaleMesh(context: CheckContext, folder: string, id: bigint): Promise<boolean> {
  const manifest = await readObject(context, `${folder}/${id}.index`);
  if (manifest === undefined) return false;
  await checkFragments(context, manifest, `${folder}/${id}`);
  return true;
}

/** Fragments stand right before the manifest, in the same shard. */
async function checkShardedMesh(context: CheckContext, shards: ShardReader, id: bigint): Promise<boolean> {
  const value = await shards.read(id);
  if (typeof value === 'string') return value === 'refused';
  const { bytes, file, location } = value;
  await checkFragments(context, bytes, file, location.offsetBytes);
  return true;
}

/**
 * Decodes a manifest, and reads its first fragment and the last byte of all by range.
 * @param endBytes where the fragments end in their file; by default they are the whole file
 */
async function checkFragments(
  context: CheckContext,
  manifest: Uint8Array,
  file: string,
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
  const first = sizes.find((size) => size > 0);
  if (first === undefined) return;
  const fragment = await readRange(context, file, start, first);
  if (fragment === 'refused') return;
  if (fragment === 'missing') {
    context.findings.fail('mesh', url, 'A mesh has an index, but its fragments are not there.', READ_AGAIN);
    return;
  }
  const last = await readRange(context, file, start + total - 1, 1);
  if (last === 'refused') return;
  if (fragment.length === first && fragment.toString('latin1', 0, 5) === 'DRACO' && last.length === 1) return;
  const message =
    "A mesh's fragments are damaged: they aren't of the sizes that its index tells, or no Draco.";
  context.findings.fail('mesh', url, message, READ_AGAIN);
}

/** Sizes in bytes, in the order of the file. */
function fragmentSizes(manifest: Uint8Array): number[] | undefined {
  try {
    const { levels } = decodeMeshManifest(manifest);
    return levels.flatMap(({ nodes }) => nodes.map(({ sizeBytes }) => sizeBytes));
  } catch (error) {
    if (error instanceof InvalidInputError) return undefined;
    throw error;
  }
}

/** `<id>:0` is JSON that names fragments, files beside it. */
async function checkLegacyMesh(context: CheckContext, folder: string, id: bigint): Promise<boolean> {
  const { base, findings } = context;
  const key = `${folder}/${legacyManifestName(id)}`;
  const manifest = await readObject(context, key);
  if (manifest === undefined) return false;
  const fragments = fragmentNames(manifest);
  if (fragments === undefined) {
    findings.fail('mesh', objectUrl(base, key), "A mesh's manifest isn't one.", READ_AGAIN);
    return true;
  }
  for (const name of fragments.slice(0, 2)) {
    const url = objectUrl(base, `${folder}/${name}`);
    const before = findings.list().length;
    const bytes = await readObject(context, `${folder}/${name}`);
    if (bytes !== undefined && !isLegacyFragment(bytes)) {
      findings.fail(
        'mesh',
        url,
        "A mesh's fragment is damaged: its length or its corners are wrong.",
        READ_AGAIN,
      );
    } else if (bytes === undefined && findings.list().length === before) {
      findings.fail('mesh', url, 'A fragment that a mesh names is not there.', READ_AGAIN);
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

/** An object's bytes as the viewer gets them; undefined where it isn't there, or unreadable and told so. */
async function readObject(context: CheckContext, key: string): Promise<Buffer | undefined> {
  const { base, prober, findings } = context;
  const url = objectUrl(base, key);
  const answer = await askFollowing(prober, { url }, findings);
  if (answer === undefined || isAbsent(context, answer)) return undefined;
  checkCors(answer, prober.origin, findings);
  if (answer.status === 200) return decodeBody(answer, findings);
  const [text, remedy] = explainStatus(answer);
  findings.fail('mesh', url, `A mesh can't be read: ${text}.`, remedy);
  return undefined;
}
