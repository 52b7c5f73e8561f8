import { resolve } from 'node:path';
import { z } from 'zod';
import { CONVERT_OPTIONS } from '../../../shared/api/job-spec';
import { counted } from '../../../shared/base/format-quantity';
import { parseJson } from '../../../shared/base/parse-json';
import { DOWNSAMPLE_METHODS } from '../../../shared/kernels/downsample';
import { readDocument, type DatasetPlace } from '../../places/read-document';
import type { ProductReport } from './verify-report';

const stepSchema = z.looseObject({
  by: z.string().optional(),
  method: z.record(z.string(), z.unknown()).optional(),
});
/** A provenance, with the steps by which the dataset was made. Other programs leave fields out. */
export const provenanceSchema = z.looseObject({ processing: z.array(stepSchema).default([]) });

/** Returns the text of a dataset's provenance; undefined if there is none. */
export async function readProvenance(dataset: DatasetPlace): Promise<string | undefined> {
  const bytes = await readDocument(dataset, 'provenance');
  return bytes === undefined ? undefined : new TextDecoder().decode(bytes);
}

const sourcesSchema = z.object({ sources: z.tuple([z.string()]) });

/** Reports whether this program made a dataset from `input`. */
export async function madeFrom(dataset: string, input: string): Promise<boolean> {
  const parsed = sourcesSchema.safeParse(parseJson((await readProvenance({ root: dataset })) ?? ''));
  return parsed.success && parsed.data.sources[0] === resolve(input);
}

/** Checks the provenance of a dataset. Returns undefined if there is none. */
export async function verifyProvenance(dataset: DatasetPlace): Promise<ProductReport | undefined> {
  const text = await readProvenance(dataset);
  if (text === undefined) return undefined;
  const { success, data } = provenanceSchema.safeParse(parseJson(text));
  return {
    product: 'provenance',
    ok: success,
    checked: `how the dataset was made, in ${counted(data?.processing.length ?? 0, 'step')}`,
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
export async function readPyramidMethod(dataset: DatasetPlace): Promise<PyramidMethod | undefined> {
  return lastStep((await readProvenance(dataset)) ?? '', conversionSchema)?.method;
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
