/**
 * The list of a volume's segments: a folder whose `info` is JSON, "neuroglancer_segment_properties", with
 * `inline.ids` (decimal strings) and `inline.properties`, each with a list of values as long as `ids`:
 *
 *     label, description, string   text
 *     number                       data_type float32, or integers of up to 32 bits
 *     tags                         a list of tags without spaces, and for each id the rising indexes of its own
 *
 * The viewer packs a segment's tags into UTF-16 units, so there are at most 65,536 tags. The format has no colours of
 * segments: they are kept in a property of the type string, and viewer states are made with them (viewer-link.ts).
 *
 * Source: Neuroglancer, src/datasource/precomputed/json_schema/segment_properties.yml, and parseInlinePropertyMap in
 * frontend.ts.
 */
import { z } from 'zod';
import { InvalidInputError } from '../base/errors';
import { product3, type Vec3 } from '../base/vec3';

const MAX_TAGS = 65_536;

const EXACT_COUNTS = 'Number of voxels';
const COLOURS = { id: 'color', type: 'string', description: 'Colour in the viewer' } as const;
const ESTIMATED_COUNTS = 'Number of voxels, estimated from a coarser scale';

export interface NamedSegment {
  readonly label?: string;
  readonly description?: string;
  readonly tags: readonly string[];
  /** As `#rrggbb`. */
  readonly colour?: string;
}

export interface CountedSegment {
  readonly id: bigint;
  readonly voxels: number;
}

/** Any number of segments in ascending order of their ids. They are read several times. */
export type SegmentRows = Iterable<CountedSegment> | AsyncIterable<CountedSegment>;

/**
 * Writes the `info` of the segments' properties part by part: voxel counts, volumes, and the names, descriptions,
 * tags and colours of the segments that have any.
 *
 * @param resolutionNm size of the voxels that were counted
 * @param areEstimates whether the counts come from another scale; the descriptions then say so
 * @throws InvalidInputError if there are more tags than the viewer can distinguish
 */
export async function* formatSegmentProperties(
  segments: SegmentRows,
  resolutionNm: Vec3,
  names: ReadonlyMap<bigint, NamedSegment>,
  areEstimates = false,
): AsyncGenerator<string> {
  const { tags, texts, hasColours, mostVoxels } = await survey(segments, names);
  yield '{"@type":"neuroglancer_segment_properties","inline":{"ids":[';
  yield* valuesOf(segments, ({ id }) => String(id));
  yield '],"properties":[';
  for (const type of texts) {
    yield* property(segments, { id: type, type }, ({ id }) => names.get(id)?.[type] ?? '');
    yield ',';
  }
  if (tags.length > 0) {
    const indexes = new Map(tags.map((tag, index) => [tag, index]));
    yield* property(segments, { id: 'tags', type: 'tags', tags }, ({ id }) =>
      [...new Set(names.get(id)?.tags ?? [])].map((tag) => indexes.get(tag) ?? 0).sort((a, b) => a - b),
    );
    yield ',';
  }
  if (hasColours) {
    yield* property(segments, COLOURS, ({ id }) => names.get(id)?.colour ?? '');
    yield ',';
  }
  yield* property(
    segments,
    {
      id: 'voxels',
      type: 'number',
      description: areEstimates ? ESTIMATED_COUNTS : EXACT_COUNTS,
      data_type: mostVoxels < 2 ** 32 ? 'uint32' : 'float32',
    },
    ({ voxels }) => voxels,
  );
  yield ',';
  const cubicMicrometres = product3(resolutionNm) / 1e9;
  yield* property(
    segments,
    {
      id: 'volume',
      type: 'number',
      description: `Volume in cubic micrometres${areEstimates ? ', estimated from a coarser scale' : ''}`,
      data_type: 'float32',
    },
    ({ voxels }) => Math.fround(voxels * cubicMicrometres),
  );
  yield ']}}\n';
}

/** Collects what must be known about all segments before the first one is written. */
async function survey(segments: SegmentRows, names: ReadonlyMap<bigint, NamedSegment>) {
  const used = new Set<string>();
  const found = new Set<'label' | 'description'>();
  let mostVoxels = 0;
  let hasColours = false;
  for await (const { id, voxels } of segments) {
    mostVoxels = Math.max(mostVoxels, voxels);
    const name = names.get(id);
    for (const tag of name?.tags ?? []) used.add(tag);
    hasColours ||= name?.colour !== undefined;
    for (const type of TEXTS) if ((name?.[type] ?? '') !== '') found.add(type);
  }
  if (used.size > MAX_TAGS) {
    throw new InvalidInputError(
      `There are ${used.size} different tags; the viewer takes ${MAX_TAGS} at most.`,
      {
        remedy: 'Put what differs from segment to segment into the description.',
        fields: { code: 'bad-table', options: ['names'] },
      },
    );
  }
  return { tags: [...used].sort(), texts: TEXTS.filter((type) => found.has(type)), hasColours, mostVoxels };
}

const TEXTS = ['label', 'description'] as const;

/** Writes a property with its values, one for each segment. */
async function* property(
  segments: SegmentRows,
  fields: object,
  valueOf: (segment: CountedSegment) => unknown,
): AsyncGenerator<string> {
  yield `${JSON.stringify(fields).slice(0, -1)},"values":[`;
  yield* valuesOf(segments, valueOf);
  yield ']}';
}

/** The number of values that are written at once. */
const VALUES_AT_ONCE = 8192;

async function* valuesOf(
  segments: SegmentRows,
  valueOf: (segment: CountedSegment) => unknown,
): AsyncGenerator<string> {
  let values: string[] = [];
  let separator = '';
  for await (const segment of segments) {
    values.push(JSON.stringify(valueOf(segment)));
    if (values.length < VALUES_AT_ONCE) continue;
    yield separator + values.join(',');
    values = [];
    separator = ',';
  }
  if (values.length > 0) yield separator + values.join(',');
}

/** The columns of a table of segments, with a row for each id. */
export interface SegmentColumns {
  readonly ids: readonly string[];
  /** Undefined if the properties have no voxel counts. */
  readonly voxels?: readonly number[];
  /** True if this program counted the voxels one by one at the finest scale. */
  readonly areExact: boolean;
  /** Undefined if no segment has a name. */
  readonly labels?: readonly string[];
  /** As `#rrggbb`, or empty for a segment without one. Undefined if no segment has one. */
  readonly colours?: readonly string[];
}

const propertiesSchema = z.object({
  inline: z.object({
    ids: z.array(z.string().regex(/^\d{1,20}$/)),
    properties: z.array(
      z.object({
        id: z.string(),
        type: z.string(),
        description: z.string().optional(),
        values: z.array(z.unknown()),
      }),
    ),
  }),
});

/** Reads the ids, counts, names and colours from the `info` of segments. Returns undefined if it doesn't have this form. */
export function parseSegmentProperties(json: unknown): SegmentColumns | undefined {
  const parsed = propertiesSchema.safeParse(json);
  if (!parsed.success) return undefined;
  const { ids, properties } = parsed.data.inline;
  const column = <T>(values: readonly unknown[] | undefined, schema: z.ZodType<T>): T[] | undefined => {
    const found = z.array(schema).length(ids.length).safeParse(values);
    return found.success ? found.data : undefined;
  };
  const counts = properties.find(({ id }) => id === 'voxels');
  const voxels = column(counts?.values, z.number());
  const labels = column(properties.find(({ type }) => type === 'label')?.values, z.string());
  const coloured = properties.find(({ id, type }) => id === COLOURS.id && type === COLOURS.type);
  const colours = column(coloured?.values, z.union([z.literal(''), z.string().regex(/^#[\da-f]{6}$/)]));
  return {
    ids,
    areExact: counts?.description === EXACT_COUNTS,
    ...(voxels === undefined ? {} : { voxels }),
    ...(labels === undefined ? {} : { labels }),
    ...(colours === undefined ? {} : { colours }),
  };
}

const looseSchema = z.object({
  '@type': z.literal('neuroglancer_segment_properties'),
  inline: z.object({
    ids: z.array(z.string().regex(/^\d{1,20}$/, 'an id must be a decimal number')),
    properties: z.array(
      z.object({
        id: z.string(),
        type: z.enum(['label', 'description', 'string', 'tags', 'number']),
        tags: z.array(z.string()).optional(),
        values: z.array(z.unknown()),
      }),
    ),
  }),
});

/** Returns the faults that viewers would find in a list of segments, one sentence each. */
export function segmentPropertiesFaults(json: unknown): string[] {
  const parsed = looseSchema.safeParse(json);
  if (!parsed.success) {
    return parsed.error.issues
      .slice(0, 5)
      .map(({ path, message }) => `${path.map(String).join('.') || 'it'}: ${message}`);
  }
  const { ids, properties } = parsed.data.inline;
  const faults: string[] = [];
  const tooLarge = ids.find((id) => id.length === 20 && BigInt(id) >= 2n ** 64n);
  if (tooLarge !== undefined) faults.push(`the id ${tooLarge} doesn't fit into 64 bits`);
  if (new Set(ids).size < ids.length) faults.push('an id is listed twice');
  for (const { id, type, tags, values } of properties) {
    if (values.length !== ids.length) {
      faults.push(`property ${id} has ${values.length} values for ${ids.length} ids`);
    }
    const isOfType = values.every((value) =>
      type === 'number'
        ? typeof value === 'number'
        : type === 'tags'
          ? Array.isArray(value) && value.every((tag) => isIndex(tag, tags?.length ?? 0))
          : typeof value === 'string',
    );
    if (!isOfType) faults.push(`property ${id} has values that aren't ${WORDS[type]}`);
  }
  return faults;
}

const WORDS = {
  label: 'text',
  description: 'text',
  string: 'text',
  number: 'numbers',
  tags: 'lists of numbers of its tags',
} as const;

function isIndex(value: unknown, length: number): boolean {
  return typeof value === 'number' && Number.isInteger(value) && value >= 0 && value < length;
}
