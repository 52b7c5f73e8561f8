import { chmod, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { requireProgram, startListening } from './real-tool';
import { temporaryFolder } from './temporary-folder';

export interface NginxHost {
  /** The address at which it listens. */
  readonly url: string;
  /** The folder of its configuration. */
  readonly folder: string;
  /** The shell command that runs it with this configuration. */
  readonly command: string;
}

/** Returns the address; see {@link startNginxHost}. */
export async function startNginx(serverBlock: string, httpBlock = ''): Promise<string> {
  return (await startNginxHost(serverBlock, httpBlock)).url;
}

/**
 * Starts nginx as a separate process on a free port of 127.0.0.1, with its own configuration in a temporary folder.
 * It ends with the test. `serverBlock` is the content of `server { }`. FOLDER in both blocks is replaced by the
 * configuration's folder.
 */
export async function startNginxHost(serverBlock: string, httpBlock = ''): Promise<NginxHost> {
  const folder = await temporaryFolder();
  await mkdir(join(folder, 'tmp'));
  // nginx's workers run as another user if the test runs as root.
  await chmod(folder, 0o755);
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi']
    .map((name) => `${name}_temp_path ${folder}/tmp/${name};`)
    .join(' ');
  const file = join(folder, 'nginx.conf');
  const user = process.getuid?.() === 0 ? 'user root;' : '';
  const { port } = await startListening('nginx', async (port) => {
    const config = `
daemon off;
worker_processes 1;
pid ${folder}/pid;
error_log ${folder}/error.log;
events { worker_connections 256; }
http {
  access_log off;
  types { }
  default_type application/octet-stream;
  ${temporary}
  ${httpBlock.replaceAll('FOLDER', folder)}
  server {
    listen 127.0.0.1:${port};
    ${serverBlock.replaceAll('FOLDER', folder)}
  }
}
`;
    await writeFile(file, config);
    return ['-p', folder, '-c', file, '-g', user || 'master_process on;'];
  });
  const command = `${requireProgram('nginx')} -p ${folder} -c ${file}`;
  return { url: `http://127.0.0.1:${port}`, folder, command };
}
