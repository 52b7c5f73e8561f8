import type { PlanReport, SourceReport } from '../../shared/api/contract-types';
import type { ConvertOptionName } from '../../shared/api/job-spec';
import { MESH_OPTIONS } from '../../shared/api/mesh-options';

type OptionTexts = Readonly<Record<ConvertOptionName, string>>;

/** What decides which options have a meaning. */
export interface OptionContext {
  readonly options: OptionTexts;
  readonly report: SourceReport | undefined;
}

const OF_MULTILOD: readonly ConvertOptionName[] = ['lods', 'meshSharding', 'quantizationBits'];
const OF_SEGMENTS: readonly ConvertOptionName[] = [
  ...(Object.keys(MESH_OPTIONS) as ConvertOptionName[]),
  'ignoreBackground',
];
/** These go with segments, meshes or none. */
const WITHOUT_MESHES: readonly ConvertOptionName[] = ['mesh', 'names', 'idsFile', 'ignoreBackground'];

/** Whether an option has a meaning beside the others; one that has none is neither shown nor sent. */
export function applies(name: ConvertOptionName, { options, report }: OptionContext): boolean {
  const isSegmentation = options.type !== 'image';
  if (OF_SEGMENTS.includes(name) && !isSegmentation) return false;
  if (OF_MULTILOD.includes(name) && options.mesh !== 'multilod') return false;
  if (OF_SEGMENTS.includes(name) && options.mesh === 'none' && !WITHOUT_MESHES.includes(name)) return false;
  if (name === 'blockSize') return isSegmentation && options.encoding !== 'raw';
  if (name === 'encoding') return isSegmentation;
  if (name === 'compressionLevel' || name === 'layout') return options.compression !== 'none';
  if (name === 'ignoreBackground') return options.downsample === '' || options.downsample === 'majority';
  if (name === 'scales' || name === 'factors') return options.downsample !== 'none';
  if (name === 'gaps') return report?.facts.some(([fact]) => fact === 'slices') ?? true;
  return true;
}

/** The choices of an option that go with the others. */
export function choicesOf(
  name: ConvertOptionName,
  choices: readonly string[],
  { options, report }: OptionContext,
): readonly string[] {
  if (name === 'type' && report?.notLabels !== undefined)
    return choices.filter((choice) => choice === 'image');
  if (name === 'downsample') {
    const unwanted = options.type === 'image' ? 'majority' : 'average';
    return choices.filter((choice) => choice !== unwanted);
  }
  if (name === 'dataType' && options.type !== 'image') {
    const isCompressed = options.encoding !== 'raw';
    return choices.filter((choice) => choice.startsWith('uint') && (!isCompressed || /32|64/.test(choice)));
  }
  return choices;
}

const FALLBACKS: Readonly<Partial<Record<ConvertOptionName, (plan: PlanReport) => string | undefined>>> = {
  dataType: (plan) => plan.dataType,
  encoding: (plan) => plan.encoding,
  downsample: (plan) => plan.method,
  scales: (plan) => String(plan.scales.length),
  workers: (plan) => String(plan.workers),
  meshScale: ({ mesh }) => mesh && String(mesh.scale),
  meshError: ({ mesh }) => mesh && String(mesh.errorNm),
};

/** What is taken where an option is left empty, as far as the plan tells. */
export function fallbackOf(name: ConvertOptionName, plan: PlanReport | undefined): string | undefined {
  return plan === undefined ? undefined : FALLBACKS[name]?.(plan);
}
