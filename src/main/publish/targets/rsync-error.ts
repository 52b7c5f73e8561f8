import { InvalidInputError, IoError, type StudioError } from '../../../shared/base/errors';
import { diskFull } from '../../places/ssh/sftp-calls';

const FILE_VANISHED = 24;
/** Errors of the connection: socket, data stream, timeouts. */
const BROKEN_OFF = [10, 12, 30, 35];
/** Errors at the start: wrong usage, incompatible protocols, processes that can't be started. */
const UNUSABLE = [1, 2, 4, 14, 126, 127];
/** Exit code of ssh if ssh itself fails. */
const SSH_FAILED = 255;
/** Messages of ssh if it can't log in at all; most other failures come from the network. */
const REFUSED =
  /Host key verification|Permission denied \(|[Nn]o matching|[Bb]ad (configuration|owner|permission)/;

/**
 * Converts a failure of rsync to a StudioError.
 *
 * Source: rsync(1), "EXIT VALUES"; ssh(1), "EXIT STATUS".
 * @param stderr error output in English
 * @param folder target folder on the host
 */
export function rsyncError(code: number, stderr: string, folder: string): StudioError {
  const lines = stderr.split('\n').filter((line) => line.trim() !== '');
  const find = (pattern: RegExp): string | undefined => lines.find((line) => pattern.test(line));
  const fields = { path: folder, rsync: code };
  const full = find(/No space left on device|Disk quota exceeded/);
  if (full !== undefined) return diskFull(folder);
  if (code === FILE_VANISHED || find(/\[sender\].*(vanished|No such file)/i) !== undefined) {
    return new InvalidInputError(
      `Files of the dataset disappeared while they were being sent: ${lines[0] ?? ''}`,
      {
        remedy: 'Wait until the dataset is complete, then publish it again.',
        fields,
      },
    );
  }
  const refused = code === SSH_FAILED || BROKEN_OFF.includes(code) ? find(REFUSED) : undefined;
  if (refused !== undefined || UNUSABLE.includes(code)) {
    return new InvalidInputError(
      `rsync can't reach the host: ${refused ?? lines[0] ?? `exit code ${code}`}`,
      {
        remedy: 'Publish with --transfer sftp.',
        fields: { ...fields, code: 'rsync-unusable' },
      },
    );
  }
  if (code === SSH_FAILED || BROKEN_OFF.includes(code)) {
    return new IoError(`The rsync connection was lost: ${lines[0] ?? `exit code ${code}`}.`, {
      remedy: 'Check the network, then publish again: what has arrived is kept.',
      fields,
      retryable: true,
    });
  }
  const denied = find(/Permission denied/);
  if (denied !== undefined) {
    return new InvalidInputError(`rsync can't write below ${folder} on the host: ${denied}`, {
      remedy: 'Get write permission there (chown or chmod on the host), or choose another folder.',
      fields,
    });
  }
  return new IoError(`rsync failed: ${lines[0] ?? ''} (exit code ${code}).`, {
    remedy: 'Publish with --transfer sftp.',
    fields,
  });
}
