import { execFile, spawn } from 'node:child_process';
import { mkdir, readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { endWithTest } from '../end-with-test';
import { temporaryFolder } from '../temporary-folder';

const isWindows = process.platform === 'win32';
const run = async (program: string, args: readonly string[], cwd: string, env: NodeJS.ProcessEnv = {}) => {
  const options = { cwd, env: { ...process.env, ...env }, shell: isWindows, encoding: 'utf8' } as const;
  return (await promisify(execFile)(program, [...args], options)).stdout;
};

/**
 * Installs the result of `npm pack` globally, as a new user does. Returns undefined if the registry can't be reached.
 */
async function installPacked(folder: string): Promise<string | undefined> {
  // The build was made by this test run.
  await run('npm', ['pack', '--ignore-scripts', '--silent', '--pack-destination', folder], process.cwd());
  const [tarball = ''] = (await readdir(folder)).filter((name) => name.endsWith('.tgz'));
  const prefix = join(folder, 'prefix');
  await mkdir(prefix);
  try {
    // The packages that `npm ci` has downloaded are in npm's cache.
    const flags = ['--prefix', prefix, '--prefer-offline', '--no-audit', '--no-fund', '--loglevel=error'];
    await run('npm', ['install', '--global', ...flags, join(folder, tarball)], folder);
  } catch (error) {
    if (process.env['PRECOMPUTED_STUDIO_TEST_ALL'] !== undefined) throw error;
    return undefined;
  }
  return prefix;
}

test('the packed program, installed for all, goes the way of a newcomer', async (context) => {
  const [folder, home] = [await temporaryFolder(), await temporaryFolder()];
  const prefix = await installPacked(folder);
  if (prefix === undefined)
    return context.skip('npm could not install the package: the registry was not reached');
  const bin = isWindows ? join(prefix, 'precomputed-studio.cmd') : join(prefix, 'bin', 'precomputed-studio');
  const use = (...args: readonly string[]) => run(bin, args, folder, { PRECOMPUTED_STUDIO_HOME: home });

  expect(await use('--version')).toBe('0.1.0\n');
  await use('sample', 'stack', '--size', '128,128,32');
  await use('convert', 'stack', 'dataset', '--resolution', '16,16,40');
  expect(await use('verify', 'dataset', '--against', 'stack')).toContain('dataset is sound.');
  expect(await use('completion', 'bash')).toContain('complete ');
  expect(JSON.parse(await use('doctor', '--json'))).toMatchObject({ ok: true });

  const modules = join(prefix, isWindows ? 'node_modules' : 'lib/node_modules', 'precomputed-studio');
  if (!isWindows) {
    const manual = await readFile(join(prefix, 'share/man/man1/precomputed-studio.1'), 'utf8');
    expect(manual).toBe(await readFile(join(modules, 'out/precomputed-studio.1'), 'utf8'));
  }

  const app = spawn(bin, ['app', '--no-open', '--allow', folder], {
    env: { ...process.env, PRECOMPUTED_STUDIO_HOME: home },
    shell: isWindows,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  endWithTest(app, 'SIGTERM');
  const address = await new Promise<string>((resolve, reject) => {
    let text = '';
    app.stdout.on('data', (part: Buffer) => {
      text += part.toString();
      const found = /http:\/\/\S+/.exec(text)?.[0];
      if (found !== undefined) resolve(found);
    });
    app.once('exit', () => reject(new Error(`The app ended: ${text}`)));
  });
  // The address works only once, and sets a cookie in the browser.
  const opened = await fetch(address, { redirect: 'manual' });
  const headers = { Cookie: opened.headers.get('set-cookie')?.split(';')[0] ?? '' };
  const page = await fetch(new URL(opened.headers.get('location') ?? '/', address), { headers });
  expect([page.status, await page.text()]).toEqual([
    200,
    expect.stringContaining('<title>Precomputed Studio'),
  ]);
});
