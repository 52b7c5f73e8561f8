import { InvalidInputError } from '../../../shared/base/errors';

/** A channel of a BossDB server, https://docs.bossdb.org. */
export interface BossAddress {
  /** The scheme, host and port of the server. */
  readonly server: string;
  readonly collection: string;
  readonly experiment: string;
  readonly channel: string;
  /** The resolution level that the address names; undefined if it names only the channel. */
  readonly level?: number;
}

export const PUBLIC_SERVER = 'https://api.bossdb.io';

/** Addresses of the REST API: `/v1/collection/C/experiment/E/channel/CH`, `/v1/cutout/C/E/CH/0/…`. */
const OF_API = /^\/(?:v\d+|latest)\/(?:collection|cutout|downsample)\//;

/** Reports whether an address begins with `bossdb://` or `boss://` (as in Neuroglancer), or is one of the REST API. */
export function isBossAddress(address: string): boolean {
  if (/^(bossdb|boss):\/\//i.test(address)) return true;
  return /^https?:/i.test(address) && URL.canParse(address) && OF_API.test(new URL(address).pathname);
}

/**
 * Parses an address: `bossdb://collection/experiment/channel`, the same after the name or the address of a server
 * (`bossdb://https://api.bossdb.io/collection/…`), or an address of the REST API.
 * @throws InvalidInputError if it doesn't name a channel
 */
export function parseBossAddress(address: string): BossAddress {
  const bare = address.trim().replace(/^(bossdb|boss):\/\//i, '');
  const hasServer = /^(https?:\/\/|[^/]*\.[^/]*\/|localhost[:/])/i.test(bare);
  const url = new URL(
    /^https?:/i.test(bare) ? bare : hasServer ? `https://${bare}` : `${PUBLIC_SERVER}/${bare}`,
  );
  const names = url.pathname.split('/').filter((name) => name !== '');
  const [collection, experiment, channel, level] = OF_API.test(url.pathname) ? ofApi(names) : names;
  for (const name of [collection, experiment, channel]) {
    if (name === undefined || !/^[\w-]+$/.test(name)) throw noChannel(address, name);
  }
  return {
    server: url.origin,
    collection: collection ?? '',
    experiment: experiment ?? '',
    channel: channel ?? '',
    ...(level !== undefined && /^\d$/.test(level) ? { level: Number(level) } : {}),
  };
}

function ofApi([, service, ...names]: readonly string[]): readonly (string | undefined)[] {
  if (service !== 'collection') return names;
  const [collection, , experiment, , channel] = names;
  return [collection, experiment, channel];
}

function noChannel(address: string, name: string | undefined): InvalidInputError {
  const what = name === undefined ? 'names no channel' : `has a name that can't be one, '${name}'`;
  return new InvalidInputError(`The address ${address} ${what}.`, {
    remedy: 'Give bossdb://COLLECTION/EXPERIMENT/CHANNEL.',
    fields: { code: 'bad-address', options: ['input'] },
  });
}
