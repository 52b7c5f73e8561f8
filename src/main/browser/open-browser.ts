import { spawn } from 'node:child_process';

interface Command {
  readonly program: string;
  readonly parameters: readonly string[];
}

/** Browsers that can show a page as an app, without their toolbars. */
export const APP_BROWSERS: Readonly<Partial<Record<NodeJS.Platform, readonly string[]>>> = {
  linux: [
    'google-chrome',
    'google-chrome-stable',
    'chromium',
    'chromium-browser',
    'microsoft-edge',
    'brave-browser',
  ],
  darwin: [
    '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
    '/Applications/Chromium.app/Contents/MacOS/Chromium',
    '/Applications/Microsoft Edge.app/Contents/MacOS/Microsoft Edge',
  ],
  win32: [
    'C:\\Program Files\\Google\\Chrome\\Application\\chrome.exe',
    'C:\\Program Files (x86)\\Microsoft\\Edge\\Application\\msedge.exe',
  ],
};

const DEFAULT_BROWSER: Readonly<Partial<Record<NodeJS.Platform, Command>>> = {
  linux: { program: 'xdg-open', parameters: [] },
  darwin: { program: 'open', parameters: [] },
  win32: { program: 'rundll32', parameters: ['url.dll,FileProtocolHandler'] },
};

/** Guesses whether a user sits at this machine. Returns false for a server or an SSH session. */
export function hasScreen(environment: NodeJS.ProcessEnv = process.env): boolean {
  if (process.platform !== 'linux') return environment['SSH_CONNECTION'] === undefined;
  return Boolean(environment['DISPLAY'] || environment['WAYLAND_DISPLAY']);
}

/** Shows `url` to the user, as an app if possible. Returns false if no browser could be started. */
export async function openBrowser(url: string): Promise<boolean> {
  for (const program of APP_BROWSERS[process.platform] ?? []) {
    if (await start({ program, parameters: [`--app=${url}`] })) return true;
  }
  const usual = DEFAULT_BROWSER[process.platform];
  return usual !== undefined && start({ ...usual, parameters: [...usual.parameters, url] });
}

function start({ program, parameters }: Command): Promise<boolean> {
  return new Promise((resolve) => {
    const child = spawn(program, parameters, { detached: true, stdio: 'ignore' });
    child.once('error', () => resolve(false));
    child.once('spawn', () => {
      child.unref();
      resolve(true);
    });
  });
}
