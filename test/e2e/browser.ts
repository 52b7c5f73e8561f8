import { realpath } from 'node:fs/promises';
import chromium from '@sparticuz/chromium';
import { chromium as playwright, type Browser } from 'playwright-core';
import { onTestFinished } from 'vitest';

/** Neuroglancer needs WebGL 2, which runs in software here. */
const FLAGS = [
  '--use-gl=angle',
  '--use-angle=swiftshader',
  '--enable-unsafe-swiftshader',
  '--ignore-gpu-blocklist',
];

/** Starts the Chromium that comes within an npm package, until the test ends. */
export async function launchBrowser(): Promise<Browser> {
  const executablePath = await chromium.executablePath();
  const browser = await playwright.launch({ executablePath, args: FLAGS });
  onTestFinished(() => browser.close());
  return browser;
}

/** The folder of the built interface. */
export async function rendererFolder(): Promise<string> {
  return realpath('out/renderer');
}
