import { realpath } from 'node:fs/promises';
import chromium from '@sparticuz/chromium';
import {
  chromium as playwright,
  type Browser,
  type BrowserContext,
  type BrowserContextOptions,
} from 'playwright-core';
import { onTestFinished } from 'vitest';

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

/**
 * Starts the Chromium from an npm package, and closes it at the end of the test.
 * @param args by default those with which it draws
 */
export async function launchBrowser(args: readonly string[] = FLAGS): Promise<Browser> {
  const executablePath = await chromium.executablePath();
  const browser = await playwright.launch({ executablePath, args: [...args], timeout: PATIENCE_MS });
  onTestFinished(() => browser.close());
  return browser;
}

/** Returns a context for pages; by default in light colours, with 1280 × 800 pixels. */
export async function newContext(
  browser: Browser,
  options: BrowserContextOptions = {},
): Promise<BrowserContext> {
  const context = await browser.newContext({
    viewport: { width: 1280, height: 800 },
    colorScheme: 'light',
    ...options,
  });
  context.setDefaultTimeout(PATIENCE_MS);
  return context;
}

/** Returns the folder of the built interface. */
export async function rendererFolder(): Promise<string> {
  return realpath('out/renderer');
}
