import type { Command } from 'commander';
import type { CommandContext } from '../command-context';
import { manPage } from '../man-page';

export function define(command: Command, { describeProgram }: CommandContext): void {
  command.action(async () => {
    process.stdout.write(manPage(await describeProgram()));
  });
}
