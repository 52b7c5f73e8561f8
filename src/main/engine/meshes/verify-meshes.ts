import { isStudioError } from '../../../shared/base/errors';
import { formatCount } from '../../../shared/base/format-quantity';
import { parseMeshInfo, type MeshInfo } from '../../../shared/precomputed/mesh-info';
import { decodeMeshManifest } from '../../../shared/precomputed/mesh-manifest';
import { getUncompressed } from '../../places/compression';
import { LocalFolder } from '../../places/local-folder';
import type { ProductReport, VerifyContext } from '../verification';

/** At most this many sentences: a broken disk breaks all meshes. */
const MOST_PROBLEMS = 20;
const INDEX = '.index';

/** Reads the info of the meshes; of those with levels of detail, each manifest that is a file, against its fragments. */
export async function verifyMeshes({ dataset }: VerifyContext): Promise<ProductReport | undefined> {
  const { root, info } = dataset;
  if (info.mesh === undefined) return undefined;
  const store = new LocalFolder(root);
  const problems: string[] = [];
  let [manifests, wrong] = [0, 0];
  const note = (key: string, error: unknown): void => {
    if (!isStudioError(error) || error.tag !== 'invalid-input') throw error;
    if (++wrong <= MOST_PROBLEMS) problems.push([`${key}: ${error.message}`, ...error.details].join('; '));
  };
  const meshes = await readMeshInfo(store, info.mesh).catch((error: unknown) => {
    note(`${info.mesh}/info`, error);
    return undefined;
  });
  if (meshes?.['@type'] === 'neuroglancer_multilod_draco' && meshes.sharding === undefined) {
    for await (const key of store.list(`${info.mesh}/`)) {
      if (!key.endsWith(INDEX)) continue;
      manifests++;
      const problem = await problemOfManifest(store, key).catch((error: unknown) => note(key, error));
      if (problem !== undefined && ++wrong <= MOST_PROBLEMS) problems.push(problem);
    }
  }
  if (wrong > MOST_PROBLEMS) problems.push(`and ${wrong - MOST_PROBLEMS} more`);
  const checked = manifests === 0 ? 'the info' : `the manifests of ${formatCount(manifests)} meshes`;
  return { product: 'meshes', ok: problems.length === 0, checked, problems, warnings: [] };
}

/** A folder of legacy meshes needs no info. */
async function readMeshInfo(store: LocalFolder, folder: string): Promise<MeshInfo> {
  const bytes = await getUncompressed(store, `${folder}/info`);
  if (bytes === undefined) return { '@type': 'neuroglancer_legacy_mesh' };
  return parseMeshInfo(parseJson(bytes), `${folder}/info`);
}

function parseJson(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder().decode(bytes));
  } catch {
    return undefined;
  }
}

async function problemOfManifest(store: LocalFolder, key: string): Promise<string | undefined> {
  const { levels } = decodeMeshManifest((await store.get(key)) ?? new Uint8Array());
  const nodes = levels.flatMap((level) => level.nodes);
  const expected = nodes.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
  const fragments = key.slice(0, -INDEX.length);
  const found = await store.size(fragments);
  if (found === expected) return undefined;
  const has = found === undefined ? "isn't there" : `has ${found} bytes`;
  return `${fragments} ${has}; its manifest calls for ${expected}`;
}
