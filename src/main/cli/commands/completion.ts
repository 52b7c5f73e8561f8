import { Argument, type Command } from 'commander';
import type { CommandContext } from '../command-context';
import { completionScript, SHELLS, type Shell } from '../shell-completion';
import { withChoices } from '../with-choices';

export function define(command: Command, { describeProgram }: CommandContext): void {
  command
    .addArgument(withChoices(new Argument('<shell>', 'Shell to complete in'), SHELLS))
    .addHelpText(
      'after',
      `  precomputed-studio completion zsh >> ~/.zshrc
  precomputed-studio completion fish > ~/.config/fish/completions/precomputed-studio.fish`,
    )
    .action(async (shell: Shell) => {
      process.stdout.write(completionScript((await describeProgram()).program, shell));
    });
}
