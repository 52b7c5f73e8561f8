/** Projects: datasets that are viewed together. */
import { z } from 'zod';

export const projectIdSchema = z.string().regex(/^[\w-]{1,64}$/);

export const projectSchema = z.object({
  id: projectIdSchema,
  name: z.string().trim().min(1).max(200),
  layers: z
    .array(
      z.object({
        /** Folder or web address of the dataset. */
        path: z.string().min(1).max(4096),
        /** The layer's name, which is unique in the project. */
        name: z.string().min(1).max(255),
      }),
    )
    .min(1)
    .max(64),
  /** The last state of the viewer, as Neuroglancer's JSON. */
  state: z.record(z.string(), z.unknown()).exactOptional(),
  modifiedMs: z.number(),
});
export type Project = z.output<typeof projectSchema>;
