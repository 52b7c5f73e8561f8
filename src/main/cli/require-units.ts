import { CONVERT_OPTIONS } from '../../shared/api/job-spec';
import { flagName } from '../../shared/api/option';
import { USUAL_VOXEL_NM } from '../../shared/api/option-values';
import { InvalidInputError } from '../../shared/base/errors';

const HAS_UNIT = /[nmuaµμå]/i;

/**
 * Refuses a voxel size that is too small for nanometres and has no unit: nearly always it is in micrometres. Other
 * lengths, such as the error of meshes, may be as small.
 *
 * @param flags values as they were typed
 * @throws InvalidInputError, a usage error, with both readings
 */
export function requireUnits({ resolution: text }: Readonly<Record<string, unknown>>): void {
  if (typeof text !== 'string' || HAS_UNIT.test(text)) return;
  const { data: lengths } = CONVERT_OPTIONS.resolution.schema.safeParse(text);
  if (lengths === undefined) return;
  const least = Math.min(...lengths);
  if (least >= USUAL_VOXEL_NM.least) return;
  const flag = flagName(CONVERT_OPTIONS.resolution);
  const inUnit = (unit: string) => `${flag} ${lengths.map((length) => `${length}${unit}`).join(',')}`;
  throw new InvalidInputError(
    `${flag}: '${text}' has no unit, and ${least} nm is smaller than any voxel of a microscope.`,
    {
      remedy: `Write the unit: ${inUnit('um')} if these are micrometres, or ${inUnit('nm')} if they are nanometres.`,
      fields: { code: 'unclear-unit', usage: true, options: ['resolution'] },
    },
  );
}
