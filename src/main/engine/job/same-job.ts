import { named, OVERWRITE, RESUME } from '../../../shared/api/mentions';
import { InvalidInputError } from '../../../shared/base/errors';
import { say } from '../../../shared/base/words';
import type { InputPart } from '../../sources/input-parts';
import { comparableSettings } from './output-settings';
import type { JsonFields } from '../product';
import { otherVersion, type JobDescription, type JobRecord } from '../run/job-record';

/** @throws InvalidInputError if the recorded job isn't the requested one */
export function requireSame(record: JobRecord, now: JobDescription, output: string): void {
  if (record.kind !== now.kind) {
    const what = record.kind === 'mesh' ? 'meshing' : 'conversion';
    throw new InvalidInputError(`The unfinished job in ${output} is a ${what}.`, {
      remedy: say`Finish the ${what} first: continue it by ${RESUME}.`,
      fields: { code: 'settings-changed' },
    });
  }
  const changed = changedSettings(comparableSettings(record.settings), comparableSettings(now.settings));
  if (changed.length > 0) {
    throw new InvalidInputError(`The options differ from those of the unfinished job in ${output}.`, {
      details: changed,
      remedy: say`Give the same options as before, or start again by ${OVERWRITE}.`,
      fields: { code: 'settings-changed' },
    });
  }
  if (isDifferent(record.views, now.views)) {
    throw new InvalidInputError(
      `The table of ids for the job in ${output} has changed since the job was started.`,
      {
        remedy: say`Give the same table as before (${named('remap')}), or start again by ${OVERWRITE}.`,
        fields: { code: 'input-changed', options: ['remap'] },
      },
    );
  }
  if (now.kind === 'mesh' && isDifferent(record.info['scales'], now.info['scales'])) {
    throw new InvalidInputError(`The dataset in ${output} has changed since its meshing was started.`, {
      remedy: say`Restart the meshing by ${OVERWRITE}.`,
      fields: { code: 'input-changed' },
    });
  }
  if (now.kind === 'convert' && isDifferent(record.info, now.info)) throw otherVersion(output);
}

function isDifferent(before: unknown, now: unknown): boolean {
  return JSON.stringify(before) !== JSON.stringify(now);
}

function changedSettings(before: JsonFields, now: JsonFields): string[] {
  const names = [...new Set([...Object.keys(before), ...Object.keys(now)])];
  return names
    .filter((name) => isDifferent(before[name], now[name]))
    .map(
      (name) =>
        `${name}: ${JSON.stringify(before[name]) ?? 'default'} before, ${JSON.stringify(now[name]) ?? 'default'} now`,
    );
}

/**
 * Returns the parts of the input that have changed since the job was begun.
 * @throws InvalidInputError if it is a different input altogether
 */
export function changedParts(record: JobRecord, now: JobDescription, output: string): InputPart[] {
  const { input } = now;
  const changed = input.filter(({ digest }, i) => digest !== record.input[i]?.digest);
  const isAnother = input.length !== record.input.length || changed.length === input.length;
  if (!isAnother || input.length === 0) return changed;
  throw new InvalidInputError(
    `The input ${String(now.settings['input'])} is not the input that the job in ${output} was started with.`,
    {
      details: [
        input.length === record.input.length
          ? `none of the ${input.length} parts is the same`
          : `it had ${record.input.length} parts then, and has ${input.length} now`,
      ],
      remedy: say`Give the same input as before, or start again by ${OVERWRITE}.`,
      fields: { code: 'input-changed' },
    },
  );
}
