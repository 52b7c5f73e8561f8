import type { TargetSpec } from '../../shared/api/publish-spec';
import type { Secret } from '../../shared/api/publish-types';
import { InvalidInputError } from '../../shared/base/errors';
import { openTarget } from '../publish/open-target';
import type { PublishTarget } from '../publish/publish-target';
import type { AskUser } from './prompts';

/** A place to publish to, with the credentials that the user has given. */
export interface Place {
  readonly spec: TargetSpec;
  readonly dataset: string;
  readonly createBucket?: boolean;
  readonly secret?: Secret | undefined;
  /** Fingerprint of the host's key that the user has confirmed. Other keys aren't trusted. */
  readonly hostKey?: string | undefined;
}

/**
 * Opens a place. If credentials are missing, the code of the error says which.
 * @param ask asks the user what the host asks besides, such as a one-time code
 */
export function openPlace(
  { spec, dataset, createBucket = false, secret, hostKey }: Place,
  ask: AskUser,
): Promise<PublishTarget> {
  const host = URL.canParse(spec.address) ? new URL(spec.address).hostname : spec.address;
  return openTarget({
    spec,
    dataset,
    createBucket,
    ...(secret?.kind === 's3' ? { credentials: secret } : {}),
    askSecret: async (text, kind, isShown = false) => {
      if (kind === 'code') return ask({ host, text: text.trim(), isShown });
      return secret?.kind === 'ssh' ? secret[kind] : undefined;
    },
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
