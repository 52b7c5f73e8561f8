import { randomUUID } from 'node:crypto';
import { encodeLegacyManifest, legacyManifestName } from '../../../shared/precomputed/legacy-mesh';
import { shardFileName } from '../../../shared/precomputed/sharding';
import type { LabelPieces } from '../../meshing/batch-labels';
import { makeLevels } from '../../meshing/label-levels';
import { legacyFragments } from '../../meshing/legacy-fragments';
import { encodeMultilod } from '../../meshing/multilod-mesh';
import { triangleCount } from '../../meshing/surface-parts';
import { SurfaceSpill } from '../../meshing/surface-spill';
import { openFolder } from '../../places/local-folder';
import type { FilePlace, ObjectWriter } from '../../places/file-place';
import { ShardWriter } from '../../places/shard-writer';
import type { WrittenFile } from '../run/written-file';
import type { MeshPlan } from './mesh-plan';
import type { MeshFolders } from './mesh-folders';

/**
 * Makes the meshes of one batch of labels and writes each part as soon as it is made, so that neither a shard nor a
 * large mesh is in memory as a whole. The owner calls `finish` or `abandon`.
 */
export class MeshWriter {
  bytesWritten = 0;
  readonly made: WrittenFile[] = [];
  private readonly store: FilePlace;
  private readonly spill: SurfaceSpill;
  private readonly shard: ShardWriter | undefined;

  /**
   * @param isSharded whether the meshes are stored in a shard
   * @param surfaceBytes memory for the surfaces of one label; larger surfaces are spilled to the disk
   */
  constructor(
    private readonly plan: MeshPlan,
    folders: MeshFolders,
    batch: number,
    isSharded: boolean,
    surfaceBytes: number,
  ) {
    this.store = openFolder(folders.root, folders.scratch);
    this.spill = new SurfaceSpill(`${folders.scratch}/surfaces/${batch}-${randomUUID()}`, surfaceBytes);
    this.shard = isSharded ? this.beginShard(batch) : undefined;
  }

  /** Adds the mesh of a label. The labels of a shard must be added in the order of compareInShard. */
  add({ entry: { id }, pieces }: LabelPieces): void {
    const { plan, spill, shard } = this;
    try {
      const goal = Math.ceil(plan.settings.keptShare * triangleCount(pieces));
      const made = makeLevels(pieces, plan.settings, spill, goal);
      if (plan.settings.format === 'legacy') {
        this.putLegacy(id, legacyFragments(made.levels[0] ?? [], plan.settings));
      } else if (shard !== undefined) {
        const { builder } = shard;
        builder.add(
          id,
          encodeMultilod(made, plan.settings, spill, (fragment) => {
            builder.precede(fragment);
          }),
        );
      } else {
        let manifest: Uint8Array | undefined;
        this.put(`${id}`, (object) => {
          manifest = encodeMultilod(made, plan.settings, spill, (fragment) => {
            object.write(fragment);
          });
        });
        if (manifest !== undefined) this.putBytes(`${id}.index`, manifest);
      }
    } finally {
      spill.close();
    }
  }

  /** Completes the files when all labels are written. */
  finish(): void {
    const file = this.shard?.finish();
    if (file !== undefined) this.note(file);
  }

  /** Discards the shard if a label could not be written. */
  abandon(): void {
    this.shard?.abandon();
  }

  private beginShard(batch: number): ShardWriter {
    const { batches, folder } = this.plan;
    return new ShardWriter(this.store, `${folder}/${shardFileName(BigInt(batch), batches)}`, batches);
  }

  private putLegacy(id: bigint, fragments: Iterable<Uint8Array>): void {
    const names: string[] = [];
    for (const fragment of fragments) {
      const name = `${id}.${names.length}.mesh`;
      this.putBytes(name, fragment);
      names.push(name);
    }
    this.putBytes(legacyManifestName(id), encodeLegacyManifest(names));
  }

  private putBytes(name: string, bytes: Uint8Array): void {
    this.put(name, (object) => {
      object.write(bytes);
    });
  }

  private put(name: string, write: (object: ObjectWriter) => void): void {
    const object = this.store.begin(`${this.plan.folder}/${name}`);
    try {
      write(object);
      object.finish();
      this.note(object);
    } catch (error) {
      object.abandon();
      throw error;
    }
  }

  private note(object: ObjectWriter): void {
    this.bytesWritten += object.lengthBytes;
    this.made.push([object.path, object.lengthBytes]);
  }
}
