import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

type Command = readonly [program: string, parameters: readonly string[]];

interface Way {
  /** Asks whether the computer can sleep; `yes` matches what is printed if it can. */
  readonly ask: Command;
  readonly yes: RegExp;
  readonly sleep: Command;
}

/**
 * By systemd's logind, which answers whether this user may and the hardware can (org.freedesktop.login1(5)), and by
 * macOS's pmset(1). Windows has no command that sleeps without hibernating where that is turned on.
 */
const WAYS: Partial<Record<NodeJS.Platform, Way>> = {
  linux: {
    ask: [
      'busctl',
      [
        'call',
        'org.freedesktop.login1',
        '/org/freedesktop/login1',
        'org.freedesktop.login1.Manager',
        'CanSuspend',
      ],
    ],
    yes: /^s "yes"$/m,
    sleep: ['systemctl', ['suspend']],
  },
  darwin: { ask: ['pmset', ['-g', 'cap']], yes: /^ ?sleep$/m, sleep: ['pmset', ['sleepnow']] },
};

const PATIENCE_MS = 5000;

async function run([program, parameters]: Command): Promise<string> {
  return (await promisify(execFile)(program, parameters, { timeout: PATIENCE_MS })).stdout;
}

/** Returns what puts this computer to sleep; undefined if it can't, or nothing here knows how. */
export async function findSleep(
  platform: NodeJS.Platform = process.platform,
): Promise<(() => Promise<void>) | undefined> {
  const way = WAYS[platform];
  if (way === undefined) return undefined;
  const answer = await run(way.ask).catch(() => '');
  return way.yes.test(answer) ? async () => void (await run(way.sleep)) : undefined;
}
