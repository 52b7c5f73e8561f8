import { boxVolume, type Box } from '../../../shared/base/box';
import { allocateVoxels } from '../../../shared/base/data-type';
import { LabelStatistics } from '../../../shared/kernels/label-statistics';
import { PrecomputedSource, type PrecomputedHandle } from '../../sources/precomputed-source';

/** A request to count the voxels of each label in a region. */
export interface CountLabelsRequest {
  readonly dataset: PrecomputedHandle;
  readonly box: Box;
}

export interface CountLabelsResult {
  /** Label counts in the format of LabelStatistics. */
  readonly statistics: Uint8Array;
}

export async function countLabels({ dataset, box }: CountLabelsRequest): Promise<CountLabelsResult> {
  const source = new PrecomputedSource(dataset);
  const statistics = new LabelStatistics();
  try {
    const block = {
      box,
      channels: 1,
      data: allocateVoxels(source.metadata.dataType, boxVolume(box)),
    };
    await source.read(box, block);
    statistics.accumulate(block, box);
  } finally {
    await source.close();
  }
  return { statistics: statistics.toBytes() };
}
