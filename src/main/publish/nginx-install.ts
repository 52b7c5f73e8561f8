import { posix } from 'node:path';
import type { TargetSpec } from '../../shared/api/publish-spec';
import { InvalidInputError, IoError } from '../../shared/base/errors';
import { shellWord, type RunScript } from '../base/run-script';
import { nginxForTarget } from './nginx-config';

/** Folder below nginx's configuration with one file per dataset, which a server block includes. */
const FOLDER = 'precomputed-studio';
const INCLUDE = /\binclude\s+"?[^;"]*precomputed-studio\/\*\.conf"?\s*;/;

/** The changes to a host's nginx, which are shown to the user before they are made. */
export interface NginxInstallPlan {
  /** The files to write. An existing file is kept as `PATH.previous`. */
  readonly files: readonly { readonly path: string; readonly text: string }[];
  /** The command that runs nginx there. */
  readonly command: string;
  /** Uses `sudo`, because the user isn't root. */
  readonly sudo: boolean;
}

export interface NginxInstallOptions {
  readonly run: RunScript;
  readonly spec: TargetSpec;
  /** The command that runs nginx on the host; it may contain the options `-c` and `-p`. */
  readonly command: string;
}

/**
 * Reads the configuration of the host's nginx and returns the files that make it serve the target. Changes nothing.
 *
 * The dataset's `location` gets a file of its own, which a server block must include. The administrator adds the line
 * for it to the site's server block once. If the site has no server block and the address is http, one is written too.
 *
 * @throws InvalidInputError if nginx, the rights or the line are missing
 */
export async function planNginxInstall({
  run,
  spec,
  command,
}: NginxInstallOptions): Promise<NginxInstallPlan> {
  const location = nginxForTarget(spec);
  const url = new URL(spec.url ?? '');
  const sudo = await needsSudo(run);
  const dump = await run(`${asRoot(sudo)} ${command} -T`);
  if (dump.code !== 0) {
    throw new InvalidInputError(
      `nginx is not installed on the host, or its present configuration is wrong.`,
      {
        remedy:
          'Install nginx there, or correct what `nginx -t` says; --nginx-command names one in another place.',
        details: lastLines(dump.stderr),
      },
    );
  }
  const main = /^# configuration file (.+):$/m.exec(dump.stdout)?.[1] ?? '/etc/nginx/nginx.conf';
  const folder = posix.dirname(main);
  const name = `${url.host}${url.pathname}`.replace(/[^\w.-]+/g, '-').replace(/^[-.]+|[-.]+$/g, '');
  const files = [{ path: posix.join(folder, FOLDER, `${name}.conf`), text: location }];
  if (!INCLUDE.test(dump.stdout)) files.push(serverFile(url, folder, dump.stdout));
  return { files, command, sudo };
}

/** Writes the planned files. Needs the user's consent. If nginx refuses the files, the previous ones are restored. */
export async function installNginx(run: RunScript, plan: NginxInstallPlan): Promise<void> {
  const result = await run(installScript(plan));
  if (result.code === 0) return;
  if (NOT_RUNNING.test(result.stderr)) {
    throw new InvalidInputError('nginx on the host is not running, so nothing was changed.', {
      remedy: 'Start it there (systemctl start nginx, or nginx), then publish again.',
      details: lastLines(result.stderr),
      fields: { code: 'nginx-not-running' },
    });
  }
  const refused = result.code === EXIT_REFUSED;
  throw new IoError(
    refused
      ? 'nginx on the host refuses the configuration; the previous one is back in its place.'
      : 'The configuration of nginx on the host could not be changed; the previous one is in its place.',
    {
      remedy: 'Correct what nginx says; or install by hand the configuration that --nginx prints.',
      details: lastLines(result.stderr),
      fields: { code: refused ? 'nginx-refused' : 'nginx-not-changed' },
    },
  );
}

const EXIT_REFUSED = 42;
/** What nginx says when it is to reload and there is no process of it. */
const NOT_RUNNING = /invalid PID number|open\(\) ".*\.pid" failed|kill\(\d+, \d+\) failed \(3:/;

/** Returns a script that installs all files or none, even if the connection breaks meanwhile. */
function installScript({ files, command, sudo }: NginxInstallPlan): string {
  const root = asRoot(sudo);
  const paths = files.map(({ path }) => shellWord(path));
  const each = (action: (path: string, i: number) => string) => paths.map(action).join('\n');
  // The braces make the shell read the whole script before it runs. The sleep gives nginx's new workers time to start.
  return `{
set -eu
trap '' HUP PIPE
restore() {
  trap - EXIT
  set +e
${each((path, i) => `  if test -n "$kept${i}"; then ${root} cp -p ${path}.previous ${path}; else ${root} rm -f ${path}; fi\n  if test -n "$made${i}"; then ${root} rmdir "$(dirname ${path})"; fi`)}
}
${paths.map((_, i) => `kept${i}= made${i}=`).join(' ')}
${each((path, i) => `${root} test -d "$(dirname ${path})" || made${i}=yes; ${root} mkdir -p "$(dirname ${path})"; if ${root} test -e ${path}; then ${root} cp -p ${path} ${path}.previous; kept${i}=yes; fi`)}
trap restore EXIT
${each((path, i) => `printf %s ${shellWord(files[i]?.text ?? '')} | ${root} tee ${path} >/dev/null\n${root} chmod 644 ${path}`)}
${root} ${command} -t || { restore; exit ${EXIT_REFUSED}; }
${root} ${command} -s reload
trap - EXIT
sleep 1
} </dev/null
`;
}

async function needsSudo(run: RunScript): Promise<boolean> {
  const id = await run('id -u');
  if (id.code !== 0) {
    throw new InvalidInputError('The host accepts files, but runs no commands.', {
      remedy: 'Give the configuration (printed by --nginx) to the administrator of the host.',
      fields: { code: 'no-shell' },
    });
  }
  if (id.stdout.trim() === '0') return false;
  if ((await run('sudo -n true')).code === 0) return true;
  throw new InvalidInputError(
    'The rights to change nginx on the host are missing: the user may not become root.',
    {
      remedy:
        'Give the configuration (printed by --nginx) to the administrator, or ask for sudo without a password.',
      fields: { code: 'no-root' },
    },
  );
}

function asRoot(sudo: boolean): string {
  return sudo ? 'sudo -n' : '';
}

/** Returns the file with a server block for a site that has none. */
function serverFile(
  url: URL,
  folder: string,
  dump: string,
): { readonly path: string; readonly text: string } {
  const include = `include ${posix.join(folder, FOLDER)}/*.conf;`;
  const names = [...dump.matchAll(/^\s*server_name\s+([^;]+);/gm)].flatMap((match) =>
    (match[1] ?? '').split(/\s+/),
  );
  const conf = /\binclude\s+"?([^;"]*conf\.d)\/\*\.conf"?\s*;/.exec(dump)?.[1];
  if (url.protocol !== 'http:' || names.includes(url.hostname) || conf === undefined) {
    throw new InvalidInputError(
      `The server block of ${url.host} in the host's nginx doesn't include our files yet.`,
      {
        remedy: `Add this line to it once, then try again: ${include}`,
        fields: { code: 'no-include', include },
      },
    );
  }
  const port = url.port === '' ? '80' : url.port;
  const text = `server {\n  listen ${port};\n  server_name ${url.hostname};\n  ${include}\n}\n`;
  return { path: posix.resolve(folder, conf, `${FOLDER}-${url.hostname}.conf`), text };
}

function lastLines(text: string): string[] {
  return text.trim().split('\n').slice(-8);
}
