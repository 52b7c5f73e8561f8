import { chmod, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { checkUrl, type CheckReport } from '../../../src/main/check/check-url';
import { folderTarget } from '../../../src/main/publish/open-target';
import { writeSmallDataset } from '../../fixtures/small-dataset';
import { describeCheck } from '../../../src/main/cli/describe-check';
import { startNginx } from '../../nginx';
import { describeWith, startListening } from '../../real-tool';
import { runCli } from '../../run-cli';
import { temporaryFolder } from '../../temporary-folder';
import { publish } from './publish-folder';

/** Makes a published dataset below `www`, and a folder for a server's configuration. */
async function published(naming: 'gz-suffix' | 'unzipped') {
  const [from, folder] = [await temporaryFolder(), await temporaryFolder()];
  await chmod(folder, 0o755);
  await writeSmallDataset(from, [70, 64, 40], (x) => BigInt(1 + (x >> 4)));
  const www = join(folder, 'www');
  await publish(from, folderTarget(join(www, 'set'), { naming, publicUrl: undefined }));
  return { from, folder, www };
}

function check(port: number): Promise<CheckReport> {
  const signal = new AbortController().signal;
  return checkUrl({ url: `http://127.0.0.1:${port}/set`, signal, viewer: 'https://viewer.example' });
}

/** Returns "severity topic: remedy" for each finding. */
function findingsOf({ findings }: CheckReport): string[] {
  return findings.map(({ severity, topic, remedy }) => `${severity} ${topic}: ${remedy}`);
}

/** Returns the lines that a remedy shows in backquotes. */
function linesIn(remedy: string): string {
  return [...remedy.matchAll(/`([^`]+)`/g)].map((match) => match[1]).join('\n');
}

describeWith('nginx', 'nginx', () => {
  test('with the lines that the check suggests, NAME.gz is served as NAME', async () => {
    const { www } = await published('gz-suffix');
    await chmod(www, 0o755);
    const ask = async (lines: string): Promise<string[]> => {
      const { port } = new URL(await startNginx(`root ${www};\n${lines}`));
      return findingsOf(await check(Number(port)));
    };
    const failure = (found: readonly string[], topic: string): string =>
      linesIn(found.find((text) => text.startsWith(`failure ${topic}`)) ?? '');
    const header =
      failure(await ask(''), 'cors')
        .split('\n')
        .at(-1) ?? '';
    const gz = failure(await ask(header), 'encoding').split('\n')[0] ?? '';
    const all = await ask(`${header}\n${gz}`);
    expect([header, gz]).toEqual([
      expect.stringContaining('always;'),
      expect.stringContaining('gzip_static'),
    ]);
    expect(all.filter((text) => text.startsWith('failure'))).toEqual([]);
  });
});

async function startApache(folder: string, www: string, lines: string): Promise<number> {
  const { port } = await startListening('apache2', async (port) => {
    const modules = ['mpm_event', 'authz_core', 'mime', 'headers', 'rewrite', 'dir'];
    // If it is started by root, it serves as another user.
    const user = process.getuid?.() === 0 ? 'User www-data\nGroup www-data' : '';
    const config = `
${user}
ServerName 127.0.0.1
Listen 127.0.0.1:${port}
PidFile ${folder}/apache-${port}.pid
ErrorLog ${folder}/error.log
${modules.map((name) => `LoadModule ${name}_module /usr/lib/apache2/modules/mod_${name}.so`).join('\n')}
TypesConfig /dev/null
DocumentRoot ${www}
<Directory ${www}>
Require all granted
${lines}
</Directory>
`;
    const file = join(folder, `apache-${port}.conf`);
    await writeFile(file, config);
    return ['-X', '-f', file];
  });
  return port;
}

describeWith('apache2', 'Apache', () => {
  test('with the lines that the check suggests, NAME.gz is served as NAME', async () => {
    const { folder, www } = await published('gz-suffix');
    const bare = findingsOf(await check(await startApache(folder, www, '')));
    const cors = bare.find((text) => text.startsWith('failure cors'));
    expect(cors).toContain('Apache');
    const header = linesIn(cors ?? '')
      .split('\n')
      .find((line) => line.startsWith('Header always'));
    const half = findingsOf(await check(await startApache(folder, www, header ?? '')));
    const gz = half.find((text) => text.startsWith('failure encoding'));
    const rewriting = linesIn(gz ?? '')
      .split('\n')
      .filter((line) => /^(Rewrite|RemoveType|Header set)/.test(line))
      .join('\n');
    const report = await check(await startApache(folder, www, `${header ?? ''}\n${rewriting}`));
    expect(findingsOf(report).filter((text) => text.startsWith('failure'))).toEqual([]);
  });
});

describeWith('caddy', 'Caddy', () => {
  test('shows what is unzipped, with the line for CORS, and NAME.gz as NAME with the lines for that', async () => {
    const { folder, www } = await published('unzipped');
    const start = async (lines: string, root = www): Promise<number> =>
      (
        await startListening('caddy', async (port) => {
          const file = join(folder, `Caddyfile-${port}`);
          const text = `{\n admin off\n auto_https off\n}\nhttp://127.0.0.1:${port} {\n root * ${root}\n ${lines}\n file_server\n}\n`;
          await writeFile(file, text);
          return ['run', '--config', file, '--adapter', 'caddyfile'];
        })
      ).port;
    const bare = findingsOf(await check(await start('')));
    const cors = bare.find((text) => text.startsWith('failure cors')) ?? '';
    expect(cors).toContain('Caddy');
    const line = linesIn(cors).split('\n').at(-1) ?? '';
    expect((await check(await start(line))).ok).toBe(true);
    const zipped = await published('gz-suffix');
    const half = findingsOf(await check(await start(line, zipped.www)));
    const gz = half.find((text) => text.startsWith('failure encoding')) ?? '';
    const report = await check(await start(`${line}\n${linesIn(gz)}`, zipped.www));
    expect(findingsOf(report).filter((text) => text.startsWith('failure'))).toEqual([]);
  });
});

async function startLighttpd(folder: string, www: string, lines: string): Promise<number> {
  const { port } = await startListening('lighttpd', async (port) => {
    const file = join(folder, `lighttpd-${port}.conf`);
    const text = `server.modules = ( "mod_setenv" )\nserver.document-root = "${www}"\nserver.bind = "127.0.0.1"\nserver.port = ${port}\nserver.upload-dirs = ( "${folder}" )\n${lines}\n`;
    await writeFile(file, text);
    return ['-D', '-f', file];
  });
  return port;
}

describeWith('lighttpd', 'lighttpd', () => {
  test('shows what is sent as the check says, with the line for CORS', async () => {
    const { from, folder, www } = await published('gz-suffix');
    const bare = findingsOf(await check(await startLighttpd(folder, www, '')));
    const cors = bare.find((text) => text.startsWith('failure cors')) ?? '';
    expect(cors).toContain('lighttpd');
    const line = linesIn(cors).split('\n').at(-1) ?? '';
    const port = await startLighttpd(folder, www, line);
    const zipped = await check(port);
    expect(zipped.ok).toBe(false);
    const [, flags = ''] = /`publish (--[^`]+)`/.exec(describeCheck(zipped)) ?? [];
    const target = [`file:${join(www, 'set')}`, '--url', `http://127.0.0.1:${port}/set`];
    expect((await runCli(['publish', from, ...target, ...flags.split(' '), '--no-check'])).code).toBe(0);
    expect((await check(port)).ok).toBe(true);
  });
});
