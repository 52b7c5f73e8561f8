import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { murmurHash3_x86_128Hash64Bits_Bigint } from 'neuroglancer/unstable/util/hash.js';
import { readMultilod, type ReadMesh } from './main/meshing/multilod-reader';
import type { Surface } from './shared/kernels/mesh-checks';

interface MeshInfo {
  readonly '@type': string;
  readonly vertex_quantization_bits: number;
  readonly transform: readonly number[];
  readonly lod_scale_multiplier: number;
  readonly segment_properties?: string;
  readonly sharding?: { readonly shard_bits: number; readonly minishard_bits: number };
}

/**
 * Reads meshes from a folder according to the specification (mesh.rst, sharded.rst), with Neuroglancer's hash and
 * decoder. It shares no code with the writer.
 */
export class MeshFolder {
  private constructor(
    private readonly folder: string,
    readonly info: MeshInfo,
  ) {}

  static async open(folder: string): Promise<MeshFolder> {
    return new MeshFolder(folder, JSON.parse(await readFile(join(folder, 'info'), 'utf8')) as MeshInfo);
  }

  async multilod(id: bigint): Promise<ReadMesh | undefined> {
    const stored = this.info.sharding === undefined ? await this.unsharded(id) : await this.sharded(id);
    if (stored === undefined) return undefined;
    return readMultilod(stored.manifest, stored.data, this.info.vertex_quantization_bits);
  }

  async legacy(id: bigint): Promise<Surface | undefined> {
    const manifest = await this.file(`${id}:0`);
    if (manifest === undefined) return undefined;
    const { fragments } = JSON.parse(new TextDecoder().decode(manifest)) as { fragments: string[] };
    if (fragments.length !== 1) throw new RangeError(`${fragments.length} fragments`);
    const bytes = await readFile(join(this.folder, fragments[0] ?? ''));
    const vertices = bytes.readUInt32LE(0);
    const floats = Array.from({ length: 3 * vertices }, (_, i) => bytes.readFloatLE(4 + 4 * i));
    const corners = Array.from({ length: (bytes.length - 4 - 12 * vertices) / 4 }, (_, i) =>
      bytes.readUInt32LE(4 + 12 * vertices + 4 * i),
    );
    return { positions: floats, triangles: corners };
  }

  private async unsharded(id: bigint) {
    const [manifest, data] = [await this.file(`${id}.index`), await this.file(`${id}`)];
    return manifest === undefined || data === undefined ? undefined : { manifest, data };
  }

  private async sharded(id: bigint) {
    const { shard_bits: shardBits = 0, minishard_bits: minishardBits = 0 } = this.info.sharding ?? {};
    const hash = murmurHash3_x86_128Hash64Bits_Bigint(0, id);
    const minishard = Number(hash & ((1n << BigInt(minishardBits)) - 1n));
    const shard = (hash >> BigInt(minishardBits)) & ((1n << BigInt(shardBits)) - 1n);
    const name = `${shard.toString(16).padStart(Math.ceil(shardBits / 4), '0')}.shard`;
    const bytes = await this.file(name);
    if (bytes === undefined) return undefined;
    const base = 16 * 2 ** minishardBits;
    const begin = Number(bytes.readBigUInt64LE(16 * minishard));
    const end = Number(bytes.readBigUInt64LE(16 * minishard + 8));
    if (begin === end) return undefined;
    const index = gunzipSync(bytes.subarray(base + begin, base + end));
    const count = index.length / 24;
    let key = 0n;
    let offset = base;
    for (let i = 0; i < count; i++) {
      key += index.readBigUInt64LE(8 * i);
      offset += Number(index.readBigUInt64LE(8 * (count + i)));
      const length = Number(index.readBigUInt64LE(8 * (2 * count + i)));
      if (key === id) {
        const manifest = gunzipSync(bytes.subarray(offset, offset + length));
        const dataBytes = fragmentBytes(manifest);
        return { manifest, data: bytes.subarray(offset - dataBytes, offset) };
      }
      offset += length;
    }
    return undefined;
  }

  private async file(name: string): Promise<Buffer | undefined> {
    return readFile(join(this.folder, name)).catch(() => undefined);
  }
}

/** The sum of the sizes at the end of each level's part of a manifest. */
function fragmentBytes(manifest: Buffer): number {
  const levels = manifest.readUInt32LE(24);
  const counts = Array.from({ length: levels }, (_, i) => manifest.readUInt32LE(28 + 16 * levels + 4 * i));
  let at = 28 + 20 * levels;
  let sum = 0;
  for (const count of counts) {
    for (let i = 0; i < count; i++) sum += manifest.readUInt32LE(at + 12 * count + 4 * i);
    at += 16 * count;
  }
  return sum;
}
