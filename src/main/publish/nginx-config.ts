import { other } from '../../shared/api/mentions';
import type { TargetSpec } from '../../shared/api/publish-spec';
import { InvalidInputError } from '../../shared/base/errors';
import { say } from '../../shared/base/words';
import { folderOfAddress } from './open-target';
import type { TargetNaming } from './publish-target';

export interface NginxSite {
  /** Path of the address at which the dataset is shown: `/data/my-dataset`. */
  readonly path: string;
  /** Folder on the host that holds the dataset. */
  readonly folder: string;
  readonly naming: TargetNaming;
}

/**
 * Returns nginx's `location` block for a published dataset, which belongs in a `server` block. Its comments give the
 * reason for each part. It needs ngx_http_gzip_static_module and ngx_http_gunzip_module, which the packages of Debian,
 * Ubuntu and nginx.org include.
 */
export function nginxLocation({ path, folder, naming }: NginxSite): string {
  const gzip =
    naming === 'gz-suffix'
      ? [
          "# Chunks are stored gzipped, as NAME.gz, and are asked for as NAME. `always` serves them to those who didn't",
          '# ask for gzip too, `gunzip` unzips for them. Without this pair, viewers see no data at all.',
          'gzip_static always;',
          'gunzip on;',
        ]
      : ['# Files are stored as they are.'];
  const lines = [
    ...gzip,
    '# Never gzip on the fly: shards and meshes are read by byte range, and a gzipped answer has no ranges.',
    'gzip off;',
    '',
    '# info and manifests are JSON; all else is bytes.',
    'types { application/json json; }',
    'default_type application/octet-stream;',
    '',
    '# Pages of other origins may read this (CORS). `always`: answers of status 404 too, else the browser takes a',
    '# missing chunk for a network error. Note that add_header in a nested block takes these away there.',
    'add_header Access-Control-Allow-Origin * always;',
    'add_header Access-Control-Expose-Headers "Accept-Ranges, Content-Encoding, Content-Length, Content-Range, ETag" always;',
    '# A copy is asked about before it is used, so that a new upload is seen at once.',
    'add_header Cache-Control no-cache always;',
    '',
    '# The question (preflight) that browsers ask before a Range request; nginx answers OPTIONS by 405 otherwise.',
    'if ($request_method = OPTIONS) {',
    '  add_header Access-Control-Allow-Origin *;',
    '  add_header Access-Control-Allow-Methods "GET, HEAD";',
    '  add_header Access-Control-Allow-Headers "Range, If-Match, If-None-Match, If-Range, Cache-Control, Pragma";',
    '  add_header Access-Control-Max-Age 86400;',
    '  return 204;',
    '}',
    '',
    '# Unfinished uploads have hidden names.',
    'location ~ /\\. { return 404; }',
  ];
  const body = lines.map((line) => (line === '' ? '' : `  ${line}`)).join('\n');
  const slashed = (text: string) => quote(`${text.replace(/\/+$/, '')}/`);
  return `location ^~ ${slashed(path)} {\n  alias ${slashed(folder)};\n\n${body}\n}\n`;
}

/**
 * Returns the `location` block for a target on a web server: an SSH host, or a local folder.
 * @throws InvalidInputError if the web address or the full path of the folder is unknown
 */
export function nginxForTarget({ address, url, layout = 'gz-suffix' }: TargetSpec): string {
  if (url === undefined) {
    throw new InvalidInputError('The web address of the folder is not known.', {
      remedy: say`Give it with ${other('url')}, such as https://HOST/PATH.`,
      fields: { usage: true },
    });
  }
  const folder = address.startsWith('sftp:')
    ? decodeURIComponent(new URL(address).pathname)
    : folderOfAddress(address);
  if (folder.startsWith('/~/')) {
    throw new InvalidInputError(`nginx needs the full path of the folder, not one below a home: ${folder}`, {
      remedy: 'Give the target as sftp://USER@HOST/full/path.',
      fields: { usage: true },
    });
  }
  return nginxLocation({ path: decodeURIComponent(new URL(url).pathname), folder, naming: layout });
}

/** Returns a word for nginx's configuration, quoted if it contains characters with a special meaning. */
function quote(word: string): string {
  if (/^[\w./~:@%+-]+$/.test(word)) return word;
  if (!word.includes('$')) return `"${word.replace(/["\\]/g, '\\$&')}"`;
  throw new InvalidInputError(`'${word}' holds a $, which has another meaning in nginx.`, {
    remedy: 'Choose a path without it.',
  });
}
