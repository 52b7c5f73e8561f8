/**
 * Checks the metadata of a Zarr array and adapts it to zarrita. Only the fields that zarrita itself does not handle
 * are considered. In version 2, these include `dtype`, `compressor`, `filters` and `fill_value` in `.zarray`. In
 * version 3, they include `data_type` and `codecs` in `zarr.json`. The codec `sharding_indexed` has its own list of
 * codecs.
 *
 * Source: https://zarr-specs.readthedocs.io/en/latest/v2/v2.0.html and /v3/core/
 */
import { registry } from 'zarrita';
import { z } from 'zod';
import { InvalidInputError, UnsupportedError } from '../../../shared/base/errors';
import { widenHalfFloats } from '../../../shared/kernels/widen-half-floats';
import { BYTE_CODECS, byteDecoder } from './byte-codecs';
import { registerCodecs } from './zarrita-codecs';

const codecSchema = z.looseObject({
  name: z.string().optional(),
  id: z.string().optional(),
  configuration: z.unknown().optional(),
});
const codecsSchema = z.array(codecSchema).nullish().catch(undefined);
const shardSchema = z.object({
  codecs: codecsSchema,
  index_codecs: codecsSchema,
  index_location: z.string().optional().catch(undefined),
});
const edgesSchema = z.array(z.int().min(1)).min(1);
const metadataSchema = z.object({
  chunks: edgesSchema.optional(),
  chunk_grid: z
    .object({
      name: z.string(),
      configuration: z.object({ chunk_shape: edgesSchema }).optional().catch(undefined),
    })
    .optional(),
  storage_transformers: z.array(z.unknown()).optional(),
  codecs: codecsSchema,
  filters: codecsSchema,
  compressor: codecSchema.nullish().catch(undefined),
});

type Codec = z.output<typeof codecSchema>;

/** Reads what zarr-python can read, and keeps the names of axes and the attributes. */
const BY_PYTHON = `Write it again in Python (pip install zarr): python3 -c "import zarr; zarr.from_array('NEW.zarr', data=zarr.open_array('OLD.zarr', mode='r'), chunks='auto', shards=None, filters=None, serializer='auto', compressors='auto', zarr_format=3)".`;
const SHARDING = 'sharding_indexed';
const COPY_AGAIN = 'The data is cut off or damaged: copy it again from the original.';

type Metadata = z.output<typeof metadataSchema>;

/**
 * Checks the metadata for features that no reader of arrays knows.
 * @throws UnsupportedError that names what isn't supported; InvalidInputError if the metadata is damaged
 */
export function checkMetadata(json: unknown, where: string): void {
  const parsed = metadataSchema.safeParse(json ?? {});
  if (!parsed.success) {
    const details = parsed.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`);
    throw new InvalidInputError(`${where}: its metadata is damaged.`, { details, remedy: COPY_AGAIN });
  }
  const { dtype, data_type: type } = typeSchema.parse(json ?? {});
  if (Array.isArray(dtype) || (typeof type === 'object' && type !== null)) {
    throw new UnsupportedError(`${where} holds structures, which are not supported.`, {
      remedy: 'Save the field that has the labels or grey values as an array of its own.',
    });
  }
  if (typeof dtype === 'string' && !/^[<>|]([bui][1248]|f[248])$/.test(dtype)) {
    throw new UnsupportedError(`${where} holds values of the type ${dtype}, which are not supported.`, {
      remedy: 'Save it as integers or as float32.',
    });
  }
  checkLayout(parsed.data, where);
}

function checkLayout(
  { chunks, chunk_grid: grid, storage_transformers: transformers = [] }: Metadata,
  where: string,
): void {
  if (grid !== undefined && grid.name !== 'regular') {
    throw new UnsupportedError(
      `${where} has chunks in a grid of the kind "${grid.name}", which is not supported.`,
      {
        remedy: 'Write it again in chunks of one shape.',
      },
    );
  }
  if (transformers.length > 0) {
    throw new UnsupportedError(`${where} has storage transformers, which are not supported.`, {
      remedy: 'Write it again without them.',
    });
  }
  if (chunks !== undefined || grid?.configuration !== undefined) return;
  throw new InvalidInputError(`${where}: its metadata states no shape of chunks.`, { remedy: COPY_AGAIN });
}

/**
 * Returns the error for codecs that zarrita ignores or doesn't know, or undefined if it can read the array. It knows no
 * shards inside shards, and ignores codecs beside sharding.
 * @param json metadata that was checked
 */
export function obstacleForZarrita(json: unknown, where: string): UnsupportedError | undefined {
  const { codecs, filters, compressor } = metadataSchema.parse(json ?? {});
  registerCodecs();
  const outer = [...(codecs ?? []), ...(filters ?? []), ...(compressor ? [compressor] : [])];
  const beside = outer.find((codec) => !isSharding(codec));
  if (beside !== undefined && outer.some(isSharding)) {
    return new UnsupportedError(
      `${where} has shards that the codec "${nameOf(beside)}" changes as a whole, which is not supported.`,
      { remedy: BY_PYTHON },
    );
  }
  const inner = outer.filter(isSharding).flatMap(({ configuration }) => {
    const { codecs: chunks, index_codecs: index } = shardSchema.parse(configuration ?? {});
    return [...(chunks ?? []), ...(index ?? [])];
  });
  const used = [...outer.filter((codec) => !isSharding(codec)), ...inner];
  const unknown = used.map(nameOf).find(isUnknown) ?? used.map(unreadForm).find((form) => form !== undefined);
  if (unknown === undefined) return undefined;
  if (unknown === SHARDING) {
    return new UnsupportedError(`${where} has shards in its shards, which are not supported.`, {
      remedy: BY_PYTHON,
    });
  }
  return new UnsupportedError(`${where} is compressed with the codec "${unknown}", which is not supported.`, {
    remedy: BY_PYTHON,
  });
}

function isSharding({ name }: Codec): boolean {
  return name === SHARDING;
}

function nameOf({ name, id }: Codec): string {
  return (name ?? id ?? '').replace(/^numcodecs\./, '');
}

function isUnknown(name: string): boolean {
  return ![name, `numcodecs.${name}`].some((key) => registry.has(key));
}

/** Returns the form of a codec that is read in other forms alone, such as differences of another type, or LZMA without xz. */
function unreadForm(codec: Codec): string | undefined {
  const name = nameOf(codec);
  const configuration = codec.configuration ?? codec;
  const { data } = formSchema.safeParse(configuration);
  const { dtype, astype, format, location } = data ?? {};
  if (name === 'delta') return astype !== undefined && astype !== dtype ? `delta with ${astype}` : undefined;
  if (!BYTE_CODECS.includes(name) || byteDecoder(name, configuration) !== undefined) return undefined;
  return format === undefined
    ? `${name} with location ${String(location)}`
    : `${name} with format ${String(format)}`;
}

const formSchema = z.object({
  dtype: z.string().optional(),
  astype: z.string().optional(),
  format: z.unknown().optional(),
  location: z.unknown().optional(),
});

/** Reports whether the index of a shard comes before its chunks. */
export function hasIndexAtStart(metadata: unknown): boolean {
  const { codecs } = z.object({ codecs: codecsSchema }).parse(metadata ?? {});
  const sharding = codecs?.find(isSharding);
  return shardSchema.parse(sharding?.configuration ?? {}).index_location === 'start';
}

/** Reports whether metadata of version 2 doesn't state the separator in the names of chunks. */
export function isSilentOnSeparator(metadata: unknown): boolean {
  return z
    .object({ zarr_format: z.literal(2), dimension_separator: z.undefined().optional() })
    .safeParse(metadata).success;
}

const typeSchema = z.object({ data_type: z.unknown().optional(), dtype: z.unknown().optional() });

/** Reports whether an array holds float16 values. */
export function holdsHalfFloats(metadata: unknown): boolean {
  const { data_type: type, dtype } = typeSchema.parse(metadata ?? {});
  return type === 'float16' || (typeof dtype === 'string' && /^[<>]f2$/.test(dtype));
}

/**
 * Adapts metadata for zarrita:
 * - A fill value of null becomes 0, as in other readers.
 * - The fill value of 64-bit integers becomes text if JSON would round it.
 * - float16 becomes uint16 with the same bits, because Node 20 has no arrays of float16.
 * - Consecutive transpositions are combined into one.
 * @param separator the separator in the names of chunks, if the metadata doesn't state it
 */
export function forZarrita(bytes: Uint8Array, separator?: '/'): Uint8Array {
  const original = new TextDecoder().decode(bytes);
  const added =
    separator === undefined ? original : original.replace(/^\s*\{/, `{"dimension_separator":"${separator}",`);
  const fill = /"(data_type|dtype)"\s*:\s*"(bool|\|b1)"/.test(added) ? 'false' : '0';
  const text = withOneTransposition(added.replace(/("fill_value"\s*:\s*)null/, `$1${fill}`));
  if (/"(data_type|dtype)"\s*:\s*"(u?int64|[<>|]?[ui]8)"/.test(text)) {
    return new TextEncoder().encode(text.replace(/("fill_value"\s*:\s*)(-?\d{16,20})(?=\s*[,}])/g, '$1"$2"'));
  }
  if (!/"(data_type|dtype)"\s*:\s*"(float16|[<>]f2)"/.test(text)) return new TextEncoder().encode(text);
  const halves = text
    .replace(/("data_type"\s*:\s*)"float16"/, '$1"uint16"')
    .replace(/("dtype"\s*:\s*"[<>])f2"/, '$1u2"')
    .replace(
      /("fill_value"\s*:\s*)(-?[\d.]+(?:[eE][+-]?\d+)?|"[^"]*")/,
      (_, key: string, fill: string) => `${key}${halfBits(fill)}`,
    );
  return new TextEncoder().encode(halves);
}

const transposeSchema = z.object({
  name: z.literal('transpose'),
  configuration: z.object({ order: z.array(z.int().min(0)) }),
});

/** Combines consecutive transpositions, because zarrita undoes each transposition as if it were the only one. */
function withOneTransposition(text: string): string {
  if (text.split('"transpose"').length < 3) return text;
  return JSON.stringify(JSON.parse(text), (key, value: unknown) =>
    key === 'codecs' && Array.isArray(value) ? composed(value) : value,
  );
}

function composed(codecs: readonly unknown[]): unknown[] {
  const result: unknown[] = [];
  for (const codec of codecs) {
    const [before, next] = [transposeSchema.safeParse(result.at(-1)), transposeSchema.safeParse(codec)];
    if (!before.success || !next.success) {
      result.push(codec);
      continue;
    }
    const order = next.data.configuration.order.map((axis) => before.data.configuration.order[axis] ?? axis);
    result[result.length - 1] = { name: 'transpose', configuration: { order } };
  }
  return result;
}

/** Returns the bits of a half float. In JSON, it is a number, or text such as "NaN", "-Infinity" or "0x7e00". */
function halfBits(json: string): number {
  const value = json.replaceAll('"', '');
  if (value.startsWith('0x')) return Number(value);
  const floats = widenHalfFloats(Uint16Array.from({ length: 1 << 16 }, (_, i) => i));
  const bits = floats.findIndex((float) => Object.is(float, Number(value)));
  return Math.max(0, bits);
}
