import { InvalidInputError } from '../../shared/base/errors';
import { hidePassword } from '../../shared/base/hide-password';

/**
 * Returns the web address of a dataset's folder, without a slash at its end, for any form that people paste: with or
 * without `precomputed://`, `/info` or a slash at the end. `s3://` and `gs://` are translated in the same way as by
 * the viewer.
 * @throws InvalidInputError
 */
export function datasetAddress(text: string): string {
  const address = bareAddress(text)
    // A wildcard certificate doesn't cover the name of a bucket with dots.
    .replace(/^s3:\/\/([^/]*\.[^/]*)/, 'https://s3.amazonaws.com/$1')
    .replace(/^s3:\/\/([^/]+)/, 'https://$1.s3.amazonaws.com')
    .replace(/^gs:\/\/([^/]+)/, 'https://storage.googleapis.com/$1');
  const url = URL.canParse(address) ? new URL(address) : undefined;
  if (url === undefined || (url.protocol !== 'http:' && url.protocol !== 'https:')) {
    throw new InvalidInputError(`'${hidePassword(text)}' is not a web address.`, {
      remedy: 'Give the address of the published folder, such as https://example.org/data/my-dataset.',
      fields: { usage: true },
    });
  }
  if (url.username !== '' || url.password !== '') {
    throw new InvalidInputError("The address holds a user's name or password, which viewers don't send on.", {
      remedy: 'Publish the dataset where it can be read without a password, and leave it out of the address.',
      fields: { usage: true },
    });
  }
  return `${url.origin}${url.pathname.replace(/\/+(info)?$/, '').replace(/\/+$/, '')}`;
}

/** Returns an address without what viewers write before and after it: `precomputed://` and the name of the format. */
export function bareAddress(text: string): string {
  return text
    .trim()
    .replace(/^precomputed:\/\//, '')
    .replace(/\|neuroglancer-precomputed:.*$/, '');
}

/** Returns the address of a key, with each name in it encoded. */
export function objectUrl(base: string, key: string): string {
  return `${base}/${key.split('/').map(encodeURIComponent).join('/').replaceAll('%3A', ':')}`;
}

/** Returns the address in the form that URLs need: IPv6 in brackets. */
export function urlHost(address: string): string {
  return address.includes(':') ? `[${address}]` : address;
}
