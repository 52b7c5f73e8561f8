/**
 * The `info` file in the folder of a volume's meshes: JSON, whose "@type" says which of the two mesh formats it
 * describes.
 *
 * Source: Neuroglancer, src/datasource/precomputed/json_schema/multiresolution_mesh.yml and legacy_mesh_info.yml, and
 * parseMeshMetadata in frontend.ts.
 */
import { z } from 'zod';
import { InvalidInputError } from '../base/errors';
import { shardingSchema } from './volume-info';

const multiResolutionSchema = z.object({
  '@type': z.literal('neuroglancer_multilod_draco'),
  vertex_quantization_bits: z.union([z.literal(10), z.literal(16)]),
  /** Three rows of four numbers that transform the stored positions to nm. */
  transform: z.array(z.number()).length(12),
  lod_scale_multiplier: z.number().positive(),
  sharding: shardingSchema.optional(),
  segment_properties: z.string().optional(),
});
const legacySchema = z.object({
  '@type': z.literal('neuroglancer_legacy_mesh'),
  segment_properties: z.string().optional(),
});
const meshInfoSchema = z.discriminatedUnion('@type', [multiResolutionSchema, legacySchema]);

export type MeshInfo = Readonly<z.output<typeof meshInfoSchema>>;

/** The transform for positions that are stored in nm. */
export const IDENTITY_TRANSFORM: readonly number[] = [1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0];

/** @throws InvalidInputError that lists every problem */
export function parseMeshInfo(json: unknown, where: string): MeshInfo {
  const result = meshInfoSchema.safeParse(json);
  if (result.success) return result.data;
  throw new InvalidInputError(`${where} isn't the info of meshes that the viewer can open.`, {
    details: result.error.issues.map(({ path, message }) => `${path.join('.') || 'info'}: ${message}`),
  });
}

export function formatMeshInfo(info: MeshInfo): string {
  return `${JSON.stringify(info, null, 2)}\n`;
}
