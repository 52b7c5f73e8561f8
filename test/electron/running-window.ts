import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { _electron, type ElectronApplication, type Page } from 'playwright-core';
import { expect, inject, onTestFinished } from 'vitest';
import { temporaryFolder } from '../temporary-folder';
import { startScreen } from '../virtual-screen';
import type { PackedAppHere } from './global-setup';
import { readNotes, type Note } from './notes';
import { STARTED_FLAGS } from './started-flags';

/** A busy machine is slow, above all at drawing in software. The test's own time limit is what counts. */
const PATIENCE_MS = 240_000;
export interface StartOptions {
  /** Where it keeps its settings; the same for a second start of the same app. */
  readonly home?: string;
  readonly environment?: Readonly<Record<string, string>>;
  readonly flags?: readonly string[];
  /** Parts of messages that the app or its page may report in this test. */
  readonly expectedFaults?: readonly string[];
}

/**
 * The packed app while it runs. Errors that the page or the main process reports fail the test, unless it expects
 * them.
 */
class RunningDesktop {
  readonly app: ElectronApplication;
  readonly home: string;
  private readonly child: ChildProcess;
  private readonly notes: string;

  constructor({ app, child, home, notes }: Launched) {
    this.app = app;
    this.child = child;
    this.home = home;
    this.notes = notes;
  }

  notesOf(what: Note['what']): Promise<Note['details'][]> {
    return readNotes(this.notes, what);
  }

  /** Waits until the app has ended, and returns its exit code, or the signal that ended it. */
  async ended(): Promise<number | NodeJS.Signals | null> {
    const { child } = this;
    if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
    return child.exitCode ?? child.signalCode;
  }
}

/** The packed app with its page. */
export class RunningWindow extends RunningDesktop {
  private constructor(
    launched: Launched,
    readonly page: Page,
  ) {
    super(launched);
  }

  static async start(options: StartOptions = {}): Promise<RunningWindow> {
    const launched = await launch(options);
    const page = await launched.app.firstWindow({ timeout: PATIENCE_MS });
    page.context().setDefaultTimeout(PATIENCE_MS);
    await page.getByRole('navigation', { name: 'Main' }).waitFor();
    return new RunningWindow(launched, page);
  }

  /** Returns the process that runs the studio. */
  async studioProcess(): Promise<number> {
    const find = () =>
      this.app.evaluate(
        ({ app }) => app.getAppMetrics().find(({ name }) => name === 'Precomputed Studio engine')?.pid,
      );
    let pid: number | undefined;
    await expect.poll(async () => (pid = await find())).toBeDefined();
    return pid ?? NaN;
  }
}

/** Starts the app in a situation in which it can't show its page. */
export async function launchWithoutPage(options: StartOptions): Promise<RunningDesktop> {
  return new RunningDesktop(await launch(options));
}

export function packedApp(): PackedAppHere {
  const packed = inject('packedApp');
  if ('missing' in packed) throw new Error(packed.missing);
  return packed;
}

/** Returns the parameters with which any program can start the packed app. */
export async function startParameters({ home, environment = {}, flags = [] }: StartOptions) {
  const { executable } = packedApp();
  const folder = await temporaryFolder();
  const [own, notes] = [home ?? join(folder, 'home'), join(folder, 'notes')];
  const env = {
    ...process.env,
    PRECOMPUTED_STUDIO_HOME: own,
    HOME: folder,
    TMPDIR: folder,
    ELECTRON_TEST_NOTES: notes,
    ELECTRON_22_NODE: process.execPath,
    // On Linux the user's own screen isn't used, as windows that open and close there take the keyboard focus.
    ...(process.platform === 'linux' ? { DISPLAY: await startScreen('1600x1200') } : {}),
    ...environment,
  } as Record<string, string>;
  return { executablePath: executable, args: [...STARTED_FLAGS, ...flags], env, home: own, notes };
}

type Launched = Awaited<ReturnType<typeof launch>>;

async function launch(options: StartOptions) {
  const { home, notes, ...parameters } = await startParameters(options);
  const app = await _electron.launch({ ...parameters, chromiumSandbox: true, timeout: PATIENCE_MS });
  // The process must be requested now, as it isn't available once the app has ended.
  const child = app.process();
  onTestFinished(async () => {
    if (child.exitCode === null && child.signalCode === null) {
      child.kill('SIGKILL');
      await once(child, 'exit');
    }
    const faults = (await readNotes(notes, 'fault')).map(([text]) => String(text));
    const expected = options.expectedFaults ?? [];
    expect(faults.filter((fault) => !expected.some((part) => fault.includes(part)))).toEqual([]);
  });
  return { app, child, home, notes };
}
