import type { Advice } from './findings';

/** The servers and stores that can be recognised by their headers and get advice of their own. */
type ServerKind = 'nginx' | 'apache' | 'caddy' | 'lighttpd' | 's3' | 'ceph' | 'minio' | 'swift';

type Headers = Readonly<Record<string, string>>;

/** Recognises a server by the headers of its answer; undefined if they don't identify it. */
export function serverKind(headers: Headers): ServerKind | undefined {
  const server = headers['server'] ?? '';
  if (/minio/i.test(server)) return 'minio';
  if (headers['x-trans-id'] !== undefined || headers['x-openstack-request-id'] !== undefined) return 'swift';
  if (/ceph|rgw|civetweb|beast/i.test(server) || headers['x-rgw-object-type'] !== undefined) return 'ceph';
  if (/AmazonS3/i.test(server)) return 's3';
  const named = /nginx|apache|caddy|lighttpd/i.exec(server)?.[0].toLowerCase();
  if (named !== undefined) return named as ServerKind;
  // The rest are other S3 stores. Ceph's request ids often begin with tx0.
  const request = headers['x-amz-request-id'];
  if (request === undefined) return undefined;
  return /^tx0/.test(request) ? 'ceph' : 's3';
}

const CORS_LINES: Readonly<Record<ServerKind, string>> = {
  nginx: 'nginx: `add_header Access-Control-Allow-Origin * always;`',
  apache:
    'Apache (a2enmod headers): `Header always set Access-Control-Allow-Origin "*"`; `Header set` without always leaves errors out',
  caddy: 'Caddy: `header Access-Control-Allow-Origin *`',
  lighttpd: 'lighttpd (mod_setenv): `setenv.add-response-header = ( "Access-Control-Allow-Origin" => "*" )`',
  s3: 'S3: a CORS rule with AllowedOrigins ["*"], AllowedMethods ["GET","HEAD"]',
  ceph: 'Ceph: a CORS rule of the bucket with AllowedOrigins ["*"], AllowedMethods ["GET","HEAD"]',
  minio: 'MinIO answers all origins unless MINIO_API_CORS_ALLOW_ORIGIN says otherwise: set it to `*`',
  swift: 'Swift: `swift post -m "Access-Control-Allow-Origin:*" CONTAINER`',
};

/** Says how to let pages of other origins read. */
export function corsAdvice(headers: Headers): Advice {
  const kind = serverKind(headers);
  const general = 'Let the server send `Access-Control-Allow-Origin: *` with every answer, errors included';
  if (kind === undefined) return { remedy: `${general} (${CORS_LINES.nginx}; ${CORS_LINES.s3}).` };
  const remedy = `${general}. ${CORS_LINES[kind]}.`;
  return kind === 's3' || kind === 'ceph' ? { remedy, ways: ['set-up-bucket'] } : { remedy };
}

/** Says how to let everybody read. */
export function readAdvice(headers: Headers, isStore: boolean): Advice {
  const kind = serverKind(headers);
  if (kind === 'swift') {
    return {
      remedy:
        "Let everybody read the container: `swift post -r '.r:*' CONTAINER`, and give its own address, https://HOST/v1/AUTH_…/CONTAINER/PREFIX, as the web address.",
    };
  }
  if (kind === 'ceph') {
    return {
      remedy:
        'Let everybody read the objects by a bucket policy; a bucket of a tenant has the public address https://HOST/TENANT:BUCKET/PREFIX.',
      ways: ['set-up-bucket'],
    };
  }
  if (kind === 'minio')
    return { remedy: 'Let everybody read the prefix: `mc anonymous set download ALIAS/BUCKET/PREFIX`.' };
  if (kind === 's3' || isStore) {
    return {
      remedy:
        'Let everybody read the objects: a bucket policy with s3:GetObject for *, and no public-access block. A server without bucket policies has a setting of its own for it.',
      ways: ['set-up-bucket'],
    };
  }
  return {
    remedy:
      'Let the web server read the files: rights of the files and of every folder above them, and no password.',
  };
}

const APACHE_GZ =
  'Apache (a2enmod rewrite headers), for the site or the folder: `RewriteEngine On`, `RewriteCond %{DOCUMENT_ROOT}%{REQUEST_URI} !-f`, ' +
  '`RewriteCond %{DOCUMENT_ROOT}%{REQUEST_URI}.gz -f`, `RewriteRule ^(.*)$ $1.gz [E=GZ:1,L]`, `RemoveType .gz`, ' +
  '`Header set Content-Encoding gzip env=GZ`, `Header set Content-Encoding gzip env=REDIRECT_GZ`; with MultiViews it needs `AddEncoding gzip .gz` and `AddType application/octet-stream .gz` as well';

/** Each line of the configuration by itself, as Caddy ends a block only there. */
const CADDY_GZ =
  'Caddy, in the block of the site: `@gz {`, `not file {path}`, `file {path}.gz`, `}`, `handle @gz {`, `rewrite * {path}.gz`, ' +
  '`header Content-Encoding gzip`, `header Content-Type application/octet-stream`, `file_server`, `}`';

/** Says how to make a server send the stored NAME.gz as NAME. */
export function gzAdvice(headers: Headers): Advice {
  const kind = serverKind(headers);
  if (kind === 'nginx')
    return { remedy: 'nginx: `gzip_static always; gunzip on;`.', ways: ['nginx', 'unzip'] };
  if (kind === 'apache') return { remedy: `${APACHE_GZ}.`, ways: ['unzip'] };
  if (kind === 'caddy') return { remedy: `${CADDY_GZ}.`, ways: ['unzip'] };
  return { remedy: 'Let it send NAME.gz as NAME, with Content-Encoding: gzip, if it can.', ways: ['unzip'] };
}

const STORES: readonly (ServerKind | undefined)[] = ['s3', 'ceph', 'minio', 'swift'];

/** Says how to make a server name the encoding of gzipped bytes. */
export function encodingAdvice(headers: Headers): Advice {
  if (STORES.includes(serverKind(headers)))
    return { remedy: 'Store the object with Content-Encoding: gzip, as publish does.' };
  const { remedy, ...rest } = gzAdvice(headers);
  return { remedy: `Name such files NAME.gz. ${remedy}`, ...rest };
}
