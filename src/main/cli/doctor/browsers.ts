import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { APP_BROWSERS, hasScreen } from '../../browser/open-browser';
import { installedElectron } from '../electron-runtime';
import { windowObstacle } from '../window-obstacles';
import { findProgram, versionOf } from './programs';
import { note, ok, problem, type Finding, type Section } from './report';

const ANSWER_MS = 30_000;

/** A page that reports the renderer of WebGL 2 to `/result`. */
const PAGE = `<!doctype html><script>
const gl = document.createElement('canvas').getContext('webgl2');
const names = gl && gl.getExtension('WEBGL_debug_renderer_info');
const renderer = gl && gl.getParameter(names ? names.UNMASKED_RENDERER_WEBGL : gl.RENDERER);
fetch('/result', { method: 'POST', body: renderer || '' });
</script>`;

export async function displaySection(): Promise<Section> {
  const loopback = await loopbackFinding();
  return {
    title: 'App and viewer',
    findings: [
      loopback,
      ok('Screen', hasScreen() ? 'yes' : 'none: the app prints an address to open elsewhere'),
      await electronFinding(),
      ...(loopback.state === 'problem' ? [] : await browserFindings()),
    ],
  };
}

async function loopbackFinding(): Promise<Finding> {
  try {
    const server = await listen(createServer());
    const { port } = server.address() as AddressInfo;
    server.close();
    return ok('Loopback', `the app can listen on 127.0.0.1 (port ${port} was free)`);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    return problem(
      'Loopback',
      reason,
      'Allow programs to listen on 127.0.0.1: the app and the viewer need it.',
    );
  }
}

async function electronFinding(): Promise<Finding> {
  if ((await installedElectron()) === undefined) {
    return ok('Electron window', 'not installed: the app opens in the browser');
  }
  const obstacle = await windowObstacle();
  return obstacle === undefined ? ok('Electron window', 'installed') : note('Electron window', obstacle);
}

/** Finds the installed browsers. The first one that starts reports whether it has WebGL 2. */
async function browserFindings(): Promise<Finding[]> {
  const paths: string[] = [];
  for (const program of [...(APP_BROWSERS[process.platform] ?? []), 'firefox', 'firefox-esr']) {
    const path = await findProgram(program);
    if (path !== undefined) paths.push(path);
  }
  if (paths.length === 0) {
    return [note('Browser', 'none found', 'Open the address of the app in a browser on another machine.')];
  }
  const versions = await Promise.all(paths.map((path) => versionOf(path)));
  const found = [...new Set(versions)].map((version) => ok('Browser', version));
  for (const [i, path] of paths.entries()) {
    const renderer = await rendererOf(path);
    if (renderer !== undefined) return [...found, webglFinding(renderer, versions[i] ?? path)];
  }
  return [...found, note('WebGL 2', 'unknown: no browser could be started without a window')];
}

function webglFinding(renderer: string, browser: string): Finding {
  if (renderer === '') {
    return note(
      'WebGL 2',
      `not available in ${browser}, started without a window`,
      'Neuroglancer needs WebGL 2. Open https://get.webgl.org/webgl2 in the browser that you use to see whether it has it.',
    );
  }
  const value = `${renderer} (${browser}, started without a window)`;
  return /swiftshader|llvmpipe|software/i.test(renderer)
    ? note('WebGL 2', value, 'Drawn by the processor: the viewer works, but large scenes are slow.')
    : ok('WebGL 2', value);
}

/**
 * Returns the renderer of WebGL 2 in a browser without a window: '' if there is none, undefined if the browser never
 * answers.
 */
async function rendererOf(browser: string): Promise<string | undefined> {
  const profile = await mkdtemp(join(tmpdir(), 'precomputed-studio-browser-'));
  let answer: (renderer: string) => void = () => undefined;
  const answered = new Promise<string>((resolve) => (answer = resolve));
  const server = await listen(
    createServer((request, response) => {
      if (request.method !== 'POST') {
        response.setHeader('Content-Type', 'text/html').end(PAGE);
        return;
      }
      let body = '';
      request.on('data', (part: Buffer) => (body += part.toString()));
      request.on('end', () => {
        response.end();
        answer(body);
      });
    }),
  );
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  const child = spawn(browser, parametersFor(browser, profile, url), { stdio: 'ignore' });
  const ended = once(child, 'exit').catch(() => undefined);
  const failed = ended.then(() => undefined);
  const renderer = await Promise.race([answered, failed, sleep(ANSWER_MS, undefined, { ref: false })]);
  child.kill();
  await Promise.race([ended, sleep(2000, undefined, { ref: false })]);
  child.kill('SIGKILL');
  server.close();
  server.closeAllConnections();
  await rm(profile, { recursive: true, force: true, maxRetries: 5 }).catch(() => undefined);
  return renderer;
}

function parametersFor(browser: string, profile: string, url: string): readonly string[] {
  if (/firefox/.test(browser)) return ['--headless', '--no-remote', '--profile', profile, url];
  // The sandbox can't start as root. The page belongs to this program.
  const asRoot = process.getuid?.() === 0 ? ['--no-sandbox'] : [];
  return ['--headless=new', '--no-first-run', `--user-data-dir=${profile}`, ...asRoot, url];
}

async function listen(server: Server): Promise<Server> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return server;
}
