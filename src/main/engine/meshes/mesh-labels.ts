import { join } from 'node:path';
import { compareInShard } from '../../../shared/precomputed/sharding';
import { labelsOfPart } from '../../meshing/batch-labels';
import { partsOf } from '../../meshing/batch-parts';
import { loadDraco } from '../../meshing/draco-encoder';
import { openFolder } from '../../places/local-folder';
import { encodeLabelList, type ListedLabel } from '../segments/label-list';
import { releaseBlocks } from './mesh-block';
import type { MeshPlan } from './mesh-plan';
import type { MeshFolders } from './mesh-folders';
import type { WrittenFile } from '../run/written-file';
import { MeshWriter } from './mesh-writer';

/** A segment and its voxels in the finest scale. */
export type KnownCount = readonly [id: string, voxels: number];

/** A request to join the labels of one batch from the pieces of all blocks, and to write their meshes. */
export interface MeshLabelsRequest {
  readonly plan: MeshPlan;
  readonly folders: MeshFolders;
  readonly blocks: number;
  readonly batch: number;
  /** Known counts of the batch. The other counts are estimated from the scale that is meshed. */
  readonly counts: readonly KnownCount[];
  readonly isSharded: boolean;
  /** Memory for the surfaces of one label, in bytes. */
  readonly surfaceBytes: number;
}

export interface MeshLabelsResult {
  readonly bytesWritten: number;
  readonly files: number;
  /** The segments whose meshes are written, or that need none. */
  readonly segments: number;
  readonly made: readonly WrittenFile[];
}

export async function meshLabels(request: MeshLabelsRequest): Promise<MeshLabelsResult> {
  const { plan, folders, blocks, batch, counts, isSharded, surfaceBytes } = request;
  const known = new Map(counts.map(([id, voxels]) => [BigInt(id), voxels]));
  releaseBlocks();
  await loadDraco();
  const files = Array.from({ length: blocks }, (_, block) => join(folders.pieces, String(block)));
  const writer = new MeshWriter(plan, folders, batch, isSharded, surfaceBytes);
  let segments = 0;
  const list = openFolder(folders.lists, folders.scratch).begin(String(batch));
  try {
    for (const part of partsOf(batch, plan.batches)) {
      const labels = labelsOfPart(part, files);
      labels.sort((a, b) => compareInShard(a.entry.id, b.entry.id, plan.batches));
      const listed: ListedLabel[] = [];
      for (const label of labels) {
        const { id, voxels } = label.entry;
        const finestVoxels = known.get(id) ?? voxels * plan.finestVoxels;
        const isMeshed = label.pieces.length > 0 && finestVoxels >= plan.minVoxels;
        if (isMeshed) writer.add(label);
        listed.push({ ...label.entry, isMeshed });
      }
      segments += listed.length;
      list.write(encodeLabelList(listed));
    }
    writer.finish();
    list.finish();
  } catch (error) {
    writer.abandon();
    list.abandon();
    throw error;
  }
  const made: WrittenFile[] = [...writer.made, [list.path, list.lengthBytes]];
  return { bytesWritten: writer.bytesWritten, files: writer.made.length, segments, made };
}
