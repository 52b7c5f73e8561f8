import type { Vec3 } from '../../../shared/base/vec3';
import { Spool } from '../../base/spool';
import type { SegmentRow } from './segment-counts';

type StoredRow = readonly [id: string, voxels: number, isMeshed: boolean, min?: Vec3, max?: Vec3];

/**
 * Any number of segments in their order, which can be read several times. Only a few are in memory at a time. The
 * owner closes the table.
 */
export class SegmentTable implements AsyncIterable<SegmentRow> {
  /** The number of segments in the scale that was searched, and how many of these have meshes. */
  segments = 0;
  meshedSegments = 0;
  private readonly stored = new Spool<StoredRow>();

  static async of(rows: AsyncIterable<SegmentRow>): Promise<SegmentTable> {
    const table = new SegmentTable();
    try {
      for await (const row of rows) await table.add(row);
    } catch (error) {
      await table.close();
      throw error;
    }
    return table;
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<SegmentRow> {
    for await (const [id, voxels, isMeshed, min, max] of this.stored) {
      const box = min === undefined || max === undefined ? undefined : { min, max };
      yield { id: BigInt(id), voxels, isMeshed, box };
    }
  }

  close(): Promise<void> {
    return this.stored.close();
  }

  private add({ id, voxels, isMeshed, box }: SegmentRow): Promise<void> | undefined {
    if (box !== undefined) this.segments++;
    if (isMeshed) this.meshedSegments++;
    return this.stored.add([
      String(id),
      voxels,
      isMeshed,
      ...(box === undefined ? ([] as const) : ([box.min, box.max] as const)),
    ]);
  }
}
