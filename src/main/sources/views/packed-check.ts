import { set } from '../../../shared/api/mentions';
import { InvalidInputError } from '../../../shared/base/errors';
import { say } from '../../../shared/base/words';
import type { OpenOptions } from '../source-opener';
import { sampleValues } from '../value-sample';
import type { SourceMetadata, VolumeSource } from '../volume-source';

/** An id that is packed from three equal numbers is a multiple of this. */
const GREY = 0x010101;

/**
 * Checks that colours with packed ids aren't greys, which are images. Each id would be 65793 times the intended value.
 * @throws InvalidInputError if red, green and blue are equal in all voxels of a sample
 */
export async function requireColours(
  { colours }: OpenOptions,
  _metadata: SourceMetadata,
  source: VolumeSource,
): Promise<undefined> {
  if (colours !== 'packed') return;
  // Slices that can't be read are ignored here, because the job reports each of them.
  const samples = await sampleValues(source).catch(() => []);
  const ids = samples.flatMap((values) => [...values]).filter((id) => id !== 0);
  if (ids.length === 0 || !ids.every((id) => (id & 0xffffff) % GREY === 0)) return;
  throw new InvalidInputError(
    'Red, green and blue are equal in all voxels of a sample: these are greys, not packed ids.',
    {
      remedy: say`Take one of them as the id: ${set('channel', 'red')}, and leave out the way to take colours.`,
      fields: { code: 'unfit-option', options: ['colours', 'channel'] },
    },
  );
}
