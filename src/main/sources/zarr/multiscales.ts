/**
 * OME-Zarr metadata: attributes of a group (below `ome` since 0.5) with `multiscales`, a list of pyramids, each with
 * `axes` (objects with name, type and unit; names alone in 0.3; none before, then t, c, z, y, x), and `datasets`, the
 * finest first, each with `path` and `coordinateTransformations` of the types `scale` and `translation`; and `omero`, with
 * a `label` for each channel.
 *
 * Source: https://ngff.openmicroscopy.org/0.5/ and /0.4/
 */
import { z } from 'zod';
import type { Geometry } from '../array/geometry';
import { spacingGeometry } from '../array/spacing-geometry';

const transformation = z.union([
  z.object({ type: z.literal('scale'), scale: z.array(z.number()) }),
  z.object({ type: z.literal('translation'), translation: z.array(z.number()) }),
  z.object({ type: z.string() }),
]);

const multiscaleSchema = z.object({
  name: z.string().optional().catch(undefined),
  axes: z
    .array(z.union([z.string(), z.object({ name: z.string(), unit: z.string().optional() })]))
    .optional(),
  datasets: z
    .array(z.object({ path: z.string(), coordinateTransformations: z.array(transformation).optional() }))
    .min(1),
  coordinateTransformations: z.array(transformation).optional(),
});

const omeSchema = z.object({
  multiscales: z.array(multiscaleSchema).min(1).optional(),
  omero: z
    .object({ channels: z.array(z.object({ label: z.string() })) })
    .optional()
    .catch(undefined),
});

const attributesSchema = omeSchema.extend({ ome: omeSchema.optional() });

type Transformation = z.output<typeof transformation>;

/** The arrays of a pyramid. */
export interface Multiscale {
  /** Names of the axes, by index. */
  readonly axes: readonly string[];
  readonly channelNames: readonly string[] | undefined;
  readonly levels: readonly { readonly path: string; readonly geometry: Geometry }[];
}

/** The first pyramid that a group's attributes tell of, undefined where they tell of none. */
export function parseMultiscale(attributes: unknown): Multiscale | undefined {
  const parsed = attributesSchema.safeParse(attributes);
  if (!parsed.success) return undefined;
  const { multiscales, omero } = parsed.data.ome ?? parsed.data;
  const [first] = multiscales ?? [];
  if (first === undefined) return undefined;
  const axes = (first.axes ?? ['t', 'c', 'z', 'y', 'x']).map((axis) =>
    typeof axis === 'string' ? { name: axis, unit: undefined } : axis,
  );
  const names = axes.map(({ name }) => name);
  const units = axes.map(({ unit }) => unit);
  const levels = first.datasets.map(({ path, coordinateTransformations = [] }) => {
    const steps = [...coordinateTransformations, ...(first.coordinateTransformations ?? [])];
    const { scale, translation } = combine(steps, names.length);
    return { path, geometry: spacingGeometry({ names, spacing: scale, units, origin: translation }) };
  });
  return { axes: names, channelNames: omero?.channels.map(({ label }) => label), levels };
}

/** One after the other: a scale stretches the translations before it. */
function combine(steps: readonly Transformation[], count: number) {
  const scale = new Array<number>(count).fill(1);
  const translation = new Array<number>(count).fill(0);
  for (const step of steps) {
    for (let i = 0; i < count; i++) {
      const [old = 1, offset = 0] = [scale[i], translation[i]];
      if ('scale' in step)
        [scale[i], translation[i]] = [old * (step.scale[i] ?? 1), offset * (step.scale[i] ?? 1)];
      if ('translation' in step) translation[i] = offset + (step.translation[i] ?? 0);
    }
  }
  return { scale, translation };
}
