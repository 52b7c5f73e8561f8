import { set } from '../../../shared/api/mentions';
import { sourceOptionsSchema, type ConvertSpec } from '../../../shared/api/job-spec';
import type { BucketAccess } from '../../../shared/api/publish-spec';
import { onCommandLine, say } from '../../../shared/base/words';
import { openSource } from '../../sources/registry';
import { guessKind } from '../../sources/guess-kind';
import { seriesOf } from '../../sources/slices/slice-series';
import type { SourceHandle, SourceMetadata, VolumeSource } from '../../sources/volume-source';
import type { MeshPlan } from '../meshes/mesh-plan';
import { MESHES } from '../meshes/meshes-product';
import { checkOutputApart, outputState, type OutputState } from './output-folder';
import { planProducts, type PlannedProducts } from './plan-products';
import { PRODUCTS } from '../products';
import type { PyramidStagePlan } from '../volume/pyramid-stage';
import { VOLUME } from '../volume/volume-product';
import { planVolume, type PlannedVolume } from '../volume/volume-plan';

/** A complete plan of a conversion. Nothing is written yet. */
export interface ConversionPlan extends PlannedProducts {
  /** The request with its volume type decided. */
  readonly spec: ConvertSpec;
  readonly source: SourceMetadata;
  readonly handle: SourceHandle;
  readonly volume: PlannedVolume;
  readonly outputState: OutputState;
  readonly stages: readonly PyramidStagePlan[];
  /** Undefined if no meshes are requested. */
  readonly mesh: MeshPlan | undefined;
}

export interface PlanOptions {
  /** The products to choose from. */
  readonly wanted?: typeof PRODUCTS;
  /** Whether several processes share the work. */
  readonly isForCluster?: boolean;
  /** How the bucket is reached that the input is in. */
  readonly access?: BucketAccess | undefined;
}

/**
 * Opens the input and makes a complete plan, without writing anything.
 * @throws if the input or the options are invalid, or don't fit together
 */
export async function planConversion(
  asked: ConvertSpec,
  { wanted = PRODUCTS, isForCluster = false, access }: PlanOptions = {},
): Promise<ConversionPlan> {
  const source = await openSource(asked.input, {
    ...sourceOptionsSchema.parse(asked),
    ...(asked.type === undefined ? {} : { kind: asked.type }),
    ...(asked.dataType === undefined ? {} : { dataType: asked.dataType }),
    access,
    isIndexed: isForCluster,
    isForJob: true,
  });
  try {
    await checkOutputApart(asked.input, asked.output);
    const { metadata, handle } = source;
    const planned = planVolume(asked, metadata);
    const doubts = [...(await kindNotes(asked, source)), ...(await stackNotes(asked, metadata))];
    const volume = { ...planned, notes: [...planned.notes, ...(metadata.notes ?? []), ...doubts] };
    const spec = { ...asked, type: volume.info.type };
    const request = { spec, conversion: { source: metadata, volume }, info: volume.info };
    const limits = { memoryBytes: spec.memory, workers: spec.workers };
    const products = await planProducts(request, limits, wanted);
    return {
      ...products,
      spec,
      source: metadata,
      handle,
      volume,
      outputState: await outputState(spec.output),
      stages: products.plans.of(VOLUME)?.stages ?? [],
      mesh: products.plans.of(MESHES),
    };
  } finally {
    await source.close();
  }
}

/**
 * Returns a note if the values look like an image. If grey values are used as ids, each grey value becomes a segment,
 * all of them dust.
 */
async function kindNotes({ type }: ConvertSpec, source: VolumeSource): Promise<string[]> {
  if (type !== undefined) return [];
  // The job itself reports, slice by slice, what can't be read.
  const guess = await guessKind(source).catch(() => undefined);
  if (guess?.kind !== 'image') return [];
  const share = `${Math.round(100 * guess.equalShare)} %`;
  const image = set('type', 'image');
  return [
    onCommandLine(
      say`Only ${share} of neighbouring voxels have equal values; in segments most do. Use ${image} if these are grey values.`,
    ),
  ];
}

/** Returns a note if the input is one slice of a stack: a shell or a dialog easily names one where all are meant. */
async function stackNotes({ input, roi }: ConvertSpec, { size }: SourceMetadata): Promise<string[]> {
  const series = size[2] === 1 && roi === undefined ? await seriesOf(input) : undefined;
  if (series === undefined) return [];
  const { folder, slices } = series;
  return [
    `${input} is one of ${slices} slices in the folder ${folder}. Give the folder to convert all of them.`,
  ];
}
