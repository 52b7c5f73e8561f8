import { z } from 'zod';
import { shardingSchema, type VolumeInfo } from '../../../shared/precomputed/volume-info';
import { objectUrl } from './address';
import { checkCors, decodeBody, explainStatus, s3ErrorCode } from './answer-rules';
import { readRange } from './check-range';
import { checkShards } from './check-scale';
import { readJson, type CheckContext } from './check-context';
import { askFollowing } from './follow';

/** Meshes of so many segments are looked for until one is found. */
const MOST_TRIED = 40;
/** And so many are read. */
const MOST_READ = 5;

const propertiesSchema = z.object({
  '@type': z.literal('neuroglancer_segment_properties'),
  inline: z.object({ ids: z.array(z.string().regex(/^\d+$/)), properties: z.array(z.unknown()) }),
});

const meshSchema = z.discriminatedUnion('@type', [
  z.object({ '@type': z.literal('neuroglancer_legacy_mesh') }),
  z.object({
    '@type': z.literal('neuroglancer_multilod_draco'),
    sharding: shardingSchema.optional(),
  }),
]);

/** Reads the segments' names and numbers, and adds their ids to `segments`. */
export async function checkSegmentProperties(
  context: CheckContext,
  info: VolumeInfo,
  segments: Set<bigint>,
): Promise<void> {
  if (info.segment_properties === undefined) return;
  const key = `${info.segment_properties}/info`;
  const json = await readJson(context, key, 'properties');
  if (json === undefined) return;
  const parsed = propertiesSchema.safeParse(json);
  if (!parsed.success) {
    const problem = parsed.error.issues
      .map(({ path, message }) => `${path.join('.')}: ${message}`)
      .join('; ');
    const remedy = 'Make the segment properties again and publish them.';
    context.findings.fail(
      'properties',
      objectUrl(context.base, key),
      `The viewer rejects it: ${problem}`,
      remedy,
    );
    return;
  }
  for (const id of parsed.data.inline.ids.slice(0, 4 * MOST_TRIED)) segments.add(BigInt(id));
}

/** Reads meshes of some segments; returns how many. */
export async function checkMeshes(
  context: CheckContext,
  info: VolumeInfo,
  segments: ReadonlySet<bigint>,
): Promise<number> {
  const folder = info.mesh;
  if (folder === undefined) return 0;
  const json = await readMeshInfo(context, folder);
  if (json === undefined) return 0;
  const parsed = meshSchema.safeParse(json);
  if (!parsed.success) {
    const message = "The viewer rejects the meshes' info: it is of no known '@type'.";
    context.findings.fail(
      'mesh',
      objectUrl(context.base, `${folder}/info`),
      message,
      'Make the meshes again.',
    );
    return 0;
  }
  if (parsed.data['@type'] === 'neuroglancer_multilod_draco' && parsed.data.sharding !== undefined) {
    const { checked, missing } = await checkShards(context, { key: folder }, parsed.data.sharding);
    return checked - missing;
  }
  const check = parsed.data['@type'] === 'neuroglancer_legacy_mesh' ? checkLegacyMesh : checkMultiscaleMesh;
  let read = 0;
  const tried = [...segments].slice(0, MOST_TRIED);
  for (const id of tried) {
    if (read < MOST_READ && (await check(context, folder, id))) read++;
  }
  if (read === 0) {
    const url = objectUrl(context.base, folder);
    const message = `None of ${tried.length} segments has a mesh there.`;
    context.findings.warn(
      'mesh',
      url,
      message,
      'Publish again, or look whether meshes were made of these segments.',
    );
  }
  return read;
}

/** A folder of legacy meshes needs no info. */
async function readMeshInfo(context: CheckContext, folder: string): Promise<unknown> {
  const { status } = await context.prober.ask({ url: objectUrl(context.base, `${folder}/info`) });
  if (status === 404) return { '@type': 'neuroglancer_legacy_mesh' };
  return readJson(context, `${folder}/info`, 'mesh');
}

/** An object's bytes as the viewer gets them; undefined where it isn't there, or unreadable and told so. */
async function readObject(
  { base, prober, findings }: CheckContext,
  key: string,
): Promise<Buffer | undefined> {
  const url = objectUrl(base, key);
  const answer = await askFollowing(prober, { url }, findings);
  if (answer === undefined || answer.status === 404) return undefined;
  if (answer.status === 403 && s3ErrorCode(answer) !== undefined) return undefined;
  checkCors(answer, prober.origin, findings);
  if (answer.status === 200) return decodeBody(answer, findings);
  const [text, remedy] = explainStatus(answer);
  findings.fail('mesh', url, `A mesh can't be read: ${text}.`, remedy);
  return undefined;
}

/** `<id>:0` is JSON that names fragments, files beside it: a count, float32 positions, uint32 corners. */
async function checkLegacyMesh(context: CheckContext, folder: string, id: bigint): Promise<boolean> {
  const key = `${folder}/${id}:0`;
  const manifest = await readObject(context, key);
  if (manifest === undefined) return false;
  const url = objectUrl(context.base, key);
  const fragments = fragmentNames(manifest);
  if (fragments === undefined) {
    context.findings.fail(
      'mesh',
      url,
      "A mesh's manifest isn't one.",
      'Make the meshes again and publish them.',
    );
    return true;
  }
  for (const name of fragments.slice(0, 2)) {
    const bytes = await readObject(context, `${folder}/${name}`);
    const where = objectUrl(context.base, `${folder}/${name}`);
    if (bytes === undefined) {
      context.findings.fail('mesh', where, 'A fragment that a mesh names is not there.', 'Publish again.');
    } else if (bytes.length < 4 || (bytes.length - 4 - 12 * bytes.readUInt32LE(0)) % 12 !== 0) {
      const message = "A mesh's fragment is damaged: its length doesn't fit its number of vertices.";
      context.findings.fail('mesh', where, message, 'Publish again, or make the meshes again.');
    }
  }
  return true;
}

function fragmentNames(manifest: Buffer): string[] | undefined {
  try {
    const parsed: unknown = JSON.parse(manifest.toString('utf8'));
    return z.object({ fragments: z.array(z.string()) }).parse(parsed).fragments;
  } catch {
    return undefined;
  }
}

/** `<id>.index` is read whole, `<id>` by range. */
async function checkMultiscaleMesh(context: CheckContext, folder: string, id: bigint): Promise<boolean> {
  const index = await readObject(context, `${folder}/${id}.index`);
  if (index === undefined) return false;
  const key = `${folder}/${id}`;
  const before = context.findings.list().length;
  const bytes = await readRange(context, key, 0, 16);
  if (bytes === undefined && context.findings.list().length === before) {
    const message = 'A mesh has an index, but its fragments are not there.';
    context.findings.fail(
      'mesh',
      objectUrl(context.base, key),
      message,
      'Publish again, which sends what is missing.',
    );
  }
  return true;
}
