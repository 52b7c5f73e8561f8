/**
 * The `info` file of a precomputed volume: JSON with "@type": "neuroglancer_multiscale_volume", the kind of data, and
 * a list of scales from the finest to the coarsest.
 *
 * Source: Neuroglancer, src/datasource/precomputed/volume.rst and json_schema/volume.yml. If the viewer (frontend.ts
 * there) is stricter than the schema, the viewer's rule is used here. (The schema lists `chunk_size` among the
 * required fields, but neither it nor the viewer has such a field: `chunk_sizes` is meant.)
 */
import { z } from 'zod';
import { InvalidInputError } from '../base/errors';

export const VOLUME_DATA_TYPES = [
  'uint8',
  'int8',
  'uint16',
  'int16',
  'uint32',
  'int32',
  'uint64',
  'float32',
] as const;
const VOLUME_ENCODINGS = ['raw', 'jpeg', 'png', 'compressed_segmentation', 'compresso', 'jxl'] as const;

const integers3 = z.tuple([z.int(), z.int(), z.int()]);
const positiveIntegers3 = z.tuple([z.int().min(1), z.int().min(1), z.int().min(1)]);
const positiveNumber = z.number().positive();

export const shardingSchema = z.object({
  '@type': z.literal('neuroglancer_uint64_sharded_v1'),
  preshift_bits: z.int().min(0).max(64),
  hash: z.enum(['identity', 'murmurhash3_x86_128']),
  minishard_bits: z.int().min(0).max(32),
  shard_bits: z.int().min(0).max(64),
  minishard_index_encoding: z.enum(['raw', 'gzip']).default('raw'),
  data_encoding: z.enum(['raw', 'gzip']).default('raw'),
});

/** Encodings that CloudVolume and igneous write but the viewer doesn't read. */
const OF_CLOUD_VOLUME = new Set(['crackle', 'fpzip', 'kempressed', 'zfpc']);

function unreadEncoding(encoding: unknown): string {
  const known = `the viewer reads ${VOLUME_ENCODINGS.join(', ')}`;
  if (typeof encoding !== 'string') return `it is missing; ${known}`;
  const way = OF_CLOUD_VOLUME.has(encoding)
    ? `. CloudVolume reads it: write it again (pip install igneous-pipeline): igneous image xfer file://OLD file://NEW, with the encoding ${encoding === 'crackle' ? 'compressed_segmentation' : 'raw'}`
    : '';
  return `"${encoding}" isn't read; ${known}${way}`;
}

function unreadType(type: unknown): string {
  const known = `the viewer reads ${VOLUME_DATA_TYPES.join(', ')}`;
  return typeof type === 'string' ? `"${type}" isn't read; ${known}` : `it is missing; ${known}`;
}

const scaleSchema = z
  .object({
    key: z.string(),
    size: positiveIntegers3,
    voxel_offset: integers3.default([0, 0, 0]),
    chunk_sizes: z.array(positiveIntegers3).min(1),
    resolution: z.tuple([positiveNumber, positiveNumber, positiveNumber]),
    encoding: z.enum(VOLUME_ENCODINGS, { error: ({ input }) => unreadEncoding(input) }),
    compressed_segmentation_block_size: positiveIntegers3.optional(),
    jpeg_quality: z.int().min(0).max(100).optional(),
    png_level: z.int().min(0).max(9).optional(),
    sharding: shardingSchema.optional(),
    hidden: z.boolean().optional(),
  })
  .superRefine((scale, context) => {
    const blocked = scale.encoding === 'compressed_segmentation';
    if (blocked && scale.compressed_segmentation_block_size === undefined) {
      context.addIssue({
        code: 'custom',
        path: ['compressed_segmentation_block_size'],
        message: 'it is missing, and the encoding is compressed_segmentation',
      });
    }
    if (scale.sharding !== undefined && scale.chunk_sizes.length !== 1) {
      context.addIssue({
        code: 'custom',
        path: ['chunk_sizes'],
        message: 'a sharded scale has one chunk size only',
      });
    }
  });

const volumeSchema = z
  .object({
    '@type': z.literal('neuroglancer_multiscale_volume').optional(),
    type: z.enum(['image', 'segmentation']),
    data_type: z.enum(VOLUME_DATA_TYPES, { error: ({ input }) => unreadType(input) }),
    num_channels: z.int().min(1),
    scales: z.array(scaleSchema).min(1),
    mesh: z.string().optional(),
    skeletons: z.string().optional(),
    segment_properties: z.string().optional(),
  })
  .superRefine((info, context) => {
    if (info.type === 'segmentation' && info.num_channels !== 1) {
      context.addIssue({ code: 'custom', path: ['num_channels'], message: 'a segmentation has 1 channel' });
    }
    info.scales.forEach((scale, i) => {
      const wide = info.data_type === 'uint32' || info.data_type === 'uint64';
      if (scale.encoding === 'compressed_segmentation' && !wide) {
        context.addIssue({
          code: 'custom',
          path: ['scales', i, 'encoding'],
          message: `compressed_segmentation holds uint32 or uint64, and the data type is ${info.data_type}`,
        });
      }
    });
  });

export type VolumeInfo = Readonly<z.output<typeof volumeSchema>>;
export type ScaleInfo = Readonly<z.output<typeof scaleSchema>>;

/**
 * Returns every way in which parsed JSON breaks the rules for a volume's `info`, each as "path: what is wrong". The
 * list is empty if the JSON is valid.
 */
export function volumeInfoProblems(json: unknown): string[] {
  const result = volumeSchema.safeParse(json);
  if (result.success) return [];
  return result.error.issues.map(({ path, message }) => `${path.join('.') || 'info'}: ${message}`);
}

/**
 * @param where the name of the file for messages
 * @throws InvalidInputError that lists every problem
 */
export function parseVolumeInfo(json: unknown, where: string): VolumeInfo {
  const result = volumeSchema.safeParse(json);
  if (result.success) return result.data;
  const isOfVolume = result.error.issues.every(
    ({ path: [field] }) => field === 'data_type' || field === 'scales',
  );
  throw new InvalidInputError(`${where} isn't the info of a precomputed volume that the viewer can open.`, {
    details: volumeInfoProblems(json),
    remedy: isOfVolume ? BY_CLOUD_VOLUME : 'Choose the folder that holds the info file of a volume.',
  });
}

/** CloudVolume writes and reads types and encodings of its own, which no viewer reads. */
const BY_CLOUD_VOLUME =
  "If CloudVolume can read it, save it by numpy.save('volume.npy', CloudVolume(PATH)[:][..., 0].astype('uint64')), or 'float32' for grey values, and convert volume.npy with the axes xyz.";

/** Returns the fields of an `info` file in the order in which they are written. */
export function infoFields(info: VolumeInfo): Readonly<Record<string, unknown>> {
  return { '@type': 'neuroglancer_multiscale_volume', ...info };
}

/** Formats an `info` file as JSON that ends with a newline. The same fields always give the same text. */
export function formatInfo(fields: Readonly<Record<string, unknown>>): string {
  return `${JSON.stringify(fields, null, 2)}\n`;
}
