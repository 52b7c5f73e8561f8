import { resolve } from 'node:path';
import { z } from 'zod';
import { version } from '../../../package.json';
import { CONVERT_OPTIONS } from '../../shared/api/job-spec';
import { equal3 } from '../../shared/base/vec3';
import { DOWNSAMPLE_METHODS } from '../../shared/kernels/downsample';
import { getUncompressed } from '../places/compression';
import { LocalFolder } from '../places/local-folder';
import type { ConversionPlan } from './conversion-plan';
import { outputSettings } from './output-settings';

const PROGRAM = 'precomputed-studio';

/**
 * The text of a dataset's `provenance` file, with the fields that cloud-volume gives it. It holds all that
 * decides the dataset's bytes and nothing else (no time, no user, no machine's workers), so that the same job
 * writes the same file.
 */
export function formatProvenance(plan: ConversionPlan, fingerprint: string): string {
  return `${JSON.stringify(provenanceOf(plan, fingerprint), null, 2)}\n`;
}

function provenanceOf({ spec, source, volume }: ConversionPlan, fingerprint: string) {
  return {
    description: '',
    owners: [],
    sources: [outputSettings(spec)['input']],
    processing: [
      {
        by: `${PROGRAM} ${version}`,
        method: {
          task: 'convert',
          options: outputSettings(spec),
          input: {
            format: source.format,
            size: source.size,
            dataType: source.dataType,
            fingerprint,
          },
          downsample: {
            method: volume.method,
            ignoreBackground: volume.ignoreBackground,
            factors: volume.pyramid
              .map(({ factors }) => factors)
              .filter((factors) => !equal3(factors, [1, 1, 1])),
          },
          skipEmpty: spec.skipEmpty,
        },
      },
    ],
  };
}

/** True where a dataset's provenance says that the planned conversion made it, wherever its input was then. */
export function isOfConversion(text: string, plan: ConversionPlan, fingerprint: string): boolean {
  const parsed = provenanceSchema.safeParse(parseJson(text));
  if (!parsed.success) return false;
  const planned = provenanceSchema.parse(JSON.parse(formatProvenance(plan, fingerprint)));
  const [made, wanted] = [parsed.data, planned].map(({ processing: [first] }) => {
    const { options, ...method } = first?.method ?? {};
    return JSON.stringify([first?.by, { ...options, input: undefined }, method]);
  });
  return made === wanted;
}

/**
 * A dataset's provenance, with its meshing in place of an earlier one by this program.
 * @param text as it stands; undefined where there is none
 * @returns undefined where what is there can't be understood, and so stays
 */
export function withMeshing(text: string | undefined, mesh: object): string | undefined {
  const empty = { description: '', owners: [], sources: [], processing: [] };
  const parsed = looseSchema.safeParse(text === undefined ? empty : parseJson(text));
  if (!parsed.success) return undefined;
  const isOwn = (step: z.output<typeof stepSchema>) =>
    step.method?.['task'] === 'mesh' && step.by?.startsWith(PROGRAM) === true;
  const processing = [...parsed.data.processing.filter((step) => !isOwn(step)), meshingStep(mesh)];
  return `${JSON.stringify({ ...parsed.data, processing }, null, 2)}\n`;
}

/** True where a provenance says that the last thing that was done is such a meshing. */
export function isOfMeshing(text: string, mesh: object): boolean {
  const last = looseSchema.safeParse(parseJson(text)).data?.processing.at(-1);
  return JSON.stringify(last) === JSON.stringify(meshingStep(mesh));
}

function meshingStep(options: object) {
  return { by: `${PROGRAM} ${version}`, method: { task: 'mesh', options } };
}

const stepSchema = z.looseObject({
  by: z.string().optional(),
  method: z.record(z.string(), z.unknown()).optional(),
});
const looseSchema = z.looseObject({ processing: z.array(stepSchema).default([]) });

const provenanceSchema = z.object({
  processing: z
    .array(
      z.object({
        by: z.string(),
        method: z.looseObject({ options: z.record(z.string(), z.unknown()) }),
      }),
    )
    .min(1),
});

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

const sourcesSchema = z.object({ sources: z.tuple([z.string()]) });

/** True for a dataset that this program made from `input`. */
export async function madeFrom(dataset: string, input: string): Promise<boolean> {
  const bytes = await getUncompressed(new LocalFolder(dataset), 'provenance');
  const parsed = sourcesSchema.safeParse(parseJson(new TextDecoder().decode(bytes)));
  return parsed.success && parsed.data.sources[0] === resolve(input);
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

/** How the scales were made, by the last conversion in the dataset's provenance; undefined where none is in it. */
export async function readPyramidMethod(root: string): Promise<PyramidMethod | undefined> {
  const bytes = await getUncompressed(new LocalFolder(root), 'provenance');
  const parsed = anyStepsSchema.safeParse(parseJson(new TextDecoder().decode(bytes)));
  const steps = (parsed.data?.processing ?? []).map((step) => conversionSchema.safeParse(step).data);
  return steps.findLast((step) => step !== undefined)?.method;
}
