/** `info`, `provenance`, `*.json` and legacy mesh manifests (`<id>:<level>`) are JSON; all else is bytes. */
export function contentTypeOf(key: string): string {
  const name = key.slice(key.lastIndexOf('/') + 1);
  return /^(info|provenance|\d+:\d+|.*\.json)$/.test(name) ? 'application/json' : 'application/octet-stream';
}
