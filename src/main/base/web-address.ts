import { InvalidInputError } from '../../shared/base/errors';

/**
 * The web address of a dataset's folder, without slash at its end, from what people paste: with or without
 * `precomputed://`, `/info` or a slash at the end; `s3://` and `gs://` as the viewer itself translates them.
 * @throws InvalidInputError
 */
export function datasetAddress(text: string): string {
  const bare = text
    .trim()
    .replace(/^precomputed:\/\//, '')
    .replace(/\|neuroglancer-precomputed:.*$/, '');
  const address = bare
    // A certificate covers no name of a bucket with dots.
    .replace(/^s3:\/\/([^/]*\.[^/]*)/, 'https://s3.amazonaws.com/$1')
    .replace(/^s3:\/\/([^/]+)/, 'https://$1.s3.amazonaws.com')
    .replace(/^gs:\/\/([^/]+)/, 'https://storage.googleapis.com/$1');
  const url = URL.canParse(address) ? new URL(address) : undefined;
  if (url === undefined || (url.protocol !== 'http:' && url.protocol !== 'https:')) {
    throw new InvalidInputError(`'${text}' is not a web address.`, {
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

/** True for addresses of this machine, which browsers take for safe without https. */
export function isLoopbackUrl(url: string): boolean {
  return /^(localhost|.*\.localhost|127(\.\d+){3}|\[::1\])$/.test(new URL(url).hostname);
}

/** A key's address: each name in it encoded. */
export function objectUrl(base: string, key: string): string {
  return `${base}/${key.split('/').map(encodeURIComponent).join('/').replaceAll('%3A', ':')}`;
}

/** The address as it stands in a URL: IPv6 in brackets. */
export function urlHost(address: string): string {
  return address.includes(':') ? `[${address}]` : address;
}
