import {
  fragmentBytes,
  legacyFragmentFault,
  readMultilodMesh,
  type MeshBounds,
  type MeshReading,
} from '../../codecs/meshes/mesh-faults';
import { isStudioError } from '../../../shared/base/errors';
import { decodeLegacyManifest, legacyManifestName } from '../../../shared/precomputed/legacy-mesh';
import type { MeshInfo } from '../../../shared/precomputed/mesh-info';
import {
  shardFileName,
  shardOf,
  type Sharding,
  type ShardLocation,
} from '../../../shared/precomputed/sharding';
import { getUncompressed, gunzip } from '../../places/compression';
import { openFolder } from '../../places/local-folder';
import type { ListablePlace } from '../../places/file-place';
import type { ReadablePlace } from '../../places/place';
import { ShardedValues } from '../../places/sharded-values';

/** A request to read the complete meshes of some segments, or all those of a shard. */
export interface ReadMeshesRequest {
  readonly folder: string;
  readonly info: MeshInfo;
  readonly bounds: MeshBounds;
  /** Ids in decimal, or the file name of a shard. */
  readonly what: { readonly ids: readonly string[] } | { readonly shard: string };
}

export interface ReadMeshesResult {
  /** Ids of the meshes. */
  readonly ids: BigUint64Array;
  readonly fragments: number;
  /** One sentence for each problem. */
  readonly problems: readonly string[];
  /** Files other than manifests that meshes refer to, in the legacy format. */
  readonly files: readonly string[];
}

export async function readMeshes({
  folder,
  info,
  bounds,
  what,
}: ReadMeshesRequest): Promise<ReadMeshesResult> {
  const store = openFolder(folder);
  const tally = new Tally();
  if (info['@type'] === 'neuroglancer_legacy_mesh') {
    for (const id of 'ids' in what ? what.ids : []) {
      await orProblem(id, tally, () => readLegacy(store, BigInt(id), bounds, tally));
    }
  } else {
    const positions = { bits: info.vertex_quantization_bits, transform: info.transform };
    const read = (manifest: Uint8Array, readFragment: ReadFragment) =>
      readMultilodMesh(manifest, positions, bounds, readFragment);
    if ('ids' in what) {
      for (const id of what.ids) await orProblem(id, tally, () => readUnsharded(store, id, read, tally));
    } else if (info.sharding !== undefined) {
      await readShard(store, what.shard, info.sharding, read, tally);
    }
  }
  return tally.result();
}

/** Reads a mesh. Files that can't be decompressed are reported as problems of the mesh. */
async function orProblem(id: string, tally: Tally, read: () => Promise<void>): Promise<void> {
  try {
    await read();
  } catch (error) {
    if (!isStudioError(error) || error.tag !== 'invalid-input') throw error;
    tally.problem(`the mesh of ${id}: ${error.message}`);
  }
}

type ReadFragment = (offsetBytes: number, lengthBytes: number) => Promise<Uint8Array>;
type ReadMesh = (manifest: Uint8Array, readFragment: ReadFragment) => Promise<MeshReading>;

const NOTHING = new Uint8Array();

class Tally {
  private readonly ids: bigint[] = [];
  private fragments = 0;
  private readonly problems: string[] = [];
  readonly files: string[] = [];

  add(id: bigint, { fragments, faults }: MeshReading): void {
    this.ids.push(id);
    this.fragments += fragments;
    for (const fault of faults) this.problem(`the mesh of ${id}: ${fault}`);
  }

  problem(sentence: string): void {
    this.problems.push(sentence);
  }

  result(): ReadMeshesResult {
    const { fragments, problems, files } = this;
    return { ids: BigUint64Array.from(this.ids), fragments, problems, files };
  }
}

/** Reads a mesh whose manifest is `<id>.index` and whose fragments are in `<id>`. */
async function readUnsharded(store: ListablePlace, id: string, read: ReadMesh, tally: Tally): Promise<void> {
  const manifest = await getUncompressed(store, `${id}.index`);
  if (manifest === undefined) return;
  const size = await store.size(id);
  const reading = await read(
    manifest,
    async (offset, length) => (await store.getRange(id, offset, length)) ?? NOTHING,
  );
  const expected = fragmentBytes(manifest);
  const isWhole = expected === undefined || size === expected;
  const fault = size === undefined ? 'are missing' : `have ${size} bytes, but its index names ${expected}`;
  const faults = isWhole ? reading.faults : [`its fragments ${fault}`, ...reading.faults];
  tally.add(BigInt(id), { ...reading, faults });
}

/** Reads all meshes of a shard. Fragments are directly before their manifest. */
async function readShard(
  store: ReadablePlace,
  file: string,
  sharding: Sharding,
  read: ReadMesh,
  tally: Tally,
): Promise<void> {
  const values = new ShardedValues(store, sharding);
  for (let minishard = 0; minishard < 2 ** sharding.minishard_bits; minishard++) {
    try {
      for (const [id, place] of (await values.indexOf(file, minishard)) ?? []) {
        const belongs = shardOf(id, sharding);
        if (shardFileName(belongs.shard, sharding) !== file || Number(belongs.minishard) !== minishard) {
          tally.problem(`${file} holds ${id}, which viewers look for elsewhere`);
        }
        const stored = await range(store, file, place);
        const manifest = sharding.data_encoding === 'gzip' ? gunzip(stored) : stored;
        const start = place.offsetBytes - (fragmentBytes(manifest) ?? 0);
        const reading = await read(manifest, (offset, length) =>
          range(store, file, { offsetBytes: start + offset, lengthBytes: length }),
        );
        tally.add(id, reading);
      }
    } catch (error) {
      if (!isStudioError(error) || error.tag !== 'invalid-input') throw error;
      tally.problem(`the shard ${file}: ${error.message}`);
    }
  }
}

async function range(store: ReadablePlace, file: string, place: ShardLocation): Promise<Uint8Array> {
  return (await store.getRange(file, place.offsetBytes, place.lengthBytes)) ?? NOTHING;
}

/** Reads a legacy mesh, whose manifest `<id>:0` lists the files of its fragments. */
async function readLegacy(store: ReadablePlace, id: bigint, bounds: MeshBounds, tally: Tally): Promise<void> {
  const manifest = await getUncompressed(store, legacyManifestName(id));
  if (manifest === undefined) return;
  const names = decodeLegacyManifest(manifest);
  const faults = names.length === 0 ? ['its manifest names no fragments'] : [];
  for (const name of names) {
    const bytes = await getUncompressed(store, name);
    const fault = bytes === undefined ? 'it is not there' : legacyFragmentFault(bytes, bounds);
    if (fault !== undefined) faults.push(`fragment ${name}: ${fault}`);
  }
  tally.files.push(...names);
  tally.add(id, { fragments: names.length, faults });
}
