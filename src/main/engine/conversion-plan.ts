import { sourceOptionsSchema, type ConvertSpec } from '../../shared/api/job-spec';
import { openSource } from '../sources/registry';
import type { SourceHandle, SourceMetadata } from '../sources/volume-source';
import type { MeshPlan } from './meshes/mesh-plan';
import { MESHES } from './meshes/meshes-product';
import { checkOutputApart, outputState, type OutputState } from './output-folder';
import { planProducts, type PlannedProducts } from './plan-products';
import { PRODUCTS } from './products';
import type { PyramidStagePlan } from './volume/pyramid-stage';
import { VOLUME } from './volume/volume-product';
import { planVolume, type PlannedVolume } from './volume/volume-plan';

/** A conversion that was looked at from all sides and not begun: nothing is written yet. */
export interface ConversionPlan extends PlannedProducts {
  /** Its type is decided. */
  readonly spec: ConvertSpec;
  readonly source: SourceMetadata;
  readonly handle: SourceHandle;
  readonly volume: PlannedVolume;
  readonly outputState: OutputState;
  readonly stages: readonly PyramidStagePlan[];
  /** Undefined where no meshes are wanted. */
  readonly mesh: MeshPlan | undefined;
}

/**
 * Opens the input and decides everything, writing nothing.
 * @throws what is wrong with the input, the options, or the two together
 */
export async function planConversion(asked: ConvertSpec, products = PRODUCTS): Promise<ConversionPlan> {
  const source = await openSource(asked.input, {
    ...sourceOptionsSchema.parse(asked),
    ...(asked.type === undefined ? {} : { kind: asked.type }),
    ...(asked.dataType === undefined ? {} : { dataType: asked.dataType }),
  });
  try {
    await checkOutputApart(asked.input, asked.output);
    const { metadata, handle } = source;
    const volume = planVolume(asked, metadata);
    const spec = { ...asked, type: volume.info.type };
    const request = { spec, conversion: { source: metadata, volume }, info: volume.info };
    const limits = { memoryBytes: spec.memory, workers: spec.workers };
    const planned = await planProducts(request, limits, products);
    return {
      ...planned,
      spec,
      source: metadata,
      handle,
      volume,
      outputState: await outputState(spec.output),
      stages: planned.plans.of(VOLUME)?.stages ?? [],
      mesh: planned.plans.of(MESHES),
    };
  } finally {
    await source.close();
  }
}
