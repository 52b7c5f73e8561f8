import { Argument, type Command } from 'commander';
import type { CommandContext } from '../command-context';
import { completionScript, SHELLS, type Shell } from '../shell-completion';

export function define(command: Command, { describeProgram }: CommandContext): void {
  command
    .addArgument(new Argument('<shell>', 'Shell to complete in').choices(SHELLS))
    .addHelpText(
      'after',
      `  precomputed-studio completion zsh >> ~/.zshrc
  precomputed-studio completion fish > ~/.config/fish/completions/precomputed-studio.fish`,
    )
    .action(async (shell: Shell) => {
      process.stdout.write(completionScript((await describeProgram()).program, shell));
    });
}
