import { realpath } from 'node:fs/promises';
import chromium from '@sparticuz/chromium';
import {
  chromium as playwright,
  type Browser,
  type BrowserContext,
  type BrowserContextOptions,
} from 'playwright-core';
import { onTestFinished } from 'vitest';

/** Neuroglancer needs WebGL 2, which runs in software here. */
const FLAGS = [
  '--use-gl=angle',
  '--use-angle=swiftshader',
  '--enable-unsafe-swiftshader',
  '--ignore-gpu-blocklist',
];

/** A busy machine takes its time, above all to draw in software; the test's own limit is the one that counts. */
const PATIENCE_MS = 240_000;

/** Starts the Chromium that comes within an npm package, until the test ends. */
export async function launchBrowser(): Promise<Browser> {
  const executablePath = await chromium.executablePath();
  const browser = await playwright.launch({ executablePath, args: FLAGS, timeout: PATIENCE_MS });
  onTestFinished(() => browser.close());
  return browser;
}

/** What pages are opened in, light and 1280 × 800 pixels large unless told otherwise. */
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

/** The folder of the built interface. */
export async function rendererFolder(): Promise<string> {
  return realpath('out/renderer');
}
