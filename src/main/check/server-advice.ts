import type { Advice } from './findings';

/** The servers and stores that can be recognised by their headers and get advice of their own. */
type ServerKind = 'nginx' | 'apache' | 'caddy' | 'lighttpd' | 's3' | 'ceph' | 'minio' | 'swift';

type Headers = Readonly<Record<string, string>>;

/** What servers are recognised by, in order: a header, and what its value matches. */
const SIGNS: readonly (readonly [kind: ServerKind, header: string, value: RegExp])[] = [
  ['minio', 'server', /minio/i],
  ['swift', 'x-trans-id', /^/],
  ['swift', 'x-openstack-request-id', /^/],
  ['ceph', 'server', /ceph|rgw|civetweb|beast/i],
  ['ceph', 'x-rgw-object-type', /^/],
  ['s3', 'server', /AmazonS3/i],
  ['nginx', 'server', /nginx/i],
  ['apache', 'server', /apache/i],
  ['caddy', 'server', /caddy/i],
  ['lighttpd', 'server', /lighttpd/i],
  // The rest are other S3 stores. Ceph's request ids often begin with tx0.
  ['ceph', 'x-amz-request-id', /^tx0/],
  ['s3', 'x-amz-request-id', /^/],
];

interface ServerAdvice {
  /** Each object of a store has an encoding of its own. */
  readonly isStore?: boolean;
  /** How to let pages of other origins read. */
  readonly cors: string;
  /** True if this program can set the CORS rules. */
  readonly setsCors?: boolean;
  /** True if a bucket's CORS rules can be asked for, but not set. */
  readonly refusesCors?: boolean;
  /** How to let everybody read. */
  readonly read?: Advice;
  /** How to send the stored NAME.gz as NAME. */
  readonly gz?: Advice;
}

const SERVERS: Readonly<Record<ServerKind, ServerAdvice>> = {
  nginx: {
    cors: 'nginx: `add_header Access-Control-Allow-Origin * always;`',
    gz: { remedy: 'nginx: `gzip_static always; gunzip on;`.', ways: ['nginx', 'unzip'] },
  },
  apache: {
    cors: 'Apache (a2enmod headers): `Header always set Access-Control-Allow-Origin "*"`; `Header set` without always leaves errors out',
    gz: {
      remedy:
        'Apache (a2enmod rewrite headers), for the site or the folder: `RewriteEngine On`, `RewriteCond %{DOCUMENT_ROOT}%{REQUEST_URI} !-f`, ' +
        '`RewriteCond %{DOCUMENT_ROOT}%{REQUEST_URI}.gz -f`, `RewriteRule ^(.*)$ $1.gz [E=GZ:1,L]`, `RemoveType .gz`, ' +
        '`Header set Content-Encoding gzip env=GZ`, `Header set Content-Encoding gzip env=REDIRECT_GZ`; with MultiViews it needs `AddEncoding gzip .gz` and `AddType application/octet-stream .gz` as well.',
      ways: ['unzip'],
    },
  },
  caddy: {
    cors: 'Caddy: `header Access-Control-Allow-Origin *`',
    // Each line of the configuration is quoted alone, because Caddy ends a block only at the end of a line.
    gz: {
      remedy:
        'Caddy, in the block of the site: `@gz {`, `not file {path}`, `file {path}.gz`, `}`, `handle @gz {`, `rewrite * {path}.gz`, ' +
        '`header Content-Encoding gzip`, `header Content-Type application/octet-stream`, `file_server`, `}`.',
      ways: ['unzip'],
    },
  },
  lighttpd: {
    cors: 'lighttpd (mod_setenv): `setenv.add-response-header = ( "Access-Control-Allow-Origin" => "*" )`',
  },
  s3: {
    isStore: true,
    cors: 'S3: a CORS rule with AllowedOrigins ["*"], AllowedMethods ["GET","HEAD"]',
    setsCors: true,
    read: {
      remedy:
        'Let everybody read the objects: a bucket policy with s3:GetObject for *, and no public-access block. A server without bucket policies has a setting of its own for it: Garage has `garage bucket website --allow BUCKET`, and takes the address of that website as the web address.',
      ways: ['set-up-bucket'],
    },
  },
  ceph: {
    isStore: true,
    cors: 'Ceph: a CORS rule of the bucket with AllowedOrigins ["*"], AllowedMethods ["GET","HEAD"]',
    setsCors: true,
    read: {
      remedy:
        'Let everybody read the objects by a bucket policy; a bucket of a tenant has the public address https://HOST/TENANT:BUCKET/PREFIX.',
      ways: ['set-up-bucket'],
    },
  },
  minio: {
    isStore: true,
    cors: 'MinIO answers all origins unless MINIO_API_CORS_ALLOW_ORIGIN says otherwise: set it to `*`',
    refusesCors: true,
    read: { remedy: 'Let everybody read the prefix: `mc anonymous set download ALIAS/BUCKET/PREFIX`.' },
  },
  swift: {
    isStore: true,
    cors: 'Swift: `swift post -m "Access-Control-Allow-Origin:*" CONTAINER`',
    read: {
      remedy:
        "Let everybody read the container: `swift post -r '.r:*' CONTAINER`, and give its own address, https://HOST/v1/AUTH_…/CONTAINER/PREFIX, as the web address.",
    },
  },
};

const READ_FILES: Advice = {
  remedy:
    'Let the web server read the files: rights of the files and of every folder above them, and no password.',
};
const SEND_AS_NAME: Advice = {
  remedy: 'Let it send NAME.gz as NAME, with Content-Encoding: gzip, if it can.',
  ways: ['unzip'],
};

/** Recognises a server by the headers of its answer; undefined if they don't identify it. */
export function serverKind(headers: Headers): ServerKind | undefined {
  const sign = SIGNS.find(([, name, value]) => value.test(headers[name] ?? '') && name in headers);
  return sign?.[0];
}

function serverOf(headers: Headers): ServerAdvice | undefined {
  const kind = serverKind(headers);
  return kind && SERVERS[kind];
}

/** Says how to let pages of other origins read. */
export function corsAdvice(headers: Headers): Advice {
  const server = serverOf(headers);
  const general = 'Let the server send `Access-Control-Allow-Origin: *` with every answer, errors included';
  if (server === undefined) return { remedy: `${general} (${SERVERS.nginx.cors}; ${SERVERS.s3.cors}).` };
  const remedy = `${general}. ${server.cors}.`;
  return server.setsCors === true ? { remedy, ways: ['set-up-bucket'] } : { remedy };
}

/** Says how a server without CORS rules of buckets lets pages of other origins read. */
export function corsWithoutRules(headers: Headers): string {
  const server = serverOf(headers);
  return server === undefined || server.setsCors === true
    ? 'The server knows no CORS rules of buckets; many of these let pages of all origins read.'
    : corsAdvice(headers).remedy;
}

/** Reports whether the server lists CORS rules of buckets as if they could be set, and refuses those that are. */
export function refusesCors(headers: Headers): boolean {
  return serverOf(headers)?.refusesCors === true;
}

/** Says how to let everybody read. */
export function readAdvice(headers: Headers, isStore: boolean): Advice {
  return serverOf(headers)?.read ?? (isStore ? SERVERS.s3.read : undefined) ?? READ_FILES;
}

/** Says how to make a server send the stored NAME.gz as NAME. */
export function gzAdvice(headers: Headers): Advice {
  return serverOf(headers)?.gz ?? SEND_AS_NAME;
}

/** Says how to make a server name the encoding of gzipped bytes. */
export function encodingAdvice(headers: Headers): Advice {
  if (serverOf(headers)?.isStore === true)
    return { remedy: 'Store the object with Content-Encoding: gzip, as publish does.' };
  const { remedy, ...rest } = gzAdvice(headers);
  return { remedy: `Name such files NAME.gz. ${remedy}`, ...rest };
}
