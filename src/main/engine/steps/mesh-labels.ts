import { loadSimplifier } from '../../../shared/kernels/simplification';
import { encodeLegacyManifest, legacyManifestName } from '../../../shared/precomputed/legacy-mesh';
import { encodeShard, shardFileName, type ShardEntry } from '../../../shared/precomputed/sharding';
import { loadDraco } from '../../meshing/draco-encoder';
import { joinSections, legacyFragmentOf, multilodOf, type LabelPieces } from '../../meshing/join-labels';
import { readSection } from '../../meshing/piece-file';
import { deterministicGzip } from '../../stores/compression';
import { LocalFolderStore } from '../../stores/local-folder';
import { encodeLabelList, type ListedLabel } from '../label-list';
import type { MeshPlan } from '../mesh-plan';
import type { MeshFolders } from '../mesh-stages';

/** Joins the labels of one batch from the pieces of all blocks, and writes their meshes. */
export interface MeshLabelsRequest {
  readonly plan: MeshPlan;
  readonly folders: MeshFolders;
  readonly blocks: number;
  readonly batch: number;
}

export interface MeshLabelsResult {
  readonly bytesWritten: number;
  readonly files: number;
}

const GZIP_LEVEL = 6;

export async function meshLabels(request: MeshLabelsRequest): Promise<MeshLabelsResult> {
  const { plan, folders, batch } = request;
  await Promise.all([loadSimplifier(), loadDraco()]);
  const labels = await readLabels(request);
  const writer = new MeshWriter(plan, folders);
  const list: ListedLabel[] = [];
  for (const { entry, pieces } of labels) {
    const isMeshed = pieces.length > 0 && entry.voxels >= plan.minVoxels;
    if (isMeshed) await writer.add(entry.id, pieces);
    list.push({ ...entry, isMeshed });
  }
  await writer.finish(BigInt(batch));
  await new LocalFolderStore(folders.lists, folders.scratch).put(String(batch), encodeLabelList(list));
  return { bytesWritten: writer.bytesWritten, files: writer.files };
}

async function readLabels({ folders, blocks, batch }: MeshLabelsRequest): Promise<LabelPieces[]> {
  const store = new LocalFolderStore(folders.pieces, folders.scratch);
  const sections = [];
  for (let block = 0; block < blocks; block++) {
    sections.push(
      await readSection(batch, (offset, length) => store.getRange(String(block), offset, length)),
    );
  }
  return joinSections(sections);
}

/** Writes meshes as the plan says: one by one, or all into one shard at the end. */
class MeshWriter {
  bytesWritten = 0;
  files = 0;
  private readonly store: LocalFolderStore;
  private readonly entries: ShardEntry[] = [];

  constructor(
    private readonly plan: MeshPlan,
    folders: MeshFolders,
  ) {
    this.store = new LocalFolderStore(folders.dataset, folders.scratch);
  }

  async add(id: bigint, pieces: LabelPieces['pieces']): Promise<void> {
    const { settings, sharded } = this.plan;
    if (settings.format === 'legacy') {
      const fragment = `${id}.mesh`;
      await this.put(fragment, legacyFragmentOf(pieces, settings));
      await this.put(legacyManifestName(id), encodeLegacyManifest([fragment]));
      return;
    }
    const { manifest, fragments } = multilodOf(pieces, settings);
    if (sharded) {
      this.entries.push({ key: id, value: manifest, preceding: fragments });
      return;
    }
    await this.put(`${id}`, fragments);
    await this.put(`${id}.index`, manifest);
  }

  async finish(shard: bigint): Promise<void> {
    if (this.entries.length === 0) return;
    const { batches } = this.plan;
    const bytes = encodeShard(this.entries, batches, (part) => deterministicGzip(part, GZIP_LEVEL));
    await this.put(shardFileName(shard, batches), bytes);
  }

  private async put(name: string, bytes: Uint8Array): Promise<void> {
    await this.store.put(`${this.plan.folder}/${name}`, bytes);
    this.bytesWritten += bytes.length;
    this.files++;
  }
}
