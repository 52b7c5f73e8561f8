import { Command } from 'commander';
import { version } from '../../../package.json';
import { hidePassword } from '../../shared/base/hide-password';
import type { CommandContext } from './command-context';
import { COMMANDS, type CommandEntry } from './commands';
import { describeOption } from './describe-option';
import { withSimilarNames } from './similar-names';
import { requireExpectedArguments } from './surplus-arguments';

const PROGRAM_NAME = 'precomputed-studio';

/**
 * Builds the command line for commander.
 * @param isNeeded selects the commands whose arguments and options are defined; the others only have a name and a
 *   summary
 * @param argv the words of this call
 */
export async function buildProgram(
  context: CommandContext,
  isNeeded: (name: string) => boolean,
  argv: readonly string[] = [],
): Promise<Command> {
  const program = new Command(PROGRAM_NAME)
    .description('Converts volumes of labels and images to Neuroglancer precomputed datasets.')
    .version(version, '-V, --version', 'Print the version.')
    .configureHelp({ optionDescription: describeOption })
    .helpOption('-h, --help', 'Show this help.')
    .commandsGroup('Shell:')
    .helpCommand('help [command]', 'Show the help of a command')
    .addHelpText(
      'after',
      `\nFirst steps: ${PROGRAM_NAME} demo\nGuide:       docs/guide/README.md in the installed package, or Help in the app`,
    )
    .showHelpAfterError('Add --help to see the options.')
    .hook('preAction', (_, command) => requireExpectedArguments(command, argv))
    .exitOverride();
  wordErrors(program, argv);
  for (const entry of COMMANDS) {
    const command = addCommand(program, entry);
    wordErrors(command, argv);
    if (isNeeded(entry.name)) (await entry.load()).define(command, context);
  }
  return program;
}

function addCommand(program: Command, { name, group, summary, example }: CommandEntry): Command {
  return program
    .command(name)
    .helpGroup(`${group}:`)
    .summary(summary)
    .description(`${summary}.`)
    .helpOption('-h, --help', 'Show this help.')
    .addHelpText('after', `\nExample:\n  ${PROGRAM_NAME} ${name} ${example}`)
    .allowExcessArguments()
    .exitOverride();
}

/** Lets commander word its errors about a command as all others are. */
function wordErrors(command: Command, argv: readonly string[]): void {
  command.configureOutput({
    outputError: (text, write) => write(asSentence(withSimilarNames(withoutPasswords(text, argv), command))),
  });
}

/** Hides passwords in the words of a call that a text repeats. */
function withoutPasswords(text: string, argv: readonly string[]): string {
  return argv.reduce((rest, word) => rest.replaceAll(word, () => hidePassword(word)), text);
}

/** Words an error of commander (`error: unknown option '--a'`, then a suggestion in brackets) as all others are. */
function asSentence(text: string): string {
  return text
    .replace(/^error: (.)/, (_, first: string) => `Error: ${first.toUpperCase()}`)
    .replace(/^(Error: .*[^.?!\n])$/m, '$1.')
    .replace(/\n\((Did you mean .*\?)\)/, ' $1');
}
