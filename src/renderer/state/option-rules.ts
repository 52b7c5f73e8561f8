import type { PlanReport, SourceReport } from '../../shared/api/contract-types';
import type { ConvertOptionName } from '../../shared/api/job-spec';
import { MESH_OPTIONS } from '../../shared/api/mesh-options';
import { OPTION_DEFAULTS } from './option-defaults';

export type OptionTexts = Readonly<Record<ConvertOptionName, string>>;

/** What decides which options have a meaning. */
export interface OptionContext {
  readonly options: OptionTexts;
  readonly report: SourceReport | undefined;
}

const OF_MULTILOD: readonly ConvertOptionName[] = ['lods', 'meshSharding', 'quantizationBits'];
const OF_SEGMENTS: readonly ConvertOptionName[] = [
  ...(Object.keys(MESH_OPTIONS) as ConvertOptionName[]),
  'ignoreBackground',
  'components',
];
/** These go with segments, meshes or none. */
const WITHOUT_MESHES: readonly ConvertOptionName[] = [
  'mesh',
  'names',
  'idsFile',
  'ignoreBackground',
  'components',
];

/** Whether an option has a meaning beside the others; one that has none is neither shown nor sent. */
export function applies(name: ConvertOptionName, { options, report }: OptionContext): boolean {
  const isSegmentation = options.type !== 'image';
  if (OF_SEGMENTS.includes(name) && !isSegmentation) return false;
  if (OF_MULTILOD.includes(name) && options.mesh !== 'multilod') return false;
  if (OF_SEGMENTS.includes(name) && options.mesh === 'none' && !WITHOUT_MESHES.includes(name)) return false;
  if (name === 'blockSize') return isSegmentation && options.encoding !== 'raw';
  if (name === 'jpegQuality') return !isSegmentation && options.encoding === 'jpeg';
  if (name === 'compression') return !isImageEncoding(options);
  if (name === 'layout') return options.compression !== 'none' && !isImageEncoding(options);
  if (name === 'compressionLevel') {
    return isImageEncoding(options) ? options.encoding === 'png' : options.compression !== 'none';
  }
  if (name === 'ignoreBackground') return options.downsample === '' || options.downsample === 'majority';
  if (name === 'scales' || name === 'factors') return options.downsample !== 'none';
  if (name === 'remap' || name === 'idOffset') return isSegmentation;
  if (name === 'window') return !isSegmentation;
  if (name === 'remapOthers') return isSegmentation && options.remap !== '';
  if (name === 'channel') return options.channel !== '' || (report?.channels ?? 1) > 1;
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
  if (name === 'remapOthers') return choices.filter((choice) => choice !== 'keep');
  if (name === 'downsample') {
    const unwanted = options.type === 'image' ? 'majority' : 'average';
    return choices.filter((choice) => choice !== unwanted);
  }
  if (name === 'encoding') return choices.filter((choice) => canEncode(choice, { options, report }));
  if (name === 'dataType' && options.type !== 'image') {
    const isCompressed = options.encoding !== 'raw';
    return choices.filter((choice) => choice.startsWith('uint') && (!isCompressed || /32|64/.test(choice)));
  }
  return choices;
}

/** Whether a choice may be left to the plan; not the type, which decides what other options there are. */
export function mayBeLeft(name: ConvertOptionName): boolean {
  return OPTION_DEFAULTS[name] === '' && name !== 'type';
}

function isImageEncoding({ type, encoding }: OptionTexts): boolean {
  return type === 'image' && (encoding === 'jpeg' || encoding === 'png');
}

/** Whether an encoding can hold the kind of data, its voxels and its channels. */
function canEncode(encoding: string, { options, report }: OptionContext): boolean {
  if (encoding === 'raw') return true;
  if (options.type !== 'image') return encoding === 'compressed_segmentation';
  const dataType = options.dataType === '' ? report?.dataType : options.dataType;
  const channels = report?.channels ?? 1;
  if (encoding === 'jpeg') return dataType === 'uint8' && (channels === 1 || channels === 3);
  return encoding === 'png' && channels <= (dataType === 'uint8' ? 4 : dataType === 'uint16' ? 1 : 0);
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
