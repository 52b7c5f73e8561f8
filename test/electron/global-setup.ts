import { spawn } from 'node:child_process';
import { mkdtemp, realpath, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestProject } from 'vitest/node';
import { packApp, type PackedApp } from './packed-app';
import { findRuntime } from './runtime';

declare module 'vitest' {
  interface ProvidedContext {
    /** The packed app, or why it can't be run here. */
    readonly packedApp: PackedAppHere | { readonly missing: string };
  }
}

export interface PackedAppHere extends PackedApp {
  readonly version: string;
  readonly is22: boolean;
  /** The screen that shows its window. */
  readonly display: string | undefined;
}

/** Packs the app once for all files of the suite, and starts a screen for its windows if there is none. */
export default async function setUp(project: TestProject): Promise<(() => Promise<void>) | undefined> {
  const runtime = await findRuntime();
  const screen = runtime && (await findScreen());
  if (runtime === undefined || screen === undefined) {
    const missing =
      runtime === undefined
        ? 'there is no Electron here; `bash test/electron/install-electron-22.sh` gets one for Linux'
        : 'there is no screen here, nor Xvfb';
    project.provide('packedApp', { missing });
    return undefined;
  }
  const folder = await mkdtemp(join(await realpath(tmpdir()), 'precomputed-studio-packed-'));
  const end = async () => {
    screen.end();
    await rm(folder, { recursive: true, force: true, maxRetries: 20, retryDelay: 100 });
  };
  try {
    const { version, is22 } = runtime;
    const packed = await packApp(runtime, folder);
    project.provide('packedApp', { ...packed, version, is22, display: screen.display });
  } catch (error) {
    await end();
    throw error;
  }
  return end;
}

interface Screen {
  readonly display: string | undefined;
  readonly end: () => void;
}

/** On Linux the user's own screen isn't used, as windows that open and close there take the keyboard focus. */
async function findScreen(): Promise<Screen | undefined> {
  if (process.platform !== 'linux') return { display: undefined, end: () => undefined };
  const server = spawn('Xvfb', ['-displayfd', '3', '-screen', '0', '1600x1200x24', '-nolisten', 'tcp'], {
    stdio: ['ignore', 'ignore', 'ignore', 'pipe'],
  });
  const number = await new Promise<string | undefined>((resolve) => {
    server.stdio[3]?.once('data', (text: Buffer) => resolve(text.toString().trim()));
    server.once('error', () => resolve(undefined));
    server.once('exit', () => resolve(undefined));
  });
  return number === undefined ? undefined : { display: `:${number}`, end: () => server.kill() };
}
