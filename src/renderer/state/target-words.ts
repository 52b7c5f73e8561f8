import { parseBucketAddress } from '../../shared/api/bucket-address';
import type { TargetKind } from '../../shared/api/publish-spec';
import type { SetupItemReport } from '../../shared/api/publish-types';
import { StudioError, type SerializedError } from '../../shared/base/errors';
import { isLoopbackUrl } from '../../shared/base/loopback-url';
import { datasetUrls, type ViewerState } from './scene-state';

/** The parts of a target's address that have their own fields in the form. */
export interface AddressParts {
  readonly folder: string;
  readonly bucket?: string;
  readonly host?: string;
  readonly port?: string;
  readonly user?: string;
}

export function partsOf(address: string): AddressParts {
  const named = parseBucketAddress(address);
  if (named !== undefined) return { bucket: named.bucket, folder: named.prefix };
  if (!address.startsWith('sftp:')) {
    const isUrl = address.startsWith('file://');
    return { folder: isUrl ? decodeURIComponent(new URL(address).pathname) : address.slice('file:'.length) };
  }
  const { hostname, port, username, pathname } = new URL(address);
  return {
    host: hostname,
    port: port === '' ? '22' : port,
    user: decodeURIComponent(username),
    folder: decodeURIComponent(pathname).replace(/^\/~\//, ''),
  };
}

export const KIND_WORDS: Readonly<Record<TargetKind, { readonly title: string; readonly text: string }>> = {
  s3: { title: 'Object store (S3)', text: 'A bucket at Amazon or at any S3-compatible service' },
  sftp: { title: 'Web server over SSH', text: 'A folder on a host that nginx or another web server shows' },
  file: { title: 'Folder on this machine', text: 'A folder that a web server on this machine shows' },
};

export const SETUP_WORDS: Readonly<Record<SetupItemReport['name'], string>> = {
  'public-access-block': 'Public access',
  policy: 'Right to read',
  cors: 'Cross-origin access (CORS)',
};

/** The action that solves an error at a target. */
export type PlaceAction = 'credentials' | 'confirm-host' | 'create-bucket' | 'consent';

const OF_CREDENTIALS: Readonly<Record<string, string>> = {
  CredentialsProviderError: 'Type an access key below, or choose a profile in the settings of the target.',
  ExpiredToken: 'Type in new credentials below, or renew them on that machine (aws sso login).',
  ExpiredTokenException: 'Type in new credentials below, or renew them on that machine (aws sso login).',
  InvalidToken: 'Type in new credentials below.',
  InvalidAccessKeyId: 'Check the access key, and that it belongs to this service.',
  XAdminUserNotFound: 'Check the access key, and that it belongs to this service.',
  SignatureDoesNotMatch: 'Type both keys in again.',
  'login-refused':
    'Type in the password, or the passphrase of the key file; check the user in the settings of the target.',
  'wrong-passphrase': 'Type the passphrase in again.',
};

/** Returns an error with its remedy in the words of this view, and the action that solves it, if there is one. */
export function explainPlaceError(error: StudioError | SerializedError): {
  readonly error: StudioError | SerializedError;
  readonly action?: PlaceAction;
} {
  const code = String(error.fields?.['code'] ?? '');
  const remedy = OF_CREDENTIALS[code];
  if (remedy !== undefined) return { error: withRemedy(error, remedy), action: 'credentials' };
  if (code === 'host-key-unknown') {
    const text =
      'Compare the fingerprint with the one that the administrator of the host gives you. Trust it only if they are the same.';
    return { error: withRemedy(error, text), action: 'confirm-host' };
  }
  if (code === 'NoSuchBucket' || code === 'NotFound') {
    return {
      error: withRemedy(error, 'Check its name in the settings of the target, or have it made.'),
      action: 'create-bucket',
    };
  }
  if (code === 'foreign-dataset') {
    return {
      error: withRemedy(error, 'Choose another place, or allow it to be replaced.'),
      action: 'consent',
    };
  }
  if (code === 'shadowed') {
    return {
      error: withRemedy(
        error,
        'Allow the removal of files that are not part of the dataset, or choose the other way of storing files in the settings of the target.',
      ),
      action: 'consent',
    };
  }
  return { error };
}

function withRemedy(
  { tag, message, details, fields }: StudioError | SerializedError,
  remedy: string,
): StudioError {
  return new StudioError(tag, message, {
    remedy,
    ...(details === undefined ? {} : { details }),
    ...(fields === undefined ? {} : { fields }),
  });
}

/** The number of characters from which on links are known to be cut off by chats and mail programs. */
const LONG_LINK = 8000;

/** Returns what to do about a link that is too long to be sent; undefined for others. */
export function longLinkWords(link: string): string | undefined {
  if (link.length < LONG_LINK) return undefined;
  const viewer = link.slice(0, link.indexOf('#!'));
  return (
    `This link has ${link.length.toLocaleString('en')} characters, as the colours and the selected segments are in it. ` +
    'Some chats and mail programs cut it off. If that happens, save the state, put the file on a web server, ' +
    `and send ${viewer}#! with the address of the file behind it.`
  );
}

/** Returns whom a link can't be sent to, if its data are on this machine; undefined for others. */
export function ownMachineWords(link: string): string | undefined {
  const own = datasetUrls(stateOf(link)).find((url) => URL.canParse(url) && isLoopbackUrl(url));
  if (own === undefined) return undefined;
  return (
    `Only browsers on this machine can open this link, as its data are at ${new URL(own).host}. ` +
    'To share it with others, enter the address that others use for this folder as the web address of the target.'
  );
}

/** Returns the viewer state in a link, as the text of a JSON file. */
export function stateOfLink(link: string): string {
  return `${JSON.stringify(stateOf(link), null, 2)}\n`;
}

function stateOf(link: string): ViewerState {
  return JSON.parse(decodeURIComponent(link.slice(link.indexOf('#!') + 2))) as ViewerState;
}
