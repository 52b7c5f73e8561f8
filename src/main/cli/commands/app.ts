import { homedir } from 'node:os';
import { join } from 'node:path';
import type { Command } from 'commander';
import { startBrowserHost } from '../../browser/browser-host';
import { openBrowser } from '../../browser/open-browser';
import type { CommandContext } from '../command-context';
import { appDataFolder } from '../data-folder';
import { readPort, untilInterrupted } from './serve';

interface AppFlags {
  readonly port: string;
  readonly open: boolean;
  readonly allow?: readonly string[];
}

export function define(command: Command, { signal, workerFile, programFolder }: CommandContext): void {
  command
    .option('--port <n>', 'port to listen on; 0 takes a free one', '0')
    .option('--no-open', 'only print the address')
    .option('--allow <folders...>', 'folders that the app may use (default: the home and the current folder)')
    .action(async (flags: AppFlags) => {
      const host = await startBrowserHost({
        port: readPort(flags.port),
        allowed: flags.allow ?? [homedir(), process.cwd()],
        dataFolder: appDataFolder(),
        rendererFolder: join(programFolder, '../renderer'),
        workerFile,
        jobFile: join(programFolder, 'job.js'),
      });
      const opened = flags.open && (await openBrowser(host.url));
      console.log(
        opened ? 'Precomputed Studio is open in the browser.' : 'Open Precomputed Studio in a browser, at',
      );
      console.log(`${host.url} (works once; Ctrl-C here ends the program)`);
      await untilInterrupted(host, signal);
    });
}
