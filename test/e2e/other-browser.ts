import { setTimeout as sleep } from 'node:timers/promises';
import puppeteer from 'puppeteer-core';
import { onTestFinished } from 'vitest';
import { requireProgram, startListening } from '../real-tool';
import { temporaryFolder } from '../temporary-folder';
import { startScreen } from '../virtual-screen';

/** As long as the tests wait for what a page shows. */
const LONGEST_WAIT_MS = 180_000;

/** The parts of a browser other than Chromium that the tests use. */
export interface OtherBrowser {
  open(url: string): Promise<void>;
  /** @param script the body of a function that returns JSON */
  evaluate<T>(script: string): Promise<T>;
  /** Clicks the first element that is found, as a person does. */
  click(xpath: string): Promise<void>;
  /** Types into the first field that is found, in place of what is in it. */
  type(xpath: string, text: string): Promise<void>;
  /** Returns the visible part of the page as PNG. */
  screenshot(): Promise<Buffer>;
}

/** Starts Firefox, which draws no WebGL without a screen, with WebDriver BiDi. Errors on its pages are added to `faults`. */
export async function startFirefox(faults: string[]): Promise<OtherBrowser> {
  const downloads = await temporaryFolder();
  const browser = await puppeteer.launch({
    browser: 'firefox',
    executablePath: requireProgram('firefox-esr'),
    headless: false,
    timeout: LONGEST_WAIT_MS,
    env: { ...process.env, DISPLAY: await startScreen('1300x900'), LIBGL_ALWAYS_SOFTWARE: '1' },
    defaultViewport: { width: 1280, height: 800 },
    extraPrefsFirefox: {
      'webgl.force-enabled': true,
      'browser.download.folderList': 2,
      'browser.download.dir': downloads,
    },
  });
  onTestFinished(() => browser.close());
  const page = await browser.newPage();
  page.setDefaultTimeout(LONGEST_WAIT_MS);
  page.on('pageerror', (error) => faults.push(String(error)));
  page.on('console', (message) => {
    if (message.type() === 'error') faults.push(message.text());
  });
  return {
    open: async (url) => void (await page.goto(url)),
    evaluate: (script) => page.evaluate(`(() => { ${script} })()`) as Promise<never>,
    click: (xpath) => page.locator(`::-p-xpath(${xpath})`).click(),
    type: (xpath, text) => page.locator(`::-p-xpath(${xpath})`).fill(text),
    screenshot: async () => Buffer.from(await page.screenshot()),
  };
}

/** Starts WebKit with its WebDriver. */
export async function startWebKit(): Promise<OtherBrowser> {
  const env = { ...process.env, DISPLAY: await startScreen('1300x900'), LIBGL_ALWAYS_SOFTWARE: '1' };
  const { port } = await startListening('WebKitWebDriver', (free) => [`--port=${free}`], env);
  const ask = async <T>(method: string, path: string, body?: object): Promise<T> => {
    const answer = await fetch(`http://127.0.0.1:${port}${path}`, {
      method,
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const { value } = (await answer.json()) as { value: T & { error?: string; message?: string } };
    if (value?.error !== undefined) throw new Error(`${value.error}: ${value.message ?? ''}`);
    return value;
  };
  const { sessionId } = await ask<{ sessionId: string }>('POST', '/session', {
    capabilities: { alwaysMatch: {} },
  });
  const session = `/session/${sessionId}`;
  const find = async (xpath: string): Promise<string> => {
    const element = await ask<Record<string, string>>('POST', `${session}/element`, {
      using: 'xpath',
      value: xpath,
    });
    // WebKit leaves an element where it is that lies in the window, though under something else.
    const script = "arguments[0].scrollIntoView({ block: 'center' })";
    await ask('POST', `${session}/execute/sync`, { script, args: [element] });
    return `${session}/element/${Object.values(element)[0] ?? ''}`;
  };
  /** Repeats an action, as a page takes a while to open, and a menu a moment to open and to close again. */
  const untilDone = async (xpath: string, act: (element: string) => Promise<void>): Promise<void> => {
    const end = Date.now() + LONGEST_WAIT_MS;
    for (;;) {
      try {
        return await act(await find(xpath));
      } catch (cause) {
        if (Date.now() > end) throw new Error(`${xpath} can't be used. ${await describePage()}`, { cause });
        await sleep(250);
      }
    }
  };
  const describePage = async () => {
    const script = 'return `${location.href} shows:\\n${document.body.innerText}`';
    return ask<string>('POST', `${session}/execute/sync`, { script, args: [] });
  };
  onTestFinished(async () => {
    await ask('DELETE', session).catch(() => undefined);
  });
  return {
    open: async (url) => void (await ask('POST', `${session}/url`, { url })),
    evaluate: (script) => ask('POST', `${session}/execute/sync`, { script, args: [] }),
    click: (xpath) => untilDone(xpath, (element) => ask('POST', `${element}/click`, {})),
    type: (xpath, text) =>
      untilDone(xpath, async (element) => {
        await ask('POST', `${element}/clear`, {});
        await ask('POST', `${element}/value`, { text });
      }),
    screenshot: async () => Buffer.from(await ask<string>('GET', `${session}/screenshot`), 'base64'),
  };
}
