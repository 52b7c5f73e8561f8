import type { PlanReport, SourceReport } from '../../shared/api/contract-types';
import {
  OPTION_NAMES,
  OPTIONS,
  SOURCE_OPTION_NAMES,
  type ConvertOptionName,
} from '../../shared/api/job-spec';
import { isMeaningful, type OptionGroup } from '../../shared/api/option';
import type { DataType } from '../../shared/base/data-type';
import { encodingFault, type EncodedKind } from '../../shared/precomputed/encoding-rules';
import { OPTION_DEFAULTS } from './option-defaults';

export type OptionTexts = Readonly<Record<ConvertOptionName, string>>;

/** What decides which options have a meaning. */
export interface OptionContext {
  readonly options: OptionTexts;
  readonly report: SourceReport | undefined;
}

/** Whether an option has a meaning for the source and beside the others; one that has none is neither shown nor sent. */
export function applies(name: ConvertOptionName, { options, report }: OptionContext): boolean {
  const definition = OPTIONS[name];
  const isGiven = options[name] !== OPTION_DEFAULTS[name];
  const isTaken = report === undefined || report.takes.some((taken) => taken === name);
  return (definition.ofSource !== true || isGiven || isTaken) && isMeaningful(definition, OPTIONS, options);
}

/** What has a field that is always seen, or was decided when the source was looked at. */
const ELSEWHERE: readonly ConvertOptionName[] = ['resolution', 'type', ...SOURCE_OPTION_NAMES];

/** The options of a group that the form of settings has among the advanced ones. */
export function advancedIn(group: OptionGroup, context: OptionContext): ConvertOptionName[] {
  return OPTION_NAMES.filter((name) => {
    // Whether there are meshes at all is among what is always seen.
    if (name === 'mesh' && context.options.mesh === 'none') return false;
    return OPTIONS[name].group === group && !ELSEWHERE.includes(name) && applies(name, context);
  });
}

/** The choices of an option that go with the others. */
export function choicesOf(
  name: ConvertOptionName,
  choices: readonly string[],
  { options, report }: OptionContext,
): readonly string[] {
  if (name === 'type' && report?.notLabels !== undefined)
    return choices.filter((choice) => choice === 'image');
  if (name === 'mesh') return choices.filter((choice) => choice !== 'none');
  if (name === 'remapOthers') return choices.filter((choice) => choice !== 'keep');
  if (name === 'downsample') {
    const unwanted = options.type === 'image' ? 'majority' : 'average';
    return choices.filter((choice) => choice !== unwanted);
  }
  if (name === 'encoding')
    return choices.filter((choice) => canEncode(choice as EncodedKind['encoding'], { options, report }));
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

/** Whether an encoding can hold the kind of data, its voxels and its channels. */
function canEncode(encoding: EncodedKind['encoding'], { options, report }: OptionContext): boolean {
  // Labels are widened to what the encoding needs.
  if (encoding === 'compressed_segmentation') return options.type !== 'image';
  const type = options.type === 'image' ? 'image' : 'segmentation';
  const dataType = (options.dataType || report?.dataType) as DataType;
  return encodingFault({ encoding, type, dataType, channels: report?.channels ?? 1 }) === undefined;
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

/** Why what was typed can't be taken for an option; undefined for a good value, and for an empty field. */
export function problemOf(name: ConvertOptionName, text: string): string | undefined {
  if (text.trim() === '') return undefined;
  return OPTIONS[name].schema.safeParse(text).error?.issues[0]?.message;
}
