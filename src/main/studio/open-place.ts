import type { TargetSpec } from '../../shared/api/publish-spec';
import type { Secret } from '../../shared/api/publish-types';
import { InvalidInputError } from '../../shared/base/errors';
import { openTarget } from '../publish/open-target';
import type { PublishTarget } from '../publish/publish-target';

/** A place to publish to, with the credentials that the user has given. */
export interface Place {
  readonly spec: TargetSpec;
  readonly dataset: string;
  readonly createBucket?: boolean;
  readonly secret?: Secret | undefined;
  /** Fingerprint of the host's key that the user has confirmed. Other keys aren't trusted. */
  readonly hostKey?: string | undefined;
}

/** Opens a place without asking anybody: if something is missing, the code of the error says what it is. */
export function openPlace({
  spec,
  dataset,
  createBucket = false,
  secret,
  hostKey,
}: Place): Promise<PublishTarget> {
  return openTarget({
    spec,
    dataset,
    createBucket,
    ...(secret?.kind === 's3' ? { credentials: secret } : {}),
    askSecret: (_, kind) =>
      Promise.resolve(secret?.kind === 'ssh' && kind !== 'code' ? secret[kind] : undefined),
    confirmHost: (host, fingerprint) => Promise.resolve(isConfirmed(host, fingerprint, hostKey)),
  });
}

function isConfirmed(host: string, fingerprint: string, confirmed: string | undefined): boolean {
  if (confirmed === undefined || confirmed === fingerprint) return confirmed !== undefined;
  throw new InvalidInputError(
    `The host key of ${host} is ${fingerprint}, not ${confirmed}, which you have confirmed: somebody may be intercepting the connection.`,
    {
      remedy: 'Ask the administrator of the host whether its key was changed; confirm the new one only then.',
      fields: { code: 'host-key-changed', fingerprint, confirmed },
    },
  );
}
