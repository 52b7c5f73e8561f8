import { z } from 'zod';
import { DATA_TYPES } from '../../../shared/base/data-type';
import { InvalidInputError } from '../../../shared/base/errors';

/** A JSON file that describes how the voxels are stored in a raw file. */
const descriptionSchema = z.strictObject({
  /** The path of the raw file, relative to the description. */
  file: z.string().min(1),
  /** The number of voxels in x, y, z. */
  size: z.tuple([z.int().min(1), z.int().min(1), z.int().min(1)]),
  channels: z.int().min(1).default(1),
  dataType: z.enum(DATA_TYPES),
  byteOrder: z.enum(['little', 'big']).default('little'),
  /** The number of bytes before the first voxel. It may be left out if the file holds nothing except the voxels. */
  offsetBytes: z.int().min(0).optional(),
  /** The letters of the axes, from the slowest axis to the fastest. */
  axes: z
    .string()
    .regex(/^(?!.*(.).*\1)[xyzc]{3,4}$/, 'must name x, y, z and perhaps c, each once, such as zyx')
    .default('czyx'),
  /** Nanometres per voxel in x, y, z. */
  resolution: z.tuple([z.number().positive(), z.number().positive(), z.number().positive()]).optional(),
  /** The position of the first voxel, in voxels. */
  voxelOffset: z.tuple([z.int(), z.int(), z.int()]).optional(),
});

export type RawDescription = Readonly<z.output<typeof descriptionSchema>>;

/** Parses a description. `where` names it in messages. @throws InvalidInputError that names every wrong field */
export function parseRawDescription(text: string, where: string): RawDescription {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (error) {
    throw new InvalidInputError(
      `${where} isn't JSON: ${error instanceof Error ? error.message : String(error)}`,
    );
  }
  const result = descriptionSchema.safeParse(json);
  if (result.success) return result.data;
  throw new InvalidInputError(`${where} doesn't describe a raw file.`, {
    details: result.error.issues.map(({ path, message }) => `${path.join('.') || 'description'}: ${message}`),
    remedy: 'Write it like {"file": "labels.raw", "size": [512, 512, 100], "dataType": "uint16"}.',
  });
}
