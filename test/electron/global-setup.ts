import { spawnSync } from 'node:child_process';
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
}

/** Packs the app once for all files of the suite. */
export default async function setUp(project: TestProject): Promise<(() => Promise<void>) | undefined> {
  const runtime = await findRuntime();
  if (runtime === undefined || !hasScreens()) {
    const missing =
      runtime === undefined
        ? 'there is no Electron here; `bash test/electron/install-electron-22.sh` gets one for Linux'
        : 'there is no Xvfb here';
    project.provide('packedApp', { missing });
    return undefined;
  }
  const folder = await mkdtemp(join(await realpath(tmpdir()), 'precomputed-studio-packed-'));
  const end = () => rm(folder, { recursive: true, force: true, maxRetries: 20, retryDelay: 100 });
  try {
    const { version, is22 } = runtime;
    const packed = await packApp(runtime, folder);
    project.provide('packedApp', { ...packed, version, is22 });
  } catch (error) {
    await end();
    throw error;
  }
  return end;
}

/** Windows take the keyboard from each other, so on Linux each start of the app gets a screen of its own. */
function hasScreens(): boolean {
  return process.platform !== 'linux' || spawnSync('Xvfb', ['-help']).error === undefined;
}
