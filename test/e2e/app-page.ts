import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { AxeBuilder } from '@axe-core/playwright';
import type { BrowserContext, Locator, Page } from 'playwright-core';
import { expect, onTestFinished } from 'vitest';
import { endWithTest } from '../end-with-test';

/** The program, started as a user starts it, with its own folder. */
export class RunningApp {
  private constructor(
    readonly url: string,
    private readonly child: ChildProcess,
  ) {}

  /**
   * @param folder the only folder that the app may use
   * @param home where it keeps its settings; the same for a second start of the same app
   */
  static async start(folder: string, home: string): Promise<RunningApp> {
    const child = spawn(process.execPath, ['out/main/cli.js', 'app', '--no-open', '--allow', folder], {
      env: { ...process.env, PRECOMPUTED_STUDIO_HOME: home },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    endWithTest(child, 'SIGKILL');
    const url = await new Promise<string>((resolve, reject) => {
      let printed = '';
      child.stdout?.on('data', (text: Buffer) => {
        printed += text.toString();
        const found = /http:\/\/\S+/.exec(printed);
        if (found) resolve(found[0]);
      });
      child.on('exit', () => reject(new RangeError(`the app ended after "${printed}"`)));
    });
    return new RunningApp(url, child);
  }

  /** Ends the app as a crash would. */
  async kill(): Promise<void> {
    const ended = once(this.child, 'exit');
    this.child.kill('SIGKILL');
    await ended;
  }
}

/** Opens the app. Errors on the page fail the test. */
export async function openApp(context: BrowserContext, url: string): Promise<Page> {
  const page = await context.newPage();
  const faults: string[] = [];
  page.on('pageerror', (error) => faults.push(error.message));
  page.on('console', (message) => {
    if (message.type() === 'error') faults.push(message.text());
  });
  onTestFinished(() => expect(faults).toEqual([]));
  await page.goto(url);
  await page.getByRole('navigation', { name: 'Main' }).waitFor();
  return page;
}

/** Waits until `target` is shown, then presses Tab until it has the focus, which a page that still changes may delay. */
export async function tabTo(target: Locator): Promise<void> {
  await target.waitFor();
  const pressTab = async () => {
    await target.page().keyboard.press('Tab');
    return target.evaluate((element) => element === document.activeElement);
  };
  await expect.poll(pressTab, { interval: 0, message: `Tab reaches ${String(target)}` }).toBe(true);
}

/** Goes from the start page to the settings of a stack, and enters a resolution. */
export async function configure(page: Page, path: string): Promise<void> {
  await page.getByRole('link', { name: 'Start' }).click();
  await page.getByLabel('or type its path').fill(path);
  await page.getByRole('button', { name: 'Open' }).click();
  await page.getByRole('button', { name: 'Continue to settings' }).click();
  for (const [axis, length] of [
    ['x', '16'],
    ['y', '16'],
    ['z', '40'],
  ] as const) {
    await page.getByLabel(axis, { exact: true }).fill(length);
  }
  await page.getByRole('cell', { name: '16 × 16 × 40' }).waitFor();
}

/** Like {@link configure}, with so little memory that of 160 slices the first 128 are written before the rest is read. */
export async function configureSmallBlocks(page: Page, path: string): Promise<void> {
  await configure(page, path);
  await page.getByRole('button', { name: 'Advanced' }).click();
  await page.getByLabel('Chunk size').fill('16');
  await page.getByLabel('Memory', { exact: true }).fill('406MiB');
  await page.getByRole('cell', { name: '16 × 16 × 40' }).waitFor();
}

/** Turns meshes off, which take most of the time of a conversion. */
export async function withoutMeshes(page: Page): Promise<void> {
  await page.getByLabel('Meshes', { exact: true }).selectOption('none');
  await page.getByText('2 a segment').waitFor({ state: 'detached' });
}

/** The rules of axe that depend on colours. */
const COLOUR_RULES = ['color-contrast', 'link-in-text-block'];

/**
 * Returns the problems that axe finds on a page in light and in dark colours, as text. Problems that go away by
 * themselves are left out: the library of menus, for example, removes a closed menu a moment after the click. The
 * viewer's document is excluded, as it isn't part of the app.
 */
export async function axeFindings(page: Page): Promise<string[]> {
  // Without motion, as a colour in a transition is neither the old nor the new one.
  await page.emulateMedia({ reducedMotion: 'reduce' });
  const deadline = performance.now() + SETTLING_MS;
  let findings = await axeFindingsNow(page);
  while (findings.length > 0 && performance.now() < deadline) findings = await axeFindingsNow(page);
  return findings;
}

/** How long a page may take to settle on a busy machine, in milliseconds. */
const SETTLING_MS = 30_000;

/** The second time, only the rules about colours are checked, because nothing else changes. */
async function axeFindingsNow(page: Page): Promise<string[]> {
  const findings: string[] = [];
  const asIs = await page.evaluate(() => matchMedia('(prefers-color-scheme: dark)').matches);
  const schemes = asIs ? (['light', 'dark'] as const) : (['dark', 'light'] as const);
  for (const [i, colorScheme] of schemes.entries()) {
    await page.emulateMedia({ colorScheme });
    const axe = new AxeBuilder({ page }).exclude('iframe');
    const { violations } = await (i === 0 ? axe : axe.withRules(COLOUR_RULES)).analyze();
    for (const { id, nodes } of violations)
      findings.push(`${colorScheme}, ${id}: ${nodes.map(({ html }) => html).join(' | ')}`);
  }
  return findings;
}

/** Drops files or folders on the page, as from a file manager. */
export async function dropOn(page: Page, files: string[]): Promise<void> {
  const session = await page.context().newCDPSession(page);
  const send = (type: 'dragEnter' | 'dragOver' | 'drop') =>
    session.send('Input.dispatchDragEvent', {
      type,
      x: 600,
      y: 400,
      data: { items: [], files, dragOperationsMask: 1 },
    });
  // A page that hasn't been drawn yet loses these events, which a person's drag repeats.
  await expect
    .poll(async () => {
      await send('dragEnter');
      await send('dragOver');
      return page.getByText('Drop it to look at it').isVisible();
    })
    .toBe(true);
  await send('dragOver');
  await send('drop');
}
