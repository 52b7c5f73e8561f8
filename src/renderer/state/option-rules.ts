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

/**
 * Reports whether an option has a meaning for the source and together with the other options. One that has none is
 * neither shown nor sent.
 */
export function applies(name: ConvertOptionName, { options, report }: OptionContext): boolean {
  const definition = OPTIONS[name];
  const isGiven = options[name] !== OPTION_DEFAULTS[name];
  const isTaken = report === undefined || report.takes.some((taken) => taken === name);
  return (definition.ofSource !== true || isGiven || isTaken) && isMeaningful(definition, OPTIONS, options);
}

/** Options with a field that is always visible, or that were decided when the source was inspected. */
const ELSEWHERE: readonly ConvertOptionName[] = ['resolution', 'type', ...SOURCE_OPTION_NAMES];

/** Returns the options of a group that the settings form lists as advanced ones. */
export function advancedIn(group: OptionGroup, context: OptionContext): ConvertOptionName[] {
  return OPTION_NAMES.filter((name) => {
    // Whether meshes are made at all is decided by a field that is always visible.
    if (name === 'mesh' && context.options.mesh === 'none') return false;
    return OPTIONS[name].group === group && !ELSEWHERE.includes(name) && applies(name, context);
  });
}

/** Returns the choices of an option that are possible together with the other options. */
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

/**
 * Reports whether a choice may be left to the plan. The type may not, as it decides which other options there are.
 */
export function mayBeLeft(name: ConvertOptionName): boolean {
  return OPTION_DEFAULTS[name] === '' && name !== 'type';
}

/** Reports whether an encoding can hold the kind of data, its data type and its channels. */
function canEncode(encoding: EncodedKind['encoding'], { options, report }: OptionContext): boolean {
  // Labels are widened to a data type that the encoding supports.
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

/** Returns the value that an empty option takes, if the plan knows it. */
export function fallbackOf(name: ConvertOptionName, plan: PlanReport | undefined): string | undefined {
  return plan === undefined ? undefined : FALLBACKS[name]?.(plan);
}

/** Returns why a text is invalid for an option; undefined for a valid one, and for an empty field. */
export function problemOf(name: ConvertOptionName, text: string): string | undefined {
  if (text.trim() === '') return undefined;
  return OPTIONS[name].schema.safeParse(text).error?.issues[0]?.message;
}
