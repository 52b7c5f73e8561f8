import { other } from '../../shared/api/mentions';
import type { TargetSpec } from '../../shared/api/publish-spec';
import { InvalidInputError } from '../../shared/base/errors';
import { say } from '../../shared/base/words';
import { folderOfAddress } from './open-target';
import { namingOnWebServer, type TargetNaming } from './publish-target';

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
          '# Viewers ask for NAME, but chunks are stored gzipped, as NAME.gz. `gzip_static always` sends NAME.gz instead,',
          '# and `gunzip` unzips it for programs that did not ask for gzip. Without both, viewers see no data at all.',
          'gzip_static always;',
          'gunzip on;',
        ]
      : ['# Files are stored as they are.'];
  const lines = [
    ...gzip,
    '# Do not compress other files while sending them: shards and meshes are read in parts (byte ranges), which nginx',
    '# cannot do with a compressed answer.',
    'gzip off;',
    '',
    '# The file info and the manifests of meshes are JSON. All other files are bytes.',
    'types { application/json json; }',
    'default_type application/octet-stream;',
    '',
    '# Web pages of other sites may read these files (CORS). `always` adds the header to answers of status 404 too.',
    '# Without it, the browser takes a missing chunk for a network error. If you add a nested block with an add_header',
    '# of its own, repeat these lines there, because nginx then ignores them.',
    'add_header Access-Control-Allow-Origin * always;',
    'add_header Access-Control-Expose-Headers "Accept-Ranges, Content-Encoding, Content-Length, Content-Range, ETag" always;',
    '# Browsers check for a newer file before they use their own copy, so that a new upload is seen at once.',
    'add_header Cache-Control no-cache always;',
    '',
    '# Browsers ask for permission (a preflight request, with the method OPTIONS) before they read a part of a file.',
    '# Without these lines, nginx answers 405, which refuses it.',
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
export function nginxForTarget(target: TargetSpec): string {
  const { address, url } = target;
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
  return nginxLocation({
    path: decodeURIComponent(new URL(url).pathname),
    folder,
    naming: namingOnWebServer(target),
  });
}

/** Returns a word for nginx's configuration, quoted if it contains characters with a special meaning. */
function quote(word: string): string {
  if (/^[\w./~:@%+-]+$/.test(word)) return word;
  if (!word.includes('$')) return `"${word.replace(/["\\]/g, '\\$&')}"`;
  throw new InvalidInputError(`'${word}' holds a $, which has another meaning in nginx.`, {
    remedy: 'Choose a path without it.',
  });
}
