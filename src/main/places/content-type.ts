/**
 * Returns the MIME type of an object: JSON for `info`, `provenance`, `*.json` and legacy mesh manifests
 * (`<id>:<level>`), octet-stream for all others.
 */
export function contentTypeOf(key: string): string {
  const name = key.slice(key.lastIndexOf('/') + 1);
  return /^(info|provenance|\d+:\d+|.*\.json)$/.test(name) ? 'application/json' : 'application/octet-stream';
}
