import type { z } from 'zod';
import { version } from '../../../../package.json';
import { parseJson } from '../../../shared/base/parse-json';
import { provenanceSchema } from '../dataset/provenance';
import type { JsonFields } from '../product';
import type { JobDescription } from '../run/job-record';
import { comparableSettings } from './output-settings';
import type { Plans } from './plans';

const PROGRAM = 'precomputed-studio';

type RecordedStep = z.output<typeof provenanceSchema>['processing'][number];

/**
 * Returns the job as a step of a dataset's `provenance`, with the fields that cloud-volume uses. It holds exactly the
 * settings that affect the dataset's bytes (no time, no user, no number of workers), so that the same job writes the
 * same file.
 */
export function provenanceStep(job: JobDescription, plans: Plans): ProvenanceStep {
  const ofProducts = plans.map((product, plan) => product.provenance?.(plan, job) ?? {});
  const { kind: task, settings: options } = job;
  return { by: `${PROGRAM} ${version}`, method: Object.assign({ task, options }, ...ofProducts) };
}

interface ProvenanceStep {
  readonly by: string;
  readonly method: { readonly task: JobDescription['kind']; readonly options: JsonFields } & JsonFields;
}

/**
 * Returns a dataset's provenance with a step added, which replaces an earlier step of the same kind by this program.
 * @param text the existing provenance; undefined if there is none
 * @returns undefined if the existing text can't be parsed; it must then be kept
 */
export function withStep(text: string | undefined, step: ProvenanceStep): string | undefined {
  const { input } = step.method.options;
  const sources = input === undefined ? [] : [input];
  if (text === undefined) return formatted({ description: '', owners: [], sources, processing: [step] });
  const parsed = provenanceSchema.safeParse(parseJson(text));
  if (!parsed.success) return undefined;
  const isReplaced = (old: RecordedStep) =>
    old.method?.['task'] === step.method.task && old.by?.startsWith(PROGRAM) === true;
  const processing = [...parsed.data.processing.filter((old) => !isReplaced(old)), step];
  return formatted({ ...parsed.data, processing });
}

function formatted(document: JsonFields): string {
  return `${JSON.stringify(document, null, 2)}\n`;
}

/** Reports whether the last step of a provenance is this meshing. */
export function isOfMeshing(text: string, step: ProvenanceStep): boolean {
  const last = provenanceSchema.safeParse(parseJson(text)).data?.processing.at(-1);
  return comparable(last) === comparable(step);
}

/** Reports whether the first step of a provenance is this conversion, wherever its input was then. */
export function isOfConversion(text: string, step: ProvenanceStep): boolean {
  const [first] = provenanceSchema.safeParse(parseJson(text)).data?.processing ?? [];
  return comparable(first) === comparable(step);
}

function comparable(step: Pick<RecordedStep, 'by' | 'method'> | undefined): string {
  const { options, ...method } = step?.method ?? {};
  return JSON.stringify([step?.by, comparableSettings((options ?? {}) as JsonFields), method]);
}
