import type { JobEvent } from '../../../shared/api/job-events';
import { RESUME } from '../../../shared/api/mentions';
import { InvalidInputError, isStudioError, type StudioError } from '../../../shared/base/errors';
import { say } from '../../../shared/base/words';
import { compareNaturally } from '../../sources/slices/natural-order';

const CODE = 'input-damaged';

/** The number of unreadable parts after which the job stops. */
const MOST = 100;

/** Reports whether an error comes from the contents of the input rather than from the network or the whole disk. */
export function isOfInput(error: unknown): error is StudioError {
  if (!isStudioError(error)) return false;
  return error.tag === 'invalid-input' || (error.tag === 'io' && error.fields['code'] === 'EIO');
}

/**
 * Reports whether parts of the input that were read before an error may be wrong too, as in a compressed file whose
 * checksum is at its end.
 */
export function spoilsAll(error: unknown): boolean {
  return isStudioError(error) && error.fields['spoilsAll'] === true;
}

/** Reports whether an error is one of {@link damagedInput}. */
export function isDamagedInput(error: unknown): error is StudioError {
  return isStudioError(error) && error.fields['code'] === CODE;
}

/** Combines the errors of unreadable parts of the input into one, which says how to replace them. */
export function damagedInput(errors: readonly StudioError[]): InvalidInputError {
  const lines = [...new Set(errors.flatMap(linesOf))].sort(compareNaturally);
  const remedies = new Map(errors.map(({ words }) => [JSON.stringify(words.remedy), words.remedy]));
  const [remedy] = remedies.values();
  const [only = ''] = lines;
  const own = remedies.size === 1 && remedy !== undefined ? remedy : 'Replace each file by an intact copy.';
  return new InvalidInputError(
    lines.length === 1 ? only : `${lines.length} parts of the input can't be read.`,
    {
      remedy: own,
      ...(lines.length === 1 ? {} : { details: lines }),
      fields: { ...errors[0]?.fields, ...(errors.some(spoilsAll) ? { spoilsAll: true } : {}), code: CODE },
      cause: errors[0],
    },
  );
}

function linesOf({ message, details }: StudioError): readonly string[] {
  return details.length > 0 ? details : [message];
}

/** Collects the damaged parts of the input, so that all are known at the end of a stage. */
export class InputDamage {
  private readonly errors: StudioError[] = [];
  private readonly reported = new Set<string>();

  constructor(private readonly emit: (event: JobEvent) => void) {}

  /** @throws the error if it isn't about damaged input, or one error for all parts once there are too many */
  add(error: unknown): void {
    if (!isDamagedInput(error)) throw error;
    this.errors.push(error);
    for (const message of linesOf(error)) {
      if (this.reported.has(message)) continue;
      this.reported.add(message);
      this.emit({ event: 'log', level: 'warning', message });
    }
    if (this.errors.length >= MOST) this.throwAll();
  }

  throwAll(): void {
    if (this.errors.length === 0) return;
    const all = damagedInput(this.errors);
    const { message, words, details, fields, cause } = all;
    const rest = spoilsAll(all)
      ? 'all parts of the output are made again, since what was read before may be wrong'
      : 'the other parts of the output are done';
    throw new InvalidInputError(message, {
      remedy: say`${words.remedy ?? ''} Then continue by ${RESUME}: ${rest}.`,
      details,
      fields,
      cause,
    });
  }
}
