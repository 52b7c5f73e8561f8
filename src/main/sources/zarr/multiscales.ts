import { named } from '../../../shared/api/mentions';
import { say } from '../../../shared/base/words';
/**
 * Parses OME-Zarr metadata, which are attributes of a group (below `ome` since 0.5):
 * - `multiscales` is a list of pyramids. Each has `axes` and `datasets`.
 * - `axes` are objects with name, type and unit. In 0.3 they are names only; before 0.3 they are missing and always t,
 *   c, z, y, x. Since 0.6 they are part of `coordinateSystems`, and a transformation names the system that it leads to.
 * - `datasets` are the arrays of a pyramid, the finest first. Each has a `path` and `coordinateTransformations` of the
 *   types `scale` and `translation`. Since 0.6, a transformation may be a `sequence`.
 * - `omero` has a `label` for each channel.
 *
 * A field that is null counts as missing.
 *
 * Source: https://ngff.openmicroscopy.org/0.6/, /0.5/ and /0.4/
 */
import { z } from 'zod';
import { InvalidInputError } from '../../../shared/base/errors';
import { rgbColour } from '../../../shared/precomputed/segment-colour';
import type { NamedSegment } from '../../../shared/precomputed/segment-properties';
import type { Geometry } from '../array/geometry';
import { nanometresIn } from '../array/length-units';
import { spacingGeometry } from '../array/spacing-geometry';

const step = z.union([
  z.object({ type: z.literal('scale'), scale: z.array(z.number()) }),
  z.object({ type: z.literal('translation'), translation: z.array(z.number()) }),
  z.object({ type: z.literal('identity') }),
]);
const outputSchema = z
  .union([z.string(), z.object({ name: z.string().nullish() }).transform(({ name }) => name)])
  .nullish()
  .catch(undefined);
const transformation = z.union([
  z.object({ type: z.literal('sequence'), transformations: z.array(step), output: outputSchema }),
  z.intersection(step, z.object({ output: outputSchema })),
]);

const axesSchema = z.array(z.union([z.string(), z.object({ name: z.string(), unit: z.string().nullish() })]));
const multiscaleSchema = z.object({
  axes: axesSchema.nullish(),
  coordinateSystems: z.array(z.object({ name: z.string().nullish(), axes: axesSchema })).nullish(),
  datasets: z
    .array(z.object({ path: z.string(), coordinateTransformations: z.array(transformation).nullish() }))
    .min(1),
  coordinateTransformations: z.array(transformation).nullish(),
});

const omeroSchema = z.object({ channels: z.array(z.object({ label: z.string() })) });
const omeSchema = z.object({
  multiscales: z.array(z.unknown()).min(1),
  omero: z.unknown().optional(),
  'image-label': z.unknown().optional(),
});
const groupSchema = z.union([z.object({ ome: omeSchema }).transform(({ ome }) => ome), omeSchema]);

type Step = z.output<typeof step>;

/** The arrays of a pyramid. */
export interface Multiscale {
  /** The names of the axes, by index. */
  readonly axes: readonly string[];
  readonly channelNames: readonly string[] | undefined;
  /** The names and colours of segments, in a pyramid of labels. */
  readonly segmentNames: readonly (readonly [id: string, name: NamedSegment])[] | undefined;
  /** Metadata that can't be kept in the output, for people. */
  readonly notes: readonly string[];
  readonly levels: readonly { readonly path: string; readonly geometry: Geometry }[];
}

/**
 * Returns the first pyramid in a group's attributes, or undefined if there is none.
 * @param where the group's name in messages
 * @throws InvalidInputError if the metadata of a pyramid is invalid, because axes and sizes would otherwise be guessed
 */
export function parseMultiscale(attributes: unknown, where: string): Multiscale | undefined {
  const group = groupSchema.safeParse(attributes);
  if (!group.success) return undefined;
  const parsed = multiscaleSchema.safeParse(group.data.multiscales[0]);
  if (!parsed.success) {
    throw new InvalidInputError(`${where}: its OME-Zarr metadata (multiscales) can't be understood.`, {
      details: parsed.error.issues.map(({ path, message }) => `multiscales.0.${path.join('.')}: ${message}`),
      remedy: say`Correct the metadata; or choose the folder of one of its arrays, and say ${named('axes')}, ${named('resolution')} and ${named('voxelOffset')}.`,
    });
  }
  const { datasets, coordinateSystems, coordinateTransformations: common } = parsed.data;
  const axes = axesOf(parsed.data).map((axis) =>
    typeof axis === 'string' ? { name: axis, unit: undefined } : { ...axis, unit: axis.unit ?? undefined },
  );
  const names = axes.map(({ name }) => name);
  const units = axes.map(({ unit }) => unit);
  // If there are coordinate systems, the transformations of the whole pyramid lead to further systems.
  const ofAll = coordinateSystems ? [] : (common ?? []);
  const levels = datasets.map(({ path, coordinateTransformations: own }) => {
    const steps = [...(own ?? []), ...ofAll].flatMap((one) =>
      one.type === 'sequence' ? one.transformations : [one],
    );
    const { scale, translation } = combine(steps, names.length);
    return { path, scale, geometry: spacingGeometry({ names, spacing: scale, units, origin: translation }) };
  });
  const unknown = names.flatMap((name, i) => {
    const scale = levels[0]?.scale[i] ?? 1;
    const hasSize = /^[xyz]$/i.test(name) && scale !== 1 && nanometresIn(units[i]) === undefined;
    return hasSize ? [`${name} ${scale} (${units[i] === undefined ? 'no unit' : `unit "${units[i]}"`})`] : [];
  });
  const channels = omeroSchema.safeParse(group.data.omero).data?.channels;
  const labels = labelsIn(group.data);
  return {
    axes: names,
    channelNames: channels?.map(({ label }) => label),
    levels,
    segmentNames: labels.segmentNames,
    notes: [
      ...(unknown.length === 0
        ? []
        : [`the size of voxels, whose unit isn't one of length: ${unknown.join(', ')}`]),
      ...labels.notes,
    ],
  };
}

const labelValue = z.object({ 'label-value': z.union([z.int(), z.string().regex(/^\d+$/)]) });
const imageLabelSchema = z.object({
  properties: z
    .array(z.intersection(labelValue, z.record(z.string(), z.unknown())))
    .nullish()
    .catch(undefined),
  colors: z
    .array(
      z.union([labelValue.extend({ rgba: z.array(z.number()) }), z.unknown().transform(() => undefined)]),
    )
    .nullish()
    .catch(undefined),
});
/** Keys that writers use for the names of labels. The standard doesn't define one. */
const NAMES = ['name', 'label', 'label-name', 'class', 'class_name', 'title'];

/** Reads the names and colours of labels from `image-label`. Other properties become notes. */
function labelsIn(group: z.output<typeof omeSchema>): Pick<Multiscale, 'segmentNames' | 'notes'> {
  const labels = imageLabelSchema.safeParse(group['image-label']).data;
  const others = new Set<string>();
  const segments = new Map<string, NamedSegment>();
  for (const properties of labels?.properties ?? []) {
    const key = NAMES.find((name) => typeof properties[name] === 'string');
    for (const name of Object.keys(properties)) if (name !== key && name !== 'label-value') others.add(name);
    const label = key === undefined ? undefined : properties[key];
    if (typeof label === 'string') segments.set(String(properties['label-value']), { label, tags: [] });
  }
  const colours = labels?.colors ?? [];
  // Some writers scale colours to 1.
  const most = colours.every((entry) => entry?.rgba.every((part) => part <= 1)) ? 1 : 255;
  let areAllColours = true;
  for (const entry of colours) {
    const colour = entry === undefined ? undefined : rgbColour(entry.rgba, most);
    if (entry === undefined || colour === undefined) areAllColours = false;
    else {
      const id = String(entry['label-value']);
      segments.set(id, { tags: [], ...segments.get(id), colour });
    }
  }
  return {
    segmentNames: segments.size === 0 ? undefined : [...segments],
    notes: [
      ...(others.size === 0 ? [] : [`properties of labels: ${[...others].join(', ')}`]),
      ...(areAllColours ? [] : ["colours of labels that aren't numbers up to 255"]),
    ],
  };
}

/**
 * Returns the axes of the pyramid. With coordinate systems, they are those of the system that the transformation of the
 * finest array leads to, or else those of the first system.
 */
function axesOf({ axes, coordinateSystems, datasets }: z.output<typeof multiscaleSchema>) {
  if (axes) return axes;
  const output = datasets[0]?.coordinateTransformations?.at(-1)?.output;
  const system = coordinateSystems?.find(({ name }) => name === output) ?? coordinateSystems?.[0];
  return system?.axes ?? ['t', 'c', 'z', 'y', 'x'];
}

/** Combines transformations that are applied one after the other. A scale also scales the translations before it. */
function combine(steps: readonly Step[], count: number) {
  const scale = new Array<number>(count).fill(1);
  const translation = new Array<number>(count).fill(0);
  for (const one of steps) {
    for (let i = 0; i < count; i++) {
      const [old = 1, offset = 0] = [scale[i], translation[i]];
      if (one.type === 'scale')
        [scale[i], translation[i]] = [old * (one.scale[i] ?? 1), offset * (one.scale[i] ?? 1)];
      if (one.type === 'translation') translation[i] = offset + (one.translation[i] ?? 0);
    }
  }
  return { scale, translation };
}
