/**
 * The codecs of a Zarr array as a chain, read without zarrita. Codecs of arrays come first (`transpose`), then one that
 * makes bytes of an array (`bytes` or `sharding_indexed`), then codecs of bytes. In version 2 they are `order`, `dtype`,
 * `filters` and `compressor`.
 *
 * `transpose` with an order makes an array b of an array a, whose axis k is the axis order[k] of a.
 *
 * Source: https://zarr-specs.readthedocs.io/en/latest/v3/codecs/ and /v2/v2.0.html
 */
import { z } from 'zod';
import type { DataType } from '../../../shared/base/data-type';
import { byteDecoder, type Decode } from './byte-codecs';

/** The codecs of an array, or of the chunks in a shard. */
export interface CodecChain {
  /** The axes of the array in the order in which they are stored. */
  readonly order: readonly number[];
  readonly form: ArrayForm;
  /** Unpack the bytes, in the order in which they are applied. */
  readonly unpack: readonly { readonly name: string; readonly decode: Decode }[];
}

type ArrayForm =
  | { readonly kind: 'bytes'; readonly littleEndian: boolean }
  | {
      readonly kind: 'shard';
      /** The shape of its chunks, in the order in which axes are stored. */
      readonly chunkShape: readonly number[];
      readonly chunks: CodecChain;
      readonly index: CodecChain;
      readonly isIndexAtStart: boolean;
    };

/** The type of stored values. Booleans are bytes; halves of floats have two. */
export type StoredType = DataType | 'float16';

/** What is needed to read the chunks of an array. */
export interface ChainedArray {
  readonly shape: readonly number[];
  /** The shape of what a file holds: a chunk or a shard. */
  readonly fileShape: readonly number[];
  readonly storedType: StoredType;
  readonly chain: CodecChain;
  /** What the names of files begin with. */
  readonly prefix: readonly string[];
  /** The separator in the names of files; undefined if the metadata doesn't state it. */
  readonly separator: '.' | '/' | undefined;
}

const edges = z.array(z.int().min(1)).min(1);
const codec = z.object({ name: z.string(), configuration: z.unknown().optional() });
const codecs = z.array(codec);
const separator = z.enum(['.', '/']);

const v3Schema = z.object({
  shape: z.array(z.int().min(0)).min(1),
  data_type: z.string(),
  chunk_grid: z.object({ name: z.literal('regular'), configuration: z.object({ chunk_shape: edges }) }),
  chunk_key_encoding: z.object({
    name: z.enum(['default', 'v2']),
    configuration: z.object({ separator: separator.optional() }).nullish(),
  }),
  codecs,
});

const v2Codec = z.looseObject({ id: z.string() }).transform((own) => ({ name: own.id, configuration: own }));
const v2Schema = z.object({
  shape: z.array(z.int().min(0)).min(1),
  chunks: edges,
  dtype: z.string(),
  order: z.enum(['C', 'F']),
  filters: z.array(v2Codec).nullish(),
  compressor: v2Codec.nullish(),
  dimension_separator: separator.nullish(),
});

/** Parses the metadata of an array. Returns undefined if it has a codec or a type that isn't known here. */
export function parseChainedArray(json: unknown): ChainedArray | undefined {
  const v3 = v3Schema.safeParse(json);
  if (v3.success) return ofVersion3(v3.data);
  const v2 = v2Schema.safeParse(json);
  return v2.success ? ofVersion2(v2.data) : undefined;
}

function ofVersion3(array: z.output<typeof v3Schema>): ChainedArray | undefined {
  const { shape, chunk_grid: grid, chunk_key_encoding: keys, data_type: type } = array;
  const fileShape = grid.configuration.chunk_shape;
  const storedType = STORED_TYPES[type];
  const chain = parseChain(array.codecs, fileShape);
  if (chain === undefined || storedType === undefined || fileShape.length !== shape.length) return undefined;
  const isDefault = keys.name === 'default';
  const between = keys.configuration?.separator ?? (isDefault ? '/' : '.');
  return { shape, fileShape, storedType, chain, prefix: isDefault ? ['c'] : [], separator: between };
}

function ofVersion2(array: z.output<typeof v2Schema>): ChainedArray | undefined {
  const { shape, chunks, order, filters, compressor, dimension_separator: stated } = array;
  const [, byteOrder, kind = '', bytes] = /^([<>|])([buif])([1248])$/.exec(array.dtype) ?? [];
  const storedType = STORED_TYPES[`${V2_KINDS[kind] ?? ''}${kind === 'b' ? '' : 8 * Number(bytes)}`];
  const unpack = unpackersOf([...(filters ?? []), ...(compressor ? [compressor] : [])].reverse());
  if (storedType === undefined || unpack === undefined || chunks.length !== shape.length) return undefined;
  const axes = chunks.map((_, i) => i);
  const chain: CodecChain = {
    order: order === 'C' ? axes : axes.reverse(),
    form: { kind: 'bytes', littleEndian: byteOrder !== '>' },
    unpack,
  };
  return { shape, fileShape: chunks, storedType, chain, prefix: [], separator: stated ?? undefined };
}

const V2_KINDS: Readonly<Record<string, string>> = { b: 'bool', u: 'uint', i: 'int', f: 'float' };

const STORED_TYPES: Readonly<Record<string, StoredType>> = {
  bool: 'uint8',
  uint8: 'uint8',
  int8: 'int8',
  uint16: 'uint16',
  int16: 'int16',
  uint32: 'uint32',
  int32: 'int32',
  uint64: 'uint64',
  int64: 'int64',
  float16: 'float16',
  float32: 'float32',
  float64: 'float64',
};

const transposeSchema = z.object({ order: z.array(z.int().min(0)) });
const bytesSchema = z.object({ endian: z.enum(['little', 'big']).nullish() }).nullish();
const shardSchema = z.object({
  chunk_shape: edges,
  codecs,
  index_codecs: codecs,
  index_location: z.enum(['start', 'end']).default('end'),
});

function parseChain(all: z.output<typeof codecs>, shape: readonly number[]): CodecChain | undefined {
  const at = all.findIndex(({ name }) => name !== 'transpose');
  const order = orderOf(all.slice(0, at), shape.length);
  const form = formOf(all[at], order?.map((axis) => shape[axis] ?? 1) ?? []);
  const unpack = unpackersOf(all.slice(at + 1).reverse());
  if (at < 0 || order === undefined || form === undefined || unpack === undefined) return undefined;
  return { order, form, unpack };
}

/** Returns the stored order of the axes after all of the transpositions, or undefined if one isn't an order. */
function orderOf(transposes: z.output<typeof codecs>, axes: number): number[] | undefined {
  let order = Array.from({ length: axes }, (_, axis) => axis);
  for (const { configuration } of transposes) {
    const parsed = transposeSchema.safeParse(configuration);
    if (!parsed.success || new Set(parsed.data.order).size !== axes) return undefined;
    const next = parsed.data.order.map((axis) => order[axis]);
    if (next.length !== axes || !next.every((axis) => axis !== undefined)) return undefined;
    order = next;
  }
  return order;
}

/** @param shape the shape of the array in the order in which its axes are stored */
function formOf(
  toBytes: z.output<typeof codec> | undefined,
  shape: readonly number[],
): ArrayForm | undefined {
  if (toBytes?.name === 'bytes') {
    const parsed = bytesSchema.safeParse(toBytes.configuration);
    return parsed.success ? { kind: 'bytes', littleEndian: parsed.data?.endian !== 'big' } : undefined;
  }
  const parsed = shardSchema.safeParse(toBytes?.configuration);
  if (toBytes?.name !== 'sharding_indexed' || !parsed.success) return undefined;
  const { chunk_shape: chunkShape, index_location: location } = parsed.data;
  if (chunkShape.length !== shape.length) return undefined;
  if (!shape.every((edge, axis) => edge % (chunkShape[axis] ?? 1) === 0)) return undefined;
  const chunks = parseChain(parsed.data.codecs, chunkShape);
  const index = parseChain(parsed.data.index_codecs, indexShape(shape, chunkShape));
  if (chunks === undefined || index === undefined) return undefined;
  // The place of an index is known only if its size is.
  const isOfFixedSize = index.form.kind === 'bytes' && index.unpack.every(({ name }) => name === 'crc32c');
  if (!isOfFixedSize) return undefined;
  return { kind: 'shard', chunkShape, chunks, index, isIndexAtStart: location === 'start' };
}

/** Returns the shape of a shard's index: the offset and the length of each of its chunks. */
export function indexShape(shape: readonly number[], chunkShape: readonly number[]): number[] {
  return [...shape.map((edge, axis) => edge / (chunkShape[axis] ?? 1)), 2];
}

function unpackersOf(bytesToBytes: z.output<typeof codecs>): CodecChain['unpack'] | undefined {
  const found = bytesToBytes.map(({ name, configuration }) => {
    const decode = byteDecoder(name.replace(/^numcodecs\./, ''), configuration);
    return decode === undefined ? undefined : { name, decode };
  });
  return found.every((unpacker) => unpacker !== undefined) ? found : undefined;
}
