import type { OptionTable } from '../../shared/api/option';
import { flagName } from '../../shared/api/option';
import { USUAL_VOXEL_NM } from '../../shared/api/option-values';
import { InvalidInputError } from '../../shared/base/errors';

const HAS_UNIT = /[nmuaµμå]/i;

/**
 * Refuses lengths that are too small for nanometres and have no unit: nearly always they are in micrometres.
 *
 * @param flags values as they were typed
 * @throws InvalidInputError, a usage error, with both readings
 */
export function requireUnits(options: OptionTable, flags: Readonly<Record<string, unknown>>): void {
  for (const [name, definition] of Object.entries(options)) {
    const text = flags[name];
    const isLength = definition.control === 'lengths' || definition.control === 'length';
    if (!isLength || typeof text !== 'string' || HAS_UNIT.test(text)) continue;
    const parsed = definition.schema.safeParse(text);
    if (!parsed.success) continue;
    const lengths: readonly number[] = [parsed.data as number | readonly number[]].flat();
    const least = Math.min(...lengths);
    if (least >= USUAL_VOXEL_NM.least) continue;
    const flag = flagName(definition);
    const inUnit = (unit: string) => `${flag} ${lengths.map((length) => `${length}${unit}`).join(',')}`;
    throw new InvalidInputError(
      `${flag}: '${text}' has no unit, and ${least} nm is smaller than any voxel of a microscope.`,
      {
        remedy: `Write the unit: ${inUnit('um')} if these are micrometres, or ${inUnit('nm')} if they are nanometres.`,
        fields: { code: 'unclear-unit', usage: true, options: [name] },
      },
    );
  }
}
