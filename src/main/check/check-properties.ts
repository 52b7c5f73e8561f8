import { z } from 'zod';
import type { VolumeInfo } from '../../shared/precomputed/volume-info';
import { objectUrl } from '../base/web-address';
import { readJson, type CheckContext } from './check-context';

/** Number of ids taken from the list to look for their meshes. */
const MOST_TAKEN = 160;

const propertiesSchema = z.object({
  '@type': z.literal('neuroglancer_segment_properties'),
  inline: z.object({ ids: z.array(z.string().regex(/^\d+$/)), properties: z.array(z.unknown()) }),
});

/** Checks the segment properties, and adds some of their ids to `segments`, or all if the request says so. */
export async function checkSegmentProperties(
  context: CheckContext,
  info: VolumeInfo,
  segments: Set<bigint>,
): Promise<void> {
  if (info.segment_properties === undefined) return;
  const key = `${info.segment_properties}/info`;
  const json = await readJson(context, key, 'properties');
  if (json === undefined) return;
  const parsed = propertiesSchema.safeParse(json);
  if (!parsed.success) {
    const problem = parsed.error.issues
      .map(({ path, message }) => `${path.join('.')}: ${message}`)
      .join('; ');
    const remedy = 'Make the segment properties again and publish them.';
    context.findings.fail(
      'properties',
      objectUrl(context.base, key),
      `The viewer rejects it: ${problem}`,
      remedy,
    );
    return;
  }
  const { ids } = parsed.data.inline;
  for (const id of context.request.all === true ? ids : ids.slice(0, MOST_TAKEN)) segments.add(BigInt(id));
}
