import { resolve } from 'node:path';
import { z } from 'zod';
import { version } from '../../../package.json';
import { CONVERT_OPTIONS } from '../../shared/api/job-spec';
import { DOWNSAMPLE_METHODS } from '../../shared/kernels/downsample';
import { readDocument } from '../places/read-document';
import { comparableSettings } from './output-settings';
import type { Plans } from './plans';
import type { JsonFields } from './product';
import type { JobDescription } from './run/job-record';
import type { ProductReport } from './verification';
import { parseJson } from '../../shared/base/parse-json';

const PROGRAM = 'precomputed-studio';

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
  const parsed = looseSchema.safeParse(parseJson(text));
  if (!parsed.success) return undefined;
  const isReplaced = (old: z.output<typeof stepSchema>) =>
    old.method?.['task'] === step.method.task && old.by?.startsWith(PROGRAM) === true;
  const processing = [...parsed.data.processing.filter((old) => !isReplaced(old)), step];
  return formatted({ ...parsed.data, processing });
}

function formatted(document: JsonFields): string {
  return `${JSON.stringify(document, null, 2)}\n`;
}

/** Returns the text of a dataset's provenance; undefined if there is none. */
export async function readProvenance(root: string): Promise<string | undefined> {
  const bytes = await readDocument(root, 'provenance');
  return bytes === undefined ? undefined : new TextDecoder().decode(bytes);
}

/** Reports whether the last step of a provenance is this meshing. */
export function isOfMeshing(text: string, step: ProvenanceStep): boolean {
  const last = looseSchema.safeParse(parseJson(text)).data?.processing.at(-1);
  return comparable(last) === comparable(step);
}

/** Reports whether the first step of a provenance is this conversion, wherever its input was then. */
export function isOfConversion(text: string, step: ProvenanceStep): boolean {
  const [first] = looseSchema.safeParse(parseJson(text)).data?.processing ?? [];
  return comparable(first) === comparable(step);
}

function comparable(step: Pick<z.output<typeof stepSchema>, 'by' | 'method'> | undefined): string {
  const { options, ...method } = step?.method ?? {};
  return JSON.stringify([step?.by, comparableSettings((options ?? {}) as JsonFields), method]);
}

const stepSchema = z.looseObject({
  by: z.string().optional(),
  method: z.record(z.string(), z.unknown()).optional(),
});
const looseSchema = z.looseObject({ processing: z.array(stepSchema).default([]) });

const sourcesSchema = z.object({ sources: z.tuple([z.string()]) });

/** Reports whether this program made a dataset from `input`. */
export async function madeFrom(dataset: string, input: string): Promise<boolean> {
  const parsed = sourcesSchema.safeParse(parseJson((await readProvenance(dataset)) ?? ''));
  return parsed.success && parsed.data.sources[0] === resolve(input);
}

/** Checks the provenance of a dataset. Returns undefined if there is none. */
export async function verifyProvenance(root: string): Promise<ProductReport | undefined> {
  const text = await readProvenance(root);
  if (text === undefined) return undefined;
  const { success, data } = looseSchema.safeParse(parseJson(text));
  return {
    product: 'provenance',
    ok: success,
    checked: `how the dataset was made, step by step (${data?.processing.length ?? 0})`,
    problems: success ? [] : ["provenance isn't the JSON that it should be"],
    warnings: [],
  };
}

const anyStepsSchema = z.object({ processing: z.array(z.unknown()) });
const conversionSchema = z.object({
  method: z.object({
    downsample: z.object({ method: z.enum(DOWNSAMPLE_METHODS), ignoreBackground: z.boolean() }),
    skipEmpty: z.boolean(),
    options: z.object({ components: CONVERT_OPTIONS.components.schema.optional() }).optional(),
  }),
});

/** How a dataset's scales were made. */
export type PyramidMethod = z.output<typeof conversionSchema>['method'];

/**
 * Returns how the scales were made, according to the last conversion in the dataset's provenance; undefined if it has
 * none.
 */
export async function readPyramidMethod(root: string): Promise<PyramidMethod | undefined> {
  return lastStep((await readProvenance(root)) ?? '', conversionSchema)?.method;
}

const skippingSchema = z.object({ method: z.object({ skipEmpty: z.boolean() }) });

/** Reports whether empty chunks have no file, according to the text of a provenance; undefined if it doesn't say. */
export function skipsEmpty(text: string): boolean | undefined {
  return lastStep(text, skippingSchema)?.method.skipEmpty;
}

/** Returns the last step that matches a schema. */
function lastStep<T>(text: string, schema: z.ZodType<T>): T | undefined {
  const parsed = anyStepsSchema.safeParse(parseJson(text));
  const steps = (parsed.data?.processing ?? []).map((step) => schema.safeParse(step).data);
  return steps.findLast((step) => step !== undefined);
}
