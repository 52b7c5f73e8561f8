import { InvalidInputError, IoError, isStudioError, type StudioError } from '../../../shared/base/errors';
import { explainConnection } from '../../base/connection-error';

/** Makes the error for a lost connection. A new connection may work. */
export function brokenOff(where: string, details: readonly string[] = []): IoError {
  return new IoError(`The connection with ${where} was lost.`, {
    ...(details.length === 0 ? {} : { details }),
    remedy: 'Check the network, then publish again: what has arrived is kept.',
    fields: { code: 'broken-off', where, broken: true },
    retryable: true,
  });
}

/** Makes the error for a host that says nothing. */
export function noAnswer(where: string): IoError {
  return new IoError(`${where} takes the connection, but does not answer.`, {
    remedy:
      'Try `ssh` by hand. The host may be overloaded, its disks or user directory may hang, or another program has that port.',
    fields: { code: 'no-answer', where },
  });
}

/** Makes the error for a login that leads to no files. */
export function noSftp(where: string, error: unknown): InvalidInputError {
  const said = error instanceof Error ? error.message : String(error);
  return new InvalidInputError(
    `${where} accepted the login, but files can't be sent: SFTP does not start (${said}).`,
    {
      remedy:
        'Try `sftp` by hand. A login that prints text (see ~/.bashrc there), a forced command, or a subsystem ' +
        'sftp that is missing or may not be used (Subsystem, ChrootDirectory in sshd_config) stands in the way.',
      fields: { code: 'no-sftp', where },
      cause: error,
    },
  );
}

/** Makes the error for anything else that fails on the way to a host. */
export function connectionError(where: string, error: unknown): StudioError {
  if (isStudioError(error)) return error;
  const message = error instanceof Error ? error.message : String(error);
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  const isHandshake = error instanceof Error && 'level' in error && error.level === 'handshake';
  if (isHandshake && /no matching/i.test(message)) {
    return new InvalidInputError(
      `${where} and this program have no encryption method in common: ${message}.`,
      {
        remedy:
          'Ask for the SSH server to be updated. Its administrator can allow curve25519-sha256 and ssh-ed25519.',
        fields: { code: 'no-common-algorithm', where },
        cause: error,
      },
    );
  }
  const [text, remedy] = explainConnection(error) ?? [
    message,
    'Check the name and port of the host and the network.',
  ];
  return new IoError(`Can't connect to ${where} by SSH: ${text}.`, {
    remedy,
    fields: { code, where },
    retryable: !['ENOTFOUND', 'ECONNREFUSED'].includes(code),
    cause: error,
  });
}
