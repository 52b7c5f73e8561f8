import { describe, expect, test } from 'vitest';
import { openSource } from '../../../../src/main/sources/registry';
import type { OpenOptions } from '../../../../src/main/sources/source-opener';
import type { SourceHandle, SourceMetadata, VolumeSource } from '../../../../src/main/sources/volume-source';
import { applyViews } from '../../../../src/main/sources/views/apply-views';
import { BoxGrid, boxOfShape, boxVolume, type Box } from '../../../../src/shared/base/box';
import { allocateVoxels } from '../../../../src/shared/base/data-type';
import type { VolumeBlock } from '../../../../src/shared/base/volume-block';
import { fixture } from '../../../fixtures/voxels';

/** Records which boxes are read from a real source. */
class NotedSource implements VolumeSource {
  readonly boxes: Box[] = [];
  readonly metadata: SourceMetadata;
  readonly handle: SourceHandle;

  constructor(private readonly source: VolumeSource) {
    this.metadata = source.metadata;
    this.handle = source.handle;
  }

  read(box: Box, target: VolumeBlock): Promise<void> {
    this.boxes.push(box);
    return this.source.read(box, target);
  }

  close(): Promise<void> {
    return this.source.close();
  }
}

const VIEWS: readonly OpenOptions[] = [
  { roi: '5:30,7:29,1:3' },
  { flip: 'xyz' },
  { roi: '3:,:28,:', flip: 'xy' },
  { roi: '3:37,2:,:', transpose: 'yzx', flip: 'yz' },
];

describe('the storage grid of a view', () => {
  test.each(VIEWS)('has whole tiles of the source in its units: %j', async (options) => {
    const path = fixture('tiff', 'uint64-deflate-tiles.tif');
    const noted = new NotedSource(await openSource(path));
    const view = await applyViews(noted, options);
    const { size, storageShape, storageOrigin } = view.metadata;
    const tiles = new BoxGrid(boxOfShape(noted.metadata.size), noted.metadata.storageShape);
    const seen = new Map<string, number>();
    for (const unit of new BoxGrid(boxOfShape(size), storageShape, storageOrigin)) {
      noted.boxes.length = 0;
      await view.read(unit, { box: unit, channels: 1, data: allocateVoxels('uint64', boxVolume(unit)) });
      expect(noted.boxes.reduce((sum, box) => sum + boxVolume(box), 0)).toBe(boxVolume(unit));
      for (const box of noted.boxes) {
        for (const tile of tiles.touching(box)) {
          seen.set(String(tile.min), (seen.get(String(tile.min)) ?? 0) + 1);
        }
      }
    }
    await view.close();
    expect([...seen.values()].every((times) => times === 1)).toBe(true);
  });
});
