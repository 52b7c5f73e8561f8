import type { Argument, Command, Option } from 'commander';
import type { ProgramDescription } from './command-context';
import { describeOption } from './describe-option';

const EXIT_STATUS = [
  ['0', 'The command succeeded.'],
  ['1', 'The job failed, or a check found a problem.'],
  ['2', 'The command line was wrong.'],
  ['130', 'The job was cancelled.'],
] as const;

const ENVIRONMENT = [
  ['PRECOMPUTED_STUDIO_HOME', 'Folder for settings, the queue and saved targets.'],
  [
    'PRECOMPUTED_STUDIO_SSH_SECRET',
    'SSH password or passphrase for publish in scripts, where nobody can answer questions.',
  ],
  ['AWS_PROFILE, AWS_ACCESS_KEY_ID, …', 'Credentials for S3, as in other AWS tools.'],
] as const;

/**
 * Makes the manual page of the program, in roff with the man macros (man(7)), from the definitions of its commands.
 */
export function manPage({ program, examples }: ProgramDescription): string {
  const name = program.name();
  return [
    `.TH ${name.toUpperCase().replaceAll('-', '\\-')} 1 "" "${name} ${program.version() ?? ''}" "User Commands"`,
    '.SH NAME',
    `${text(name)} \\- ${text(sentence(program.description()))}`,
    '.SH SYNOPSIS',
    `.B ${text(name)}`,
    '.I command',
    '[\\fIoptions\\fR]',
    '.SH COMMANDS',
    ...program.commands.flatMap(describeCommand),
    '.SH EXIT STATUS',
    ...EXIT_STATUS.flatMap(([term, meaning]) => definition(term, meaning)),
    '.SH ENVIRONMENT',
    ...ENVIRONMENT.flatMap(([term, meaning]) => definition(term, meaning)),
    '.SH EXAMPLES',
    ...examples.flatMap((example) => ['.PP', '.EX', text(`${name} ${example}`), '.EE']),
    '.SH SEE ALSO',
    'The user guide in docs/guide of the installed package, which the app shows too.',
    '',
  ].join('\n');
}

function describeCommand(command: Command): string[] {
  const usage = [command.name(), command.options.length > 0 ? '[options]' : '', argumentsOf(command)];
  return [
    `.SS ${text(command.name())}`,
    text(command.description()),
    '.PP',
    `.B ${text(usage.filter((part) => part !== '').join(' '))}`,
    ...command.registeredArguments.flatMap((argument) => definition(argument.name(), argument.description)),
    ...command.options
      .filter(({ hidden }) => !hidden)
      .flatMap((option: Option) => definition(option.flags, describeOption(option))),
  ];
}

function argumentsOf({ registeredArguments }: Command): string {
  return registeredArguments
    .map((argument: Argument) => {
      const name = `${argument.name()}${argument.variadic ? '...' : ''}`;
      return argument.required ? `<${name}>` : `[${name}]`;
    })
    .join(' ');
}

function definition(term: string, meaning: string): string[] {
  return ['.TP', `.B ${text(term)}`, text(meaning)];
}

/** Turns `Converts …` into the part of a sentence that follows the program's name. */
function sentence(description: string): string {
  return description.replace(/^./, (first) => first.toLowerCase()).replace(/\.$/, '');
}

/** Escapes text so that roff prints it unchanged: without escapes, requests or hyphenation. */
function text(plain: string): string {
  return plain
    .replaceAll('\\', '\\e')
    .replaceAll('-', '\\-')
    .replace(/^(?=[.'])/, '\\&');
}
