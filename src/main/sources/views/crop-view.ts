import { boxShape, translateBox, type Box } from '../../../shared/base/box';
import { add3, subtract3, ZERO3 } from '../../../shared/base/vec3';
import type { VolumeBlock } from '../../../shared/base/volume-block';
import type { SourceMetadata, VolumeSource } from '../volume-source';
import { SourceView, type ViewSpec } from './source-view';
import { gridOrigin } from './storage-grid';

export interface CropSpec extends ViewSpec {
  readonly kind: 'crop';
  /** The part, in voxels of the source. It must lie inside the source. */
  readonly box: Box;
}

/** Shows a part of a source, which keeps its position in space. */
export class CropView extends SourceView {
  readonly metadata: SourceMetadata;

  constructor(
    source: VolumeSource,
    private readonly spec: CropSpec,
  ) {
    super(source, spec);
    const { min, max } = spec.box;
    const { size, storageShape, storageOrigin = ZERO3, voxelOffset = ZERO3 } = source.metadata;
    const ranges = ([0, 1, 2] as const).map((axis) => `${min[axis]}:${max[axis]}`);
    this.metadata = this.changed(
      {
        size: boxShape(spec.box),
        voxelOffset: add3(voxelOffset, min),
        storageOrigin: gridOrigin(subtract3(storageOrigin, min), storageShape),
      },
      ['crop', `${ranges.join(', ')} of ${size.join(' × ')} voxels`],
    );
  }

  read(box: Box, target: VolumeBlock): Promise<void> {
    const { min } = this.spec.box;
    return this.source.read(translateBox(box, min), { ...target, box: translateBox(target.box, min) });
  }
}
