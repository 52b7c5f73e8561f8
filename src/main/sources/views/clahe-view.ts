import type { Box } from '../../../shared/base/box';
import type { VoxelArray } from '../../../shared/base/data-type';
import { ZERO3 } from '../../../shared/base/vec3';
import type { VolumeBlock } from '../../../shared/base/volume-block';
import { equalizeAdaptively } from '../../../shared/kernels/clahe';
import type { SourceMetadata, VolumeSource } from '../volume-source';
import { MappedView, mappedBytes } from './mapped-view';
import type { ViewSpec } from './source-view';
import type { Stored } from './storage-grid';
import type { WindowType } from './value-mapping';

export interface ClaheSpec extends ViewSpec {
  readonly kind: 'clahe';
  readonly dataType: WindowType;
}

/** What {@link equalizeAdaptively} needs for each voxel of a slice: its bin and its grey. */
const WORKING_BYTES = 3;

/** The most voxels of whole slices that are read at a time, unless one slice has more. */
const SLAB_VOXELS = 2 ** 24;

/** Shows a source with the contrast of each slice equalized locally; see {@link equalizeAdaptively}. */
export class ClaheView extends MappedView {
  readonly metadata: SourceMetadata;
  protected readonly dataType: WindowType;

  constructor(source: VolumeSource, spec: ClaheSpec) {
    super(source, spec, wholeSlices(source.metadata));
    const { dataType } = spec;
    this.dataType = dataType;
    const [width, height] = source.metadata.size;
    const decodeBytes = mappedBytes(source.metadata, dataType, this.units) + WORKING_BYTES * width * height;
    this.metadata = this.changed({ dataType, ...this.units, decodeBytes }, [
      'normalized',
      `by CLAHE in each slice, as ${dataType}`,
    ]);
  }

  protected override needed({ min, max }: Box): Box {
    const [width, height] = this.source.metadata.size;
    return { min: [0, 0, min[2]], max: [width, height, max[2]] };
  }

  protected map({ data }: VolumeBlock, output: VoxelArray): void {
    const [width, height] = this.source.metadata.size;
    const largest = 2 ** (8 * output.BYTES_PER_ELEMENT) - 1;
    const plane = width * height;
    for (let start = 0; start < data.length; start += plane) {
      const equalized = output.subarray(start, start + plane) as Uint8Array | Uint16Array | Uint32Array;
      equalizeAdaptively(data.subarray(start, start + plane), [width, height], largest, equalized);
    }
  }
}

/** What is computed as a whole: all voxels of as many slices as one storage unit has, if they aren't too many. */
function wholeSlices({ size, channels, storageShape, storageOrigin = ZERO3 }: SourceMetadata): Stored {
  const [width, height] = size;
  const most = Math.max(1, Math.floor(SLAB_VOXELS / (width * height * channels)));
  const isWhole = storageShape[2] <= most;
  return {
    size,
    storageShape: [width, height, Math.min(storageShape[2], most)],
    storageOrigin: [0, 0, isWhole ? storageOrigin[2] : 0],
  };
}
