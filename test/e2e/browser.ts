import { realpath } from 'node:fs/promises';
import chromium from '@sparticuz/chromium';
import {
  chromium as playwright,
  type Browser,
  type BrowserContext,
  type BrowserContextOptions,
} from 'playwright-core';
import { onTestFinished } from 'vitest';
import { atEndOfFile } from '../end-with-test';

/**
 * Neuroglancer needs WebGL 2, which runs in software here. The rest of a page is drawn without it, as browsers do on machines
 * without a GPU. Otherwise a page with a chart stands still until a busy machine has drawn it: no timer fires and no frame comes.
 */
const FLAGS = [
  '--disable-accelerated-2d-canvas',
  '--disable-gpu-rasterization',
  '--use-gl=angle',
  '--use-angle=swiftshader',
  '--enable-unsafe-swiftshader',
  '--ignore-gpu-blocklist',
];

/** A busy machine is slow, above all at drawing in software. The test's own time limit is what counts. */
const PATIENCE_MS = 240_000;

/** The browser of this test file, as each start takes seconds. */
let ofFile: Promise<Browser> | undefined;

/** Returns the Chromium from an npm package, which all tests of the file share, each with contexts of its own. */
export function sharedBrowser(): Promise<Browser> {
  return (ofFile ??= startOfFile());
}

async function startOfFile(): Promise<Browser> {
  const browser = await start(FLAGS);
  browser.once('disconnected', () => (ofFile = undefined));
  atEndOfFile(() => browser.close());
  return browser;
}

/** Starts that Chromium with other flags than those with which it draws, and closes it at the end of the test. */
export async function launchBrowser(args: readonly string[]): Promise<Browser> {
  const browser = await start(args);
  onTestFinished(() => browser.close());
  return browser;
}

async function start(args: readonly string[]): Promise<Browser> {
  const executablePath = await chromium.executablePath();
  return playwright.launch({ executablePath, args: [...args], timeout: PATIENCE_MS });
}

/** Returns a context for pages of the current test; by default in light colours, with 1280 × 800 pixels. */
export async function newContext(
  browser: Browser,
  options: BrowserContextOptions = {},
): Promise<BrowserContext> {
  const context = await browser.newContext({
    viewport: { width: 1280, height: 800 },
    colorScheme: 'light',
    ...options,
  });
  onTestFinished(() => context.close());
  context.setDefaultTimeout(PATIENCE_MS);
  return context;
}

/** Returns the folder of the built interface. */
export async function rendererFolder(): Promise<string> {
  return realpath('out/renderer');
}
